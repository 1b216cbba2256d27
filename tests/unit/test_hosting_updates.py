"""An endpoint updated while it is invoked: nothing is lost, nothing old answers late."""

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from lmi.errors import HostError
from lmi.local.hosting import EndpointFailed, EndpointHost
from tests.unit.hosting_fakes import (
    MODEL_URL,
    FakeServer,
    FakeServers,
    answer,
    ask,
    left_on_disk,
    read_object,
    spec,
    unhosted,
    wait_until,
)


def name_the_model(servers: FakeServers) -> Counter[str]:
    """Let each server answer with its model's environment, and count what each has answered."""
    served: Counter[str] = Counter()
    lock = threading.Lock()

    def respond(request: BaseHTTPRequestHandler, body: bytes) -> None:
        port = request.connection.getsockname()[1]
        (server,) = [each for each in servers.made if each.url.endswith(f":{port}")]
        name = server.given["environment"]["MODEL"]
        with lock:
            served[name] += 1
        # So that some are in the middle of it at every moment.
        threading.Event().wait(0.003)
        answer(request, name.encode())

    servers.respond = respond
    return served


def invoke_until(done: threading.Event, host: EndpointHost) -> list[str]:
    answers = []
    while not done.is_set():
        answers.append(host.invoke("local-chat", ask()).body.decode())
    return answers


def answers_during(host: EndpointHost, update: Callable[[], None]) -> list[list[str]]:
    """Return what four clients got from well before *update* to well after it."""
    done = threading.Event()
    with ThreadPoolExecutor() as pool:
        clients = [pool.submit(invoke_until, done, host) for _ in range(4)]
        enough = pool.submit(lambda: [host.invoke("local-chat", ask()) for _ in range(150)])
        enough.result(60)
        try:
            update()
            for _ in range(150):
                host.invoke("local-chat", ask())
        finally:
            done.set()
        return [client.result(60) for client in clients]


def test_an_update_loses_no_request_and_the_old_model_never_answers_after_the_new(
    host: EndpointHost, servers: FakeServers
) -> None:
    served = name_the_model(servers)
    host.create(spec(environment={"MODEL": "old"}))

    clients = answers_during(host, lambda: host.update(spec(environment={"MODEL": "new"})))

    received = Counter(each for client in clients for each in client)
    assert sum(received.values()) + 300 == sum(served.values())
    assert served["old"] == received["old"] + 150
    assert served["new"] == received["new"] + 150
    for client in clients:
        assert client == sorted(client, key=("old", "new").index)
        assert client[-1] == "new"
    assert sum(served.values()) >= 500


def test_a_failing_update_loses_no_request_and_leaves_the_old_model(
    host: EndpointHost, servers: FakeServers, tmp_path: Path
) -> None:
    served = name_the_model(servers)
    host.create(spec(environment={"MODEL": "old"}))
    (before,) = host.status()

    def fail(server: FakeServer) -> None:
        raise HostError("ValueError: broken")

    servers.wait = fail

    def update() -> None:
        with pytest.raises(EndpointFailed, match="ValueError: broken"):
            host.update(spec(environment={"MODEL": "new"}))

    clients = answers_during(host, update)

    assert sum(len(client) for client in clients) + 300 == served["old"] == sum(served.values())
    assert host.status() == (before,)
    old, new = servers.made
    assert (old.stopped.is_set(), new.stopped.is_set()) == (False, True)
    assert len(list((tmp_path / "local/endpoints/local-chat").glob("i-*"))) == 1
    assert before.log is not None
    assert before.log.resolve() == old.given["log"]
    assert new.given["log"].exists()


def test_the_steps_of_an_update_are_reported_in_their_order(
    host: EndpointHost, servers: FakeServers
) -> None:
    lines: list[str] = []
    host.create(spec())

    host.update(spec(), report=lines.append)

    assert lines == [
        "Starting the new fleet beside the old: AllTraffic",
        "The new fleet is in service: AllTraffic",
        "All traffic goes to the new fleet",
        "The old fleet has ended",
    ]
    assert [server.stopped.is_set() for server in servers.made] == [True, False]


