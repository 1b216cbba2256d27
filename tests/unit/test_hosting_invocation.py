"""What InvokeEndpoint answers, and how it fails."""

import threading
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from lmi.local.hosting import (
    EndpointHost,
    InvocationFailed,
)
from tests.unit.hosting_fakes import LIMIT, FakeServers, answer, ask, echo, read_object, spec

# Invocations that fail


def test_fails_on_an_endpoint_that_is_not_there(host: EndpointHost) -> None:
    host.create(spec("local-chat"))

    for name in ("other", "Local-Chat"):
        with pytest.raises(InvocationFailed) as failure:
            host.invoke(name, ask())

        assert (failure.value.code, failure.value.status) == ("ValidationError", 400)
        assert failure.value.message == f"Endpoint {name} of account 111111111111 not found."


@pytest.mark.parametrize(("status", "side"), [(400, "client"), (424, "client"), (503, "server")])
def test_fails_with_the_containers_status_and_message(
    host: EndpointHost, servers: FakeServers, status: int, side: str
) -> None:
    servers.respond = lambda request, body: answer(request, b'{"code": 1}', status)
    host.create(spec())

    with pytest.raises(InvocationFailed) as failure:
        host.invoke("local-chat", ask())

    error = failure.value
    assert (error.code, error.status, error.original_status_code) == ("ModelError", 424, status)
    assert error.original_message == '{"code": 1}'
    assert error.message.startswith(
        f'Received {side} error ({status}) from primary with message "{{"code": 1}}". See /'
    )
    assert error.log_stream_arn == (
        "arn:aws:logs:us-west-2:111111111111:log-group:/aws/sagemaker/Endpoints/local-chat"
    )


def test_messages_have_at_most_the_length_of_the_service(
    host: EndpointHost, servers: FakeServers
) -> None:
    servers.respond = lambda request, body: answer(request, b"x" * 9000, 500)
    host.create(spec())

    with pytest.raises(InvocationFailed) as failure:
        host.invoke("local-chat", ask())

    assert failure.value.original_message == "x" * 2048
    assert len(failure.value.message) < 2048
    assert failure.value.message.endswith(".log for more information.")


@pytest.mark.parametrize("trickles", [False, True])
def test_fails_when_the_model_is_too_slow(
    tmp_path: Path, objects: dict[str, bytes], servers: FakeServers, trickles: bool
) -> None:
    release = threading.Event()

    def block(request: BaseHTTPRequestHandler, body: bytes) -> None:
        if trickles:
            request.send_response(200)
            request.send_header("Content-Length", "1000000")
            request.end_headers()
            while not release.wait(0.01):
                request.wfile.write(b"x")
        release.wait(10)

    servers.respond = block
    host = EndpointHost(
        home=tmp_path, read_object=read_object(objects), servers=servers, model_timeout_seconds=0.1
    )
    host.create(spec())

    with pytest.raises(InvocationFailed) as failure:
        host.invoke("local-chat", ask())

    release.set()
    error = failure.value
    assert (error.code, error.status, error.original_status_code) == ("ModelError", 424, 0)
    assert error.message.startswith(
        'Received server error (0) from primary with message "Your invocation timed out while '
        "waiting for a response from container primary."
    )
    servers.respond = echo
    assert host.invoke("local-chat", ask(b"next")).body == b"next"
    host.close()


@pytest.mark.parametrize("sends", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"])
def test_fails_when_the_server_breaks_off(
    host: EndpointHost, servers: FakeServers, sends: bytes
) -> None:
    calls: list[bytes] = []

    def break_off(request: BaseHTTPRequestHandler, body: bytes) -> None:
        calls.append(body)
        request.wfile.write(sends)
        request.close_connection = True

    servers.respond = break_off
    host.create(spec())

    with pytest.raises(InvocationFailed) as failure:
        host.invoke("local-chat", ask(b"once"))

    assert (failure.value.code, failure.value.original_status_code) == ("ModelError", 503)
    assert calls == [b"once"]


def test_a_body_may_have_six_mebibytes(host: EndpointHost) -> None:
    host.create(spec())

    assert len(host.invoke("local-chat", ask(bytes(LIMIT))).body) == LIMIT


def test_fails_on_a_request_over_the_limit(host: EndpointHost) -> None:
    host.create(spec())

    with pytest.raises(InvocationFailed) as failure:
        host.invoke("local-chat", ask(bytes(LIMIT + 1)))

    assert (failure.value.code, failure.value.status) == ("413", 413)
    assert failure.value.message == "HTTP content length exceeded 6291456 bytes."


@pytest.mark.parametrize("chunked", [False, True])
def test_fails_on_an_answer_over_the_limit(
    host: EndpointHost, servers: FakeServers, chunked: bool
) -> None:
    def respond(request: BaseHTTPRequestHandler, body: bytes) -> None:
        if not chunked:
            answer(request, bytes(LIMIT + 1))
            return
        request.send_response(200)
        request.send_header("Transfer-Encoding", "chunked")
        request.end_headers()
        request.wfile.write(b"%x\r\n" % (LIMIT + 1) + bytes(LIMIT + 1) + b"\r\n0\r\n\r\n")

    servers.respond = respond
    host.create(spec())

    with pytest.raises(InvocationFailed, match="more than 6291456 bytes") as failure:
        host.invoke("local-chat", ask())

    assert failure.value.code == "ModelError"


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"content_type": "text/plain\r\nX-Evil: 1"}, "ContentType must be at most 1024"),
        ({"accept": "é"}, "Accept must be at most 1024"),
        ({"custom_attributes": "x" * 1025}, "CustomAttributes must be at most 1024"),
        ({"target_variant": "Other"}, "TargetVariant must be AllTraffic"),
        ({"target_model": "a.tar.gz"}, "TargetModel is set"),
        ({"target_container_hostname": "a"}, "TargetContainerHostname is set"),
        ({"inference_component_name": "a"}, "InferenceComponentName is set"),
        ({"session_id": "NEW_SESSION"}, "SessionId is set"),
        ({"enable_explanations": "`true`"}, "EnableExplanations is set"),
    ],
)
def test_fails_on_a_field_that_the_endpoint_cannot_honour(
    host: EndpointHost, fields: dict[str, Any], says: str
) -> None:
    host.create(spec())

    with pytest.raises(InvocationFailed) as failure:
        host.invoke("local-chat", ask(**fields))

    assert failure.value.code == "ValidationError"
    assert says in failure.value.message


def test_the_only_variant_can_be_named(host: EndpointHost) -> None:
    host.create(spec())

    assert host.invoke("local-chat", ask(b"x", target_variant="AllTraffic")).body == b"x"


def test_invocations_run_side_by_side(host: EndpointHost, servers: FakeServers) -> None:
    together = threading.Barrier(8)

    def respond(request: BaseHTTPRequestHandler, body: bytes) -> None:
        together.wait(10)
        echo(request, body)

    servers.respond = respond
    host.create(spec())
    bodies = [str(number).encode() for number in range(8)]

    with ThreadPoolExecutor(max_workers=8) as pool:
        answers = list(pool.map(lambda body: host.invoke("local-chat", ask(body)).body, bodies))

    assert answers == bodies
