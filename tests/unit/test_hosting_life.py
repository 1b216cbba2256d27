"""The life of an endpoint: created, invoked, deleted."""

import threading
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from lmi.local.hosting import (
    EndpointFailed,
    EndpointHost,
    InvocationFailed,
)
from tests.unit.hosting_fakes import (
    OLD_IMAGE,
    REGION,
    FakeServers,
    answer,
    ask,
    echo,
    left_on_disk,
    read_object,
    spec,
    unhosted,
)

# A life


def test_an_endpoint_is_served_from_its_own_folder(
    host: EndpointHost, servers: FakeServers, tmp_path: Path
) -> None:
    host.create(spec(container_startup_health_check_timeout_seconds=600))

    (server,) = servers.made
    folder = tmp_path / "local/endpoints/local-chat"
    (instance,) = folder.glob("i-*")
    assert server.given == {
        "version": "0.34.0",
        "directory": instance / "1",
        "model_store": instance / "model",
        "environment": {"OPTION_X": "1"},
        "log": folder / f"logs/AllTraffic/{instance.name}.log",
    }
    assert (folder / "server.log").resolve() == server.given["log"]
    assert (instance / "model/chat/model.py").read_bytes() == b"def handle(inputs): ..."
    assert servers.start_up_seconds == [600]


def test_start_up_has_eight_minutes_by_default(host: EndpointHost, servers: FakeServers) -> None:
    host.create(spec())

    assert servers.start_up_seconds == [480]


def test_status_tells_what_serves_and_where_it_differs(host: EndpointHost, tmp_path: Path) -> None:
    host.create(spec())

    (endpoint,) = host.status()
    assert (endpoint.endpoint_name, endpoint.region) == ("local-chat", REGION)
    assert (endpoint.status, endpoint.server_version) == ("InService", "0.34.0")
    assert endpoint.url is not None
    assert endpoint.url.startswith("http://127.0.0.1:")
    assert endpoint.log == tmp_path / "local/endpoints/local-chat/server.log"
    (note,) = endpoint.notes
    assert "0.36.0" in note
    assert "0.34.0" in note
    assert endpoint.log.read_text() == f"note: {note}\nstarted\n"


def test_an_old_server_says_that_its_health_check_proves_little(host: EndpointHost) -> None:
    host.create(spec(image_uri=OLD_IMAGE))

    (endpoint,) = host.status()
    assert endpoint.server_version == "0.20.0"
    assert "answers /ping with 200 also where the handler failed" in " ".join(endpoint.notes)


def test_an_invocation_reaches_the_model_and_its_answer_comes_back(
    host: EndpointHost, servers: FakeServers
) -> None:
    seen: dict[str, str] = {}

    def respond(request: BaseHTTPRequestHandler, body: bytes) -> None:
        seen.update({"path": request.path} | dict(request.headers))
        answer(
            request,
            body.upper(),
            Content_Type="text/x-loud",
            X_Amzn_SageMaker_Custom_Attributes="trace=2",
        )

    servers.respond = respond
    host.create(spec())

    given = host.invoke(
        "local-chat", ask(b"quiet", accept="text/plain", custom_attributes="trace=1")
    )

    assert (given.body, given.content_type) == (b"QUIET", "text/x-loud")
    assert given.invoked_production_variant == "AllTraffic"
    assert given.custom_attributes == "trace=2"
    assert seen["path"] == "/invocations"
    assert seen["Content-Type"] == "application/json"
    assert seen["Accept"] == "text/plain"
    assert seen["X-Amzn-SageMaker-Custom-Attributes"] == "trace=1"


def test_connections_to_the_model_are_kept(host: EndpointHost, servers: FakeServers) -> None:
    host.create(spec())

    for _ in range(5):
        assert host.invoke("local-chat", ask(b"x")).custom_attributes is None

    assert servers.made[0].connections == 1


def test_a_connection_that_the_server_closed_is_not_used_again(
    host: EndpointHost, servers: FakeServers
) -> None:
    closed = threading.Event()

    def respond(request: BaseHTTPRequestHandler, body: bytes) -> None:
        echo(request, body)
        request.wfile.flush()
        request.connection.shutdown(2)
        request.close_connection = True
        closed.set()

    servers.respond = respond
    host.create(spec())

    for _ in range(3):
        assert host.invoke("local-chat", ask(b"x")).body == b"x"
        closed.wait()
        closed.clear()


def test_a_deleted_endpoint_leaves_nothing(
    host: EndpointHost, servers: FakeServers, tmp_path: Path
) -> None:
    host.create(spec())

    host.delete("local-chat")

    assert servers.made[0].stopped.is_set()
    assert left_on_disk(tmp_path) == [".lock"]
    assert not (tmp_path / "local/endpoints/local-chat").exists()
    assert host.status() == ()
    with pytest.raises(InvocationFailed):
        host.invoke("local-chat", ask())


def test_an_endpoint_can_be_created_again(host: EndpointHost, servers: FakeServers) -> None:
    host.create(spec())
    host.delete("local-chat")

    host.create(spec())

    assert len(servers.made) == 2
    assert host.invoke("local-chat", ask(b"again")).body == b"again"


def test_endpoints_are_created_side_by_side(host: EndpointHost, servers: FakeServers) -> None:
    together = threading.Barrier(4)
    servers.wait = lambda server: (together.wait(10), None)[1]

    with ThreadPoolExecutor() as pool:
        list(pool.map(host.create, [spec(f"local-{number}") for number in range(4)]))

    assert [endpoint.status for endpoint in host.status()] == ["InService"] * 4
    assert len({server.url for server in servers.made}) == 4


def test_close_ends_all_and_keeps_the_logs(
    tmp_path: Path, objects: dict[str, bytes], servers: FakeServers
) -> None:
    host = EndpointHost(
        home=tmp_path,
        read_object=read_object(objects),
        servers=servers,
    )
    host.create(spec("local-a"))
    host.create(unhosted(name="local-b"))

    host.close()
    host.close()

    assert servers.made[0].stopped.is_set()
    assert left_on_disk(tmp_path) == [".lock", "local-a/logs/AllTraffic", "local-a/server.log"]
    with pytest.raises(EndpointFailed, match="shutting down"):
        host.create(spec("local-c"))
