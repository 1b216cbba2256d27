"""Queue, drain and broken streams of real model servers, as clients of their endpoint see them."""

import http.client
import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError, EventStreamError

from tests.e2e.hosted import PATIENCE_SECONDS, Hosted, hosted_in
from tests.e2e.model_servers import wait_until

pytestmark = pytest.mark.e2e

CLIENTS = 8


@pytest.fixture(scope="module", name="hosted")
def _hosted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hosted]:
    with hosted_in(tmp_path_factory.mktemp("hosted")) as hosted:
        yield hosted


@pytest.fixture(scope="module", name="talker")
def _talker(hosted: Hosted) -> str:
    """An endpoint whose chunks must come within a second."""
    hosted.create("talker", "minWorkers=1\nmaxWorkers=1\n", SERVING_CHUNKED_READ_TIMEOUT="1")
    return "talker"


def test_clients_whom_a_full_queue_refuses_get_a_model_error_and_all_others_their_answer(
    hosted: Hosted,
) -> None:
    hosted.create("queue", "job_queue_size=3\nminWorkers=1\nmaxWorkers=1\n")

    def call(body: bytes) -> bytes | ClientError:
        try:
            return hosted.invoke("queue", body)
        except ClientError as error:
            return error

    bodies = [b"%d" % number for number in range(CLIENTS)]
    with ThreadPoolExecutor(CLIENTS) as pool:
        first = pool.submit(call, bodies[0])
        handled = [hosted.called()]
        others = {pool.submit(call, body): body for body in bodies[1:]}
        # One at work, and two wait: with all workers busy DJL Serving keeps one place free.
        wait_until(lambda: sum(each.done() for each in others) == CLIENTS - 3)
        refused = [each.result() for each in others if each.done()]
        waiting = [each for each in others if not each.done()]
        for _ in waiting:
            handled[-1].finish()
            handled.append(hosted.called())
        handled[-1].finish()
        answered = {bodies[0]: first.result(), **{others[each]: each.result() for each in waiting}}

    assert all(body == answer for body, answer in answered.items())
    assert sorted(orders.body for orders in handled) == sorted(answered)
    for error in refused:
        assert isinstance(error, ClientError)
        response: Any = error.response
        assert response["Error"]["Code"] == "ModelError"
        assert response["ResponseMetadata"]["HTTPStatusCode"] == 424
        assert response["OriginalStatusCode"] == 503
        assert "WlmCapacityException" in response["OriginalMessage"]
        assert "Received server error (503) from primary" in response["Error"]["Message"]


def test_an_update_waits_for_an_open_stream_which_ends_whole_from_the_old_model(
    hosted: Hosted,
) -> None:
    hosted.create("old")
    old_server = hosted.server_url("old")
    sagemaker = hosted.client("sagemaker")

    def status() -> str:
        return str(sagemaker.describe_endpoint(EndpointName="old")["EndpointStatus"])

    with ThreadPoolExecutor(1) as pool:
        begun = pool.submit(hosted.stream, "old")
        handler = hosted.called()
        handler.give("part one")
        parts = begun.result()
    assert next(parts) == b"one"
    hosted.configure("new")
    sagemaker.update_endpoint(EndpointName="old", EndpointConfigName="new")
    wait_until(lambda: hosted.server_url("old") != old_server, PATIENCE_SECONDS)

    assert hosted.invoke("old", b"name") == b"new"
    assert (status(), ping(old_server)) == ("Updating", 200)
    handler.give("part two")
    assert next(parts) == b"two"
    assert (status(), ping(old_server)) == ("Updating", 200)
    handler.finish()
    assert list(parts) == [b"old"]
    wait_until(lambda: status() == "InService", PATIENCE_SECONDS)
    assert ping(old_server) is None
    assert hosted.invoke("old", b"name") == b"new"


def ping(server: str) -> int | None:
    connection = http.client.HTTPConnection(urlsplit(server).netloc, timeout=10)
    try:
        connection.request("GET", "/ping")
        return connection.getresponse().status
    except ConnectionError:
        return None
    finally:
        connection.close()


def test_a_handler_that_raises_within_a_stream_ends_it_well_with_its_error_as_the_last_part(
    hosted: Hosted, talker: str
) -> None:
    parts = begin(hosted, talker, "raise the cause")

    assert list(parts) == [b"the cause"]
    assert hosted.invoke(talker, b"name") == b"talker"


def test_a_handler_that_raises_before_its_first_part_answers_its_error(
    hosted: Hosted, talker: str
) -> None:
    with ThreadPoolExecutor(1) as pool:
        begun = pool.submit(hosted.stream, talker)
        hosted.called().give("raise the cause")

        assert list(begun.result()) == [b"the cause"]


def test_fails_when_the_server_of_a_stream_is_killed(hosted: Hosted, talker: str) -> None:
    parts = begin(hosted, talker)

    os.kill(listening(hosted.server_url(talker)), signal.SIGKILL)

    check_broken(parts)
    wait_until(lambda: name_of(hosted, talker) == b"talker", PATIENCE_SECONDS)


def test_fails_when_the_python_of_a_stream_ends(hosted: Hosted, talker: str) -> None:
    parts = begin(hosted, talker, "exit")

    # DJL waits for the next chunk until SERVING_CHUNKED_READ_TIMEOUT, then breaks off.
    check_broken(parts)


def begin(hosted: Hosted, name: str, *orders: str) -> Iterator[bytes]:
    """Return a stream after its first part, whose handler has these orders."""
    with ThreadPoolExecutor(1) as pool:
        begun = pool.submit(hosted.stream, name)
        handler = hosted.called()
        for order in ("part one", "part two", *orders):
            handler.give(order)
        parts = begun.result()
    assert [next(parts), next(parts)] == [b"one", b"two"]
    return parts


def check_broken(parts: Iterator[bytes]) -> None:
    with pytest.raises(EventStreamError, match="broke off in the middle of its answer") as caught:
        list(parts)

    response: Any = caught.value.response
    assert response["Error"]["Code"] == "ModelStreamError"


def name_of(hosted: Hosted, name: str) -> bytes | None:
    try:
        return hosted.invoke(name, b"name")
    except ClientError:
        return None


def listening(server: str) -> int:
    """Return the process that listens where *server* says."""
    port = urlsplit(server).port
    assert port is not None
    tables = [Path(f"/proc/net/{name}").read_text() for name in ("tcp", "tcp6")]
    rows = [line.split() for table in tables for line in table.splitlines()[1:]]
    (inode,) = [row[9] for row in rows if row[1].endswith(f":{port:04X}") and row[3] == "0A"]
    for process in Path("/proc").iterdir():
        if process.name.isdecimal() and f"socket:[{inode}]" in descriptors(process):
            return int(process.name)
    raise AssertionError(f"nobody listens at {server}")


def descriptors(process: Path) -> set[str]:
    try:
        return {os.readlink(each) for each in (process / "fd").iterdir()}
    except OSError:
        return set()
