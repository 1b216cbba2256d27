"""Forwards invocations to a model server on loopback, over connections that are kept alive."""

import threading
import time
from collections.abc import Generator
from dataclasses import dataclass
from urllib.parse import urlsplit

from lmi.local.hosting.connection import Connection, Head, NoAnswer, TooLate
from lmi.local.hosting.invocation import MAX_BODY_BYTES, Invocation

__all__ = ["ContainerAnswer", "ContainerStream", "Forwarder", "NoAnswer", "TooLate", "TooLong"]

CUSTOM_ATTRIBUTES = "X-Amzn-SageMaker-Custom-Attributes"
STREAM_SECONDS = 480.0
"""
What a model has to stream its answer. Ours: how long SageMaker waits was not found in public.
"""


class TooLong(Exception):
    """The answer has more bytes than SageMaker passes on."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ContainerAnswer:
    """What the container answered, whatever its status."""

    status: int
    body: bytes
    content_type: str
    custom_attributes: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class ContainerStream:
    """A success that the container is still sending."""

    content_type: str
    custom_attributes: str | None
    parts: Generator[bytes]
    """
    The body as it comes: each of the container's chunks, or all of an answer that is not chunked.
    Raises NoAnswer or TooLate in the middle. `parts.close()` ends the connection to the container,
    and must be called if it is not read to its end.
    """


class Forwarder:
    """
    The connections to one model server.

    Args:
        url: of the server, `http://127.0.0.1:PORT`.
        timeout_seconds: from the first byte sent to the last received; of a stream, to its head.
        stream_seconds: from the first byte sent to the last received of a stream.
    """

    def __init__(
        self, url: str, *, timeout_seconds: float, stream_seconds: float = STREAM_SECONDS
    ) -> None:
        split = urlsplit(url)
        self._host, self._port = split.hostname or "127.0.0.1", split.port or 80
        self._timeout_seconds = timeout_seconds
        self._stream_seconds = stream_seconds
        self._idle: list[Connection] = []
        self._lock = threading.Lock()
        self._closed = False

    def invoke(self, invocation: Invocation) -> ContainerAnswer:
        """
        Return the answer of POST /invocations. A request is never sent twice.

        Raises:
            NoAnswer: there is no server, or it ended before it had answered.
            TooLate: the answer was not complete in time.
            TooLong: the answer exceeds the limit.
        """
        connection = self._connect()
        try:
            return self._whole(connection, self._send(connection, invocation))
        finally:
            self._release(connection)

    def stream(self, invocation: Invocation) -> ContainerStream | ContainerAnswer:
        """
        Return the answer of POST /invocations as it comes, or whole if it is not a success.

        A request is never sent twice.

        Raises:
            NoAnswer: there is no server, or it ended before it began to answer.
            TooLate: it did not begin to answer in time.
            TooLong: the answer is not a success and exceeds the limit.
        """
        began = time.monotonic()
        connection = self._connect()
        try:
            head = self._send(connection, invocation)
            if not 200 <= head.status < 300:
                answer = self._whole(connection, head)
                self._release(connection)
                return answer
            connection.set_deadline(began + self._stream_seconds)
        except BaseException:
            connection.close()
            raise
        parts = self._parts(connection, head)
        # A generator that never began would not close the connection when it is closed.
        next(parts)
        return ContainerStream(
            content_type=_content_type(head),
            custom_attributes=head.headers.get(CUSTOM_ATTRIBUTES.lower()),
            parts=parts,
        )

    def close(self) -> None:
        """Close the connections that wait; one in use is closed when its request is done."""
        with self._lock:
            self._closed, idle = True, self._idle
            self._idle = []
        for connection in idle:
            connection.close()

    def _send(self, connection: Connection, invocation: Invocation) -> Head:
        connection.set_deadline(time.monotonic() + self._timeout_seconds)
        return connection.send(_request(invocation, self._host))

    def _whole(self, connection: Connection, head: Head) -> ContainerAnswer:
        body = bytearray()
        for part in connection.parts(head):
            body += part
            if len(body) > MAX_BODY_BYTES:
                raise TooLong
        return ContainerAnswer(
            status=head.status,
            body=bytes(body),
            content_type=_content_type(head),
            custom_attributes=head.headers.get(CUSTOM_ATTRIBUTES.lower()),
        )

    def _parts(self, connection: Connection, head: Head) -> Generator[bytes]:
        try:
            yield b""
            if head.is_chunked:
                yield from connection.parts(head)
                return
            gathered = bytearray()
            for part in connection.parts(head):
                gathered += part
                if len(gathered) >= MAX_BODY_BYTES:
                    yield bytes(gathered)
                    gathered.clear()
            if gathered:
                yield bytes(gathered)
        finally:
            self._release(connection)

    def _connect(self) -> Connection:
        while True:
            with self._lock:
                connection = self._idle.pop() if self._idle else None
            if connection is None:
                return Connection(self._host, self._port)
            if connection.is_open():
                return connection
            connection.close()

    def _release(self, connection: Connection) -> None:
        with self._lock:
            keep = connection.reusable and not self._closed
            if keep:
                self._idle.append(connection)
        if not keep:
            connection.close()


def _content_type(head: Head) -> str:
    return head.headers.get("content-type") or "application/octet-stream"


def _request(invocation: Invocation, host: str) -> bytes:
    """Return the request that reaches the container: SageMaker strips all but the API's headers."""
    lines = [
        "POST /invocations HTTP/1.1",
        f"Host: {host}",
        f"Content-Length: {len(invocation.body)}",
        f"Content-Type: {invocation.content_type}",
    ]
    if invocation.accept is not None:
        lines.append(f"Accept: {invocation.accept}")
    if invocation.custom_attributes is not None:
        lines.append(f"{CUSTOM_ATTRIBUTES}: {invocation.custom_attributes}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + invocation.body