def test_an_update_waits_for_what_the_old_model_is_answering(
    host: EndpointHost, servers: FakeServers
) -> None:
    answering, release = threading.Event(), threading.Event()
    old_body = b"old"

    def respond(request: BaseHTTPRequestHandler, body: bytes) -> None:
        if body == old_body:
            answering.set()
            release.wait(10)
        answer(request, body)

    servers.respond = respond
    host.create(spec())
    drains = threading.Event()
    with ThreadPoolExecutor() as pool:
        slow = pool.submit(host.invoke, "local-chat", ask(old_body))
        answering.wait(10)
        update = pool.submit(
            host.update,
            spec(),
            report=lambda line: drains.set() if line == "Draining the old fleet: 1 open" else None,
        )
        drains.wait(10)
        assert host.invoke("local-chat", ask(b"new")).body == b"new"
        assert host.status()[0].status == "Updating"
        assert not servers.made[0].stopped.is_set()
        release.set()
        assert slow.result(10).body == old_body
        update.result(10)

    assert servers.made[0].stopped.is_set()


def test_an_update_waits_for_an_open_stream_until_it_is_closed(
    host: EndpointHost, servers: FakeServers
) -> None:
    host.create(spec())
    stream = host.invoke_stream("local-chat", ask(b"streamed"))
    drains = threading.Event()
    with ThreadPoolExecutor() as pool:
        update = pool.submit(
            host.update,
            spec(),
            report=lambda line: drains.set() if line.startswith("Draining") else None,
        )
        drains.wait(10)
        assert not update.done()
        assert b"".join(stream.parts) == b"streamed"
        update.result(10)

    host.invoke_stream("local-chat", ask(b"dropped")).parts.close()
    host.update(spec())


def test_what_does_not_end_in_time_is_cut_off(
    tmp_path: Path, objects: dict[str, bytes], servers: FakeServers
) -> None:
    host = EndpointHost(
        home=tmp_path, read_object=read_object(objects), servers=servers, drain_seconds=0.01
    )
    lines: list[str] = []
    host.create(spec())
    stream = host.invoke_stream("local-chat", ask(b"x"))

    host.update(spec(), report=lines.append)

    assert "1 open after 0.01 s; they are cut off" in lines
    assert servers.made[0].stopped.is_set()
    stream.parts.close()
    host.close()


def test_an_update_may_change_the_model_data_and_what_runs_it(
    host: EndpointHost, objects: dict[str, bytes], servers: FakeServers, tmp_path: Path
) -> None:
    objects["s3://models/other"] = objects[MODEL_URL]
    host.create(unhosted())

    host.update(spec(model_data_url="s3://models/other"))

    assert host.invoke("local-chat", ask(b"hosted")).body == b"hosted"
    assert host.status()[0].status == "InService"
    host.delete("local-chat")
    assert left_on_disk(tmp_path) == [".lock"]


def test_fails_to_update_what_is_not_there(host: EndpointHost) -> None:
    with pytest.raises(EndpointFailed, match="Could not find endpoint 'local-chat'"):
        host.update(spec())


def test_fails_to_update_an_endpoint_that_is_being_updated(
    host: EndpointHost, servers: FakeServers
) -> None:
    host.create(spec())
    starting, release = threading.Event(), threading.Event()

    def wait(server: FakeServer) -> None:
        starting.set()
        release.wait(10)

    servers.wait = wait
    with ThreadPoolExecutor() as pool:
        first = pool.submit(host.update, spec())
        starting.wait(10)
        with pytest.raises(EndpointFailed, match="Cannot update in-progress endpoint"):
            host.update(spec())
        release.set()
        first.result(10)


@pytest.mark.parametrize("end", ["delete", "close"])
def test_an_endpoint_can_be_ended_while_it_is_updated(
    host: EndpointHost, servers: FakeServers, tmp_path: Path, end: str
) -> None:
    host.create(spec())

    def wait(server: FakeServer) -> None:
        server.stopped.wait(10)
        raise HostError("the server has ended")

    servers.wait = wait
    with ThreadPoolExecutor() as pool:
        update = pool.submit(host.update, spec())
        wait_until(lambda: len(servers.made) == 2 and servers.made[1].alive)
        host.delete("local-chat") if end == "delete" else host.close()
        with pytest.raises(EndpointFailed, match="was deleted while it was being updated"):
            update.result(10)

    assert all(server.stopped.is_set() for server in servers.made)
    assert list((tmp_path / "local/endpoints").glob("local-chat/i-*")) == []
