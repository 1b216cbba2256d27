"""Endpoints deleted while they are made, hosts that were killed, names taken twice."""

import gzip
import itertools
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from lmi.errors import HostError
from lmi.local.hosting import (
    EndpointFailed,
    EndpointHost,
    InvocationFailed,
)
from tests.unit.hosting_fakes import (
    FakeServer,
    FakeServers,
    ask,
    left_on_disk,
    read_object,
    spec,
    tarball,
    wait_until,
)


@pytest.mark.parametrize("end", ["delete", "close"])
def test_an_endpoint_can_be_ended_while_it_is_created(
    host: EndpointHost, servers: FakeServers, tmp_path: Path, end: str
) -> None:
    waiting = threading.Event()

    def wait(server: FakeServer) -> None:
        waiting.set()
        server.stopped.wait(10)
        raise HostError("the server has ended")

    servers.wait = wait
    with ThreadPoolExecutor() as pool:
        creation = pool.submit(host.create, spec())
        waiting.wait(10)
        assert [endpoint.status for endpoint in host.status()] == ["Creating"]
        with pytest.raises(InvocationFailed, match="not found"):
            host.invoke("local-chat", ask())
        host.delete("local-chat") if end == "delete" else host.close()
        with pytest.raises(EndpointFailed, match="was deleted while it was being created"):
            creation.result(10)

    assert host.status() == ()
    assert not (tmp_path / "local/endpoints/local-chat/model").exists()


def test_delete_returns_when_the_creation_has_ended(
    host: EndpointHost, servers: FakeServers
) -> None:
    release = threading.Event()

    def wait(server: FakeServer) -> None:
        server.stopped.wait(10)
        release.wait(10)
        raise HostError("the server has ended")

    servers.wait = wait
    with ThreadPoolExecutor() as pool:
        creation = pool.submit(host.create, spec())
        wait_until(lambda: bool(servers.made) and servers.made[0].alive)
        deletion = pool.submit(host.delete, "local-chat")
        with pytest.raises(TimeoutError):
            deletion.result(0.05)
        release.set()
        deletion.result(10)
        assert creation.exception(10) is not None


def test_a_server_is_not_started_for_an_endpoint_that_is_deleted_before(
    host: EndpointHost, servers: FakeServers
) -> None:
    preparing, deleting = threading.Event(), threading.Event()

    def prepare() -> None:
        preparing.set()
        deleting.wait(10)

    servers.prepare = prepare
    with ThreadPoolExecutor() as pool:
        creation = pool.submit(host.create, spec())
        preparing.wait(10)
        deletion = pool.submit(host.delete, "local-chat")
        wait_until(lambda: host.status()[0].status == "Deleting")
        deleting.set()
        deletion.result(10)
        with pytest.raises(EndpointFailed, match="was deleted while it was being created"):
            creation.result(10)

    assert not servers.made[0].was_started


def test_a_download_ends_when_its_endpoint_is_deleted(tmp_path: Path, servers: FakeServers) -> None:
    downloading, deleting = threading.Event(), threading.Event()

    def endless(bucket: str, key: str) -> Iterator[bytes]:
        downloading.set()
        deleting.wait(10)
        yield from itertools.repeat(gzip.compress(bytes(1000)))

    host = EndpointHost(home=tmp_path, read_object=endless, servers=servers)
    with ThreadPoolExecutor() as pool:
        creation = pool.submit(host.create, spec())
        downloading.wait(10)
        deletion = pool.submit(host.delete, "local-chat")
        wait_until(lambda: host.status()[0].status == "Deleting")
        deleting.set()
        deletion.result(10)
        with pytest.raises(EndpointFailed, match="was deleted while it was being created"):
            creation.result(10)
    host.close()

    assert left_on_disk(tmp_path) == [".lock"]


def test_fails_when_the_download_takes_too_long(
    tmp_path: Path, servers: FakeServers, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0.0]
    monkeypatch.setattr("lmi.local.hosting.fetch.time.monotonic", lambda: now[0])

    def slow(bucket: str, key: str) -> Iterator[bytes]:
        for start in range(0, 300, 100):
            now[0] += 40
            yield tarball({"model.py": bytes(100)})[start : start + 100]

    host = EndpointHost(home=tmp_path, read_object=slow, servers=servers)

    with pytest.raises(EndpointFailed, match=r"ModelDataDownloadTimeoutInSeconds \(60 s\)"):
        host.create(spec(model_data_download_timeout_seconds=60))

    host.close()


def test_fails_to_create_a_name_twice(host: EndpointHost) -> None:
    host.create(spec("local-chat"))

    with pytest.raises(EndpointFailed, match="Cannot create already existing endpoint") as failure:
        host.create(spec("Local-Chat"))

    assert "arn:aws:sagemaker:us-west-2:111111111111:endpoint/local-chat" in failure.value.reason
    assert host.invoke("local-chat", ask(b"still")).body == b"still"


def test_fails_when_another_host_has_the_folder(host: EndpointHost, tmp_path: Path) -> None:
    with pytest.raises(HostError, match="lmi local stop"):
        EndpointHost(home=tmp_path, read_object=read_object({}))


def test_what_a_killed_host_left_is_removed_but_for_its_logs(tmp_path: Path) -> None:
    folder = tmp_path / "local/endpoints/local-chat"
    (folder / "model/deep").mkdir(parents=True)
    (folder / "model/deep/weights").write_bytes(b"x")
    (folder / "model/deep").chmod(0o555)
    (folder / "server.log").write_text("killed")

    EndpointHost(home=tmp_path, read_object=read_object({})).close()

    assert left_on_disk(tmp_path) == [".lock", "local-chat/server.log"]
