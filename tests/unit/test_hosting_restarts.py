"""A model server that ends by itself."""

from pathlib import Path

import pytest

from lmi.errors import HostError
from lmi.local.hosting import EndpointHost, InvocationFailed, LogStream
from tests.unit.hosting_fakes import FakeServer, FakeServers, ask, read_object, spec, wait_until


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lmi.local.hosting.supervised._POLL_SECONDS", 0.005)
    monkeypatch.setattr("lmi.local.hosting.supervised.BACKOFF_SECONDS", (0.0, 0.0, 0.0))
    monkeypatch.setattr("lmi.local.hosting.logs._POLL_SECONDS", 0.005)


def test_it_is_started_again_and_status_tells(host: EndpointHost, servers: FakeServers) -> None:
    host.create(spec())
    servers.made[0].crash()

    wait_until(lambda: len(servers.made) == 2 and host.status()[0].status == "InService")

    assert host.invoke("local-chat", ask(b"again")).body == b"again"
    assert "the model server has ended by itself; restarts: 1" in host.status()[0].notes
    first, second = servers.made
    assert first.stopped.is_set()
    assert second.given["model_store"] == first.given["model_store"]
    assert not first.given["directory"].exists()
    assert "this is start 2" in second.given["log"].read_text()


def test_one_that_fails_its_ping_is_started_again(
    host: EndpointHost, servers: FakeServers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lmi.local.hosting.supervised.PING_SECONDS", 0.0)
    host.create(spec())
    servers.made[0].ping_status = 500

    wait_until(lambda: len(servers.made) == 2 and host.status()[0].status == "InService")

    assert servers.made[0].stopped.is_set()
    assert host.invoke("local-chat", ask(b"again")).body == b"again"


def test_fails_to_invoke_meanwhile_at_once(
    host: EndpointHost, servers: FakeServers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lmi.local.hosting.supervised.BACKOFF_SECONDS", (60.0,))
    host.create(spec())
    servers.made[0].crash()

    with pytest.raises(InvocationFailed, match="has ended and is being restarted") as failure:
        host.invoke("local-chat", ask())

    assert (failure.value.code, failure.value.status) == ("ModelError", 424)
    assert failure.value.original_status_code == 503
    assert host.status()[0].status == (
        "InService (the model server has ended and is being restarted)"
    )


def test_it_stays_down_when_it_does_not_come_back(host: EndpointHost, servers: FakeServers) -> None:
    host.create(spec())

    def fail(server: FakeServer) -> None:
        raise HostError("broken")

    servers.wait = fail
    servers.made[0].crash()

    wait_until(lambda: "not started again" in host.status()[0].status)
    assert len(servers.made) == 4
    assert all(server.stopped.is_set() for server in servers.made)
    with pytest.raises(InvocationFailed, match="ended 4 times and is not started again"):
        host.invoke("local-chat", ask())


def test_an_endpoint_can_be_deleted_and_updated_while_its_server_is_down(
    host: EndpointHost, servers: FakeServers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lmi.local.hosting.supervised.BACKOFF_SECONDS", (60.0,))
    host.create(spec())
    servers.made[0].crash()

    host.update(spec())

    assert host.invoke("local-chat", ask(b"new")).body == b"new"
    servers.made[1].crash()
    host.delete("local-chat")
    assert host.status() == ()
    assert len(servers.made) == 2


def test_the_lines_of_every_start_are_published(
    tmp_path: Path, objects: dict[str, bytes], servers: FakeServers
) -> None:
    lines: list[tuple[LogStream, str]] = []
    host = EndpointHost(
        home=tmp_path,
        read_object=read_object(objects),
        servers=servers,
        publish_log=lambda stream, new: lines.extend((stream, line) for line in new),
    )
    host.create(spec())
    wait_until(lambda: "started" in [line for _, line in lines])
    servers.made[0].crash()
    wait_until(lambda: len(servers.made) == 2 and host.status()[0].status == "InService")
    with servers.made[1].given["log"].open("a") as log:
        log.write("last words")
    host.close()

    (stream,) = {stream for stream, _ in lines}
    assert stream.group_name == "/aws/sagemaker/Endpoints/local-chat"
    assert stream.region == "us-west-2"
    variant_name, instance_id = stream.stream_name.split("/")
    assert (variant_name, instance_id) == ("AllTraffic", servers.made[0].given["log"].stem)
    assert [line for _, line in lines if not line.startswith("note: ")] == [
        "started",
        "started",
        "last words",
    ]


def test_a_publisher_that_fails_harms_nobody(
    tmp_path: Path, objects: dict[str, bytes], servers: FakeServers
) -> None:
    def fail(stream: LogStream, new: object) -> None:
        raise RuntimeError("no CloudWatch")

    host = EndpointHost(
        home=tmp_path, read_object=read_object(objects), servers=servers, publish_log=fail
    )
    host.create(spec())

    assert host.invoke("local-chat", ask(b"x")).body == b"x"
    host.close()
