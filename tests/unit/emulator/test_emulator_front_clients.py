"""Broken and hostile clients leave the embedded AWS serving, and none holds it for ever."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING, Any

import pytest

from lmi.local.emulator.connection import RequestHandler
from lmi.local.emulator.server import Server
from lmi.local.hosting.invocation import MAX_BODY_BYTES

if TYPE_CHECKING:
    from tests.unit.emulator.conftest import Aws

SCOPE = "LMIEMBEDDEDAWS000000/20261122/us-west-2/sagemaker/aws4_request"
SIGNED = f"Authorization: AWS4-HMAC-SHA256 Credential={SCOPE}, SignedHeaders=host, Signature=0"


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HEAD_SECONDS", "PATIENCE_SECONDS", "IDLE_SECONDS"):
        monkeypatch.setattr(RequestHandler, name, 0.5)


@pytest.fixture
def endpoint(aws: "Aws", endpoint_resources: Any) -> Iterator[str]:
    """An endpoint, which still answers when the test has done its worst."""
    name = aws.unique("endpoint")
    aws.deploy(aws.unique("stack"), endpoint_resources(name))
    yield name
    answer = aws.client("sagemaker-runtime").invoke_endpoint(EndpointName=name, Body=b"body")
    assert answer["Body"].read() == b"ydob"
    assert aws.client("sts").get_caller_identity()["Account"] == "111111111111"


def connect(aws: "Aws") -> socket.socket:
    host, port = aws.url.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=10)


def head(endpoint: str, *headers: str, operation: str = "invocations") -> bytes:
    lines = [f"POST /endpoints/{endpoint}/{operation} HTTP/1.1", "Host: x", *headers, "", ""]
    return "\r\n".join(lines).encode("latin-1")


def until_closed(connection: socket.socket) -> bytes:
    received = b""
    try:
        while part := connection.recv(1 << 16):
            received += part
    except ConnectionResetError:
        pass
    return received


@pytest.mark.parametrize("operation", ["invocations", "invocations-response-stream"])
@pytest.mark.parametrize(
    ("headers", "status", "says"),
    [
        ((), b"403", b"MissingAuthenticationToken"),
        (("Authorization: nonsense",), b"403", b"MissingAuthenticationToken"),
        ((SIGNED.replace("us-west-2", "mars-1"),), b"403", b"not 'mars-1'"),
        ((SIGNED, "Content-Length: many"), b"400", b"Content-Length must be a number"),
        ((SIGNED, "Content-Length: -1"), b"400", b"Content-Length must be a number"),
        ((SIGNED, "no header"), b"400", b"a header is no header"),
        ((SIGNED, *(f"X-{n}: 1" for n in range(200))), b"400", b"more than 100 headers"),
        ((SIGNED, "Transfer-Encoding: chunked"), b"400", b"Invalid chunk header"),
        (
            (SIGNED, f"Content-Length: {MAX_BODY_BYTES + 1}"),
            b"413",
            b"HTTP content length exceeded",
        ),
        ((SIGNED, f"Content-Length: {'9' * 3000}"), b"413", b"HTTP content length exceeded"),
    ],
)
def test_a_request_that_is_wrong_gets_the_reason(
    aws: "Aws", endpoint: str, operation: str, headers: tuple[str, ...], status: bytes, says: bytes
) -> None:
    with closing(connect(aws)) as connection:
        connection.sendall(head(endpoint, *headers, operation=operation) + b"nonsense\r\n")
        answer = until_closed(connection)

    assert answer.startswith(b"HTTP/1.1 " + status)
    assert says in answer


@pytest.mark.parametrize(
    "service_request",
    [
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nAuthorization: " + SIGNED.encode() + b"\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"NONSENSE\r\n\r\n",
        b"POST /endpoints/x/invocations HTTP/0.9\r\n\r\n",
        b"G" * 100_000,
        b"\r\n" * 1000,
        b"",
    ],
)
def test_nonsense_is_answered_or_closed(aws: "Aws", endpoint: str, service_request: bytes) -> None:
    with closing(connect(aws)) as connection:
        connection.sendall(service_request)
        until_closed(connection)


@pytest.mark.parametrize("sent", [b"", b"half"])
def test_a_client_that_stops_within_its_body_is_let_go(
    aws: "Aws", endpoint: str, sent: bytes
) -> None:
    aws.host.invocations.clear()
    with closing(connect(aws)) as connection:
        connection.sendall(head(endpoint, SIGNED, "Content-Length: 100") + sent)
        assert until_closed(connection) == b""

    assert aws.host.invocations == []


def test_a_client_that_breaks_off_within_its_body_reaches_no_model(
    aws: "Aws", endpoint: str
) -> None:
    aws.host.invocations.clear()
    with closing(connect(aws)) as connection:
        connection.sendall(head(endpoint, SIGNED, "Content-Length: 100") + b"half")
        connection.shutdown(socket.SHUT_WR)
        assert until_closed(connection) == b""

    assert aws.host.invocations == []


def test_headers_that_come_byte_by_byte_have_a_deadline(aws: "Aws", endpoint: str) -> None:
    began = time.monotonic()
    with closing(connect(aws)) as connection:
        connection.sendall(head(endpoint, SIGNED)[:-2])
        try:
            while time.monotonic() - began < 10:
                connection.sendall(b"X-More: 1\r\n")
                threading.Event().wait(0.1)
        except OSError:
            pass

    assert time.monotonic() - began < 5


def test_a_body_in_chunks_and_several_requests_on_one_connection_are_fine(
    aws: "Aws", endpoint: str
) -> None:
    with closing(connect(aws)) as connection:
        connection.sendall(
            head(endpoint, SIGNED, "Transfer-Encoding: chunked")
            + b"2\r\nab\r\n3\r\ncde\r\n0\r\n\r\n"
            + head(endpoint, SIGNED, "Content-Length: 3", "Connection: close")
            + b"fgh"
        )
        answer = until_closed(connection)

    assert b"\r\n\r\nedcbaHTTP/1.1 200 OK" in answer
    assert answer.endswith(b"\r\n\r\nhgf")


def test_two_hundred_idle_connections_leave_it_serving(
    aws: "Aws", endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(RequestHandler, "IDLE_SECONDS", 60)
    with ExitStack() as stack:
        for _ in range(200):
            stack.enter_context(closing(connect(aws)))
        began = time.monotonic()
        runtime = aws.client("sagemaker-runtime")
        for _ in range(20):
            runtime.invoke_endpoint(EndpointName=endpoint, Body=b"")["Body"].read()

        assert time.monotonic() - began < 5


def test_the_connection_that_is_idle_longest_gives_way(
    aws: "Aws", endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(RequestHandler, "IDLE_SECONDS", 60)
    monkeypatch.setattr(Server, "MAX_CONNECTIONS", 20)
    with ExitStack() as stack:
        first, *others = [stack.enter_context(closing(connect(aws))) for _ in range(30)]

        assert first.recv(1) == b""
        last = others[-1]
        last.sendall(head(endpoint, SIGNED, "Connection: close"))
        assert until_closed(last).startswith(b"HTTP/1.1 200 OK")
