"""Forwards invocations to a model server on loopback, over connections that are kept alive."""

import http.client
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

from lmi.local.hosting.invocation import MAX_BODY_BYTES, Invocation

CUSTOM_ATTRIBUTES = "X-Amzn-SageMaker-Custom-Attributes"


class NoAnswer(Exception):
    """The connection broke, or the model server is not there."""


class TooLate(Exception):
    """The answer was not complete in time."""


class TooLong(Exception):
    """The answer has more bytes than SageMaker passes on."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ContainerAnswer:
    """What the container answered, whatever its status."""

    status: int
    body: bytes
    content_type: str
    custom_attributes: str | None


class Forwarder:
    """
    The connections to one model server.

    Args:
        url: of the server, `http://127.0.0.1:PORT`.
        timeout_seconds: from the first byte sent to the last received.
    """

    def __init__(self, url: str, *, timeout_seconds: float) -> None:
        split = urlsplit(url)
        self._host, self._port = split.hostname or "127.0.0.1", split.port
        self._timeout_seconds = timeout_seconds
        self._idle: list[http.client.HTTPConnection] = []
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
        deadline = _Deadline(self._timeout_seconds)
        try:
            with self._connection() as connection, deadline.of(connection):
                connection.request("POST", "/invocations", invocation.body, _headers(invocation))
                response = connection.getresponse()
                body = response.read(MAX_BODY_BYTES + 1)
                if len(body) > MAX_BODY_BYTES:
                    raise TooLong
                # http.client is silent about a body that ends before its Content-Length.
                if response.length:
                    raise http.client.IncompleteRead(b"", response.length)
        except (OSError, http.client.HTTPException) as error:
            if deadline.passed:
                raise TooLate from error
            raise NoAnswer(f"{type(error).__name__}: {error}") from error
        return ContainerAnswer(
            status=response.status,
            body=body,
            content_type=response.getheader("Content-Type") or "application/octet-stream",
            custom_attributes=response.getheader(CUSTOM_ATTRIBUTES),
        )

    def close(self) -> None:
        """Close the connections that wait; one in use is closed when its request is done."""
        with self._lock:
            self._closed, idle = True, self._idle
            self._idle = []
        for connection in idle:
            connection.close()

    @contextmanager
    def _connection(self) -> Iterator[http.client.HTTPConnection]:
        connection = self._take_idle() or http.client.HTTPConnection(
            self._host, self._port, timeout=self._timeout_seconds
        )
        try:
            yield connection
        except BaseException:
            connection.close()
            raise
        with self._lock:
            # http.client has closed it if the server asked for that.
            keep = not self._closed and connection.sock is not None
            if keep:
                self._idle.append(connection)
        if not keep:
            connection.close()

    def _take_idle(self) -> http.client.HTTPConnection | None:
        while True:
            with self._lock:
                connection = self._idle.pop() if self._idle else None
            if connection is None or _is_open(connection):
                return connection
            connection.close()


def _headers(invocation: Invocation) -> dict[str, str]:
    """Return the headers that reach the container: SageMaker strips all but those of the API."""
    headers = {"Content-Type": invocation.content_type}
    if invocation.accept is not None:
        headers["Accept"] = invocation.accept
    if invocation.custom_attributes is not None:
        headers[CUSTOM_ATTRIBUTES] = invocation.custom_attributes
    return headers


class _Deadline:
    """
    Ends a request at its time, whatever it is doing.

    A socket's own time-out starts anew with each packet, so that a server which sends byte by byte
    would never be late.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self.passed = False

    @contextmanager
    def of(self, connection: http.client.HTTPConnection) -> Iterator[None]:
        if connection.sock is None:
            connection.connect()
        connection.sock.settimeout(None)
        timer = threading.Timer(self._seconds, self._pass, args=(connection.sock,))
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
        if self.passed:
            # The socket is shut down, though the last byte may have come.
            raise TimeoutError

    def _pass(self, sock: socket.socket) -> None:
        self.passed = True
        with suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)


def _is_open(connection: http.client.HTTPConnection) -> bool:
    """Return whether the server has kept the idle connection: nothing to read, not even its end."""
    if connection.sock is None:
        return False
    connection.sock.setblocking(False)
    try:
        connection.sock.recv(1, socket.MSG_PEEK)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False
