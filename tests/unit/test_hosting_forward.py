"""Forwarding to a model server, down to its bytes."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, suppress

import pytest

from lmi.local.hosting.forward import (
    ContainerAnswer,
    ContainerStream,
    Forwarder,
    NoAnswer,
    TooLate,
)
from tests.unit.hosting_fakes import ask

Serve = Callable[[Callable[[socket.socket], None]], Forwarder]
OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Make a forwarder to a server that answers each request of each connection as given."""
    listener = socket.create_server(("127.0.0.1", 0))
    made: list[Forwarder] = []

    def start(answer: Callable[[socket.socket], None]) -> Forwarder:
        def converse(connection: socket.socket) -> None:
            with closing(connection), suppress(OSError):
                while connection.recv(1 << 16):
                    answer(connection)

        def accept() -> None:
            while True:
                try:
                    connection = listener.accept()[0]
                except OSError:
                    return
                threading.Thread(target=converse, args=(connection,), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        made.append(Forwarder(url, timeout_seconds=5, stream_seconds=0.5))
        return made[-1]

    yield start
    for forwarder in made:
        forwarder.close()
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()


def stream(forwarder: Forwarder) -> ContainerStream:
    answer = forwarder.stream(ask())
    assert isinstance(answer, ContainerStream)
    return answer


def test_a_stream_has_the_chunks_of_the_server(serve: Serve) -> None:
    chunked = (
        OK + b"Transfer-Encoding: chunked\r\n\r\n3\r\none\r\n4;x=y\r\n two\r\n0\r\nT: 1\r\n\r\n"
    )
    forwarder = serve(lambda connection: connection.sendall(chunked))

    for _ in range(2):
        answer = stream(forwarder)
        assert answer.content_type == "text/plain"
        assert list(answer.parts) == [b"one", b" two"]


@pytest.mark.parametrize("framing", [b"Content-Length: 200000\r\n\r\n", b"\r\n"])
def test_a_stream_of_an_answer_that_is_not_chunked_is_one_part(
    serve: Serve, framing: bytes
) -> None:
    def answer(connection: socket.socket) -> None:
        connection.sendall(OK + framing + bytes(200_000))
        connection.shutdown(socket.SHUT_WR)

    assert list(stream(serve(answer)).parts) == [bytes(200_000)]


def test_a_stream_that_is_no_success_is_an_answer(serve: Serve) -> None:
    refused = b"HTTP/1.1 424 Failed\r\nContent-Length: 4\r\n\r\noops"

    answer = serve(lambda connection: connection.sendall(refused)).stream(ask())

    assert isinstance(answer, ContainerAnswer)
    assert (answer.status, answer.body) == (424, b"oops")


def test_fails_in_the_middle_when_the_server_breaks_off(serve: Serve) -> None:
    def answer(connection: socket.socket) -> None:
        connection.sendall(OK + b"Transfer-Encoding: chunked\r\n\r\n3\r\none\r\n")
        connection.shutdown(socket.SHUT_RDWR)

    parts = stream(serve(answer)).parts

    assert next(parts) == b"one"
    with pytest.raises(NoAnswer, match="closed the connection"):
        next(parts)


def test_fails_in_the_middle_when_the_server_takes_too_long(serve: Serve) -> None:
    parts = stream(
        serve(lambda c: c.sendall(OK + b"Transfer-Encoding: chunked\r\n\r\n3\r\none\r\n"))
    ).parts

    assert next(parts) == b"one"
    with pytest.raises(TooLate):
        next(parts)


def test_the_server_sees_that_a_stream_is_closed(serve: Serve) -> None:
    ended = threading.Event()

    def answer(connection: socket.socket) -> None:
        connection.sendall(OK + b"Transfer-Encoding: chunked\r\n\r\n3\r\none\r\n")
        if not connection.recv(1):
            ended.set()

    stream(serve(answer)).parts.close()

    assert ended.wait(5)


@pytest.mark.parametrize(
    "sent",
    [
        b"220 smtp ready\r\n\r\n",
        OK + b"Content-Length: many\r\n\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\n1\r\nxyz",
        b"x" * 300_000,
    ],
)
def test_fails_on_what_is_no_http(serve: Serve, sent: bytes) -> None:
    with pytest.raises(NoAnswer, match="the answer is no HTTP"):
        serve(lambda connection: connection.sendall(sent)).invoke(ask())
