"""
One connection to a model server: HTTP/1.1, as far as model servers speak it, with a deadline.

http.client takes several times as long for a small answer, most of it to parse headers as e-mail,
and its time-out starts anew with each packet, so that a server which sends byte by byte would never
be late.
"""

import contextlib
import socket
import time
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from typing import Final

from lmi.local.kernel_timeout import KernelTimeout

_RECEIVED_AT_ONCE: Final = 1 << 16
_MAX_HEAD_BYTES: Final = 1 << 17
_TCP_INFO: Final[int | None] = getattr(socket, "TCP_INFO", None)  # Linux only
_ESTABLISHED: Final = 1  # TCP_ESTABLISHED; its first byte is the state


class NoAnswer(Exception):
    """The connection broke, or the model server is not there."""


class TooLate(Exception):
    """The answer was not complete in time."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Head:
    """What comes before the body of an answer."""

    status: int
    headers: Mapping[str, str]
    """By their names in lower case."""

    @property
    def is_chunked(self) -> bool:
        """Whether the body comes in chunks."""
        return self.headers.get("transfer-encoding", "").lower() == "chunked"


class Connection:
    """
    A connection that is kept alive between requests, used by one thread at a time.

    Raises:
        NoAnswer: the server cannot be reached; so do all methods when it breaks off.
    """

    def __init__(self, host: str, port: int) -> None:
        self._buffer = bytearray()
        self._deadline = 0.0
        try:
            self._socket = socket.create_connection((host, port), timeout=5)
        except OSError as error:
            raise NoAnswer(f"{type(error).__name__}: {error}") from error
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._timeout = KernelTimeout(self._socket)
        self.reusable = False
        """Whether the last answer was read to its end, and the server keeps the connection."""

    def close(self) -> None:
        """Close it, which tells the server that nobody waits any more."""
        self._socket.close()

    def is_open(self) -> bool:
        """Return whether the server has kept it: nothing to read, not even its end."""
        if _TCP_INFO is not None:
            # Alone among the ways to ask, this one does not let go of the interpreter.
            state = self._socket.getsockopt(socket.IPPROTO_TCP, _TCP_INFO, 1)
            return state[0] == _ESTABLISHED
        try:
            self._socket.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        except BlockingIOError:
            return True
        except OSError:
            return False
        return False

    def set_deadline(self, deadline: float) -> None:
        """Have whatever goes on at *deadline*, a time of time.monotonic(), fail with TooLate."""
        self._deadline = deadline

    def send(self, request: bytes) -> Head:
        """
        Send one request and return the head of its answer.

        Raises:
            TooLate: it did not come in time.
        """
        self.reusable = False
        self._send(request)
        while True:
            status_line, *lines = self._until(b"\r\n\r\n", _MAX_HEAD_BYTES).split("\r\n")
            status = _status(status_line)
            if status >= 200:  # not a 100 Continue
                break
        headers = {}
        for line in lines:
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        return Head(status=status, headers=headers)

    def _send(self, request: bytes) -> None:
        rest: bytes | memoryview = request
        while rest:
            self._timeout.limit_sending(self._left())
            try:
                sent = self._socket.send(rest)
            except OSError as error:
                raise _worded(error) from error
            rest = memoryview(rest)[sent:] if sent < len(rest) else b""

    def parts(self, head: Head) -> Generator[bytes]:
        """
        Yield the body as it comes: each chunk, or what is there of a body that is not chunked.

        Raises:
            TooLate: it did not come in time.
        """
        if head.is_chunked:
            yield from self._chunks()
        elif "content-length" in head.headers:
            yield from self._counted(_number(head.headers["content-length"], 10))
        else:
            # It ends with the connection.
            while part := self._some():
                yield part
            return
        # What comes after the end is no answer to any request.
        self.reusable = not self._buffer and head.headers.get("connection", "").lower() != "close"

    def _chunks(self) -> Generator[bytes]:
        while size := _number(self._until(b"\r\n", _MAX_HEAD_BYTES).partition(";")[0], 16):
            yield self._exactly(size)
            if self._exactly(2) != b"\r\n":
                raise NoAnswer("the answer is no HTTP: a chunk has no end")
        while self._until(b"\r\n", _MAX_HEAD_BYTES):
            pass  # trailers

    def _counted(self, size: int) -> Generator[bytes]:
        while size:
            part = self._some(size)
            if not part:
                raise NoAnswer(f"the model server broke off {size} bytes before the end")
            size -= len(part)
            yield part

    def _until(self, mark: bytes, limit: int) -> str:
        searched = 0
        while (end := self._buffer.find(mark, searched)) < 0:
            searched = max(0, len(self._buffer) - len(mark) + 1)
            if searched > limit:
                raise NoAnswer("the answer is no HTTP: its head has no end")
            self._receive()
        text = self._buffer[:end].decode("latin-1")
        del self._buffer[: end + len(mark)]
        return text

    def _exactly(self, size: int) -> bytes:
        while len(self._buffer) < size:
            self._receive()
        part = bytes(self._buffer[:size])
        del self._buffer[:size]
        return part

    def _some(self, most: int = _RECEIVED_AT_ONCE) -> bytes:
        if not self._buffer:
            with contextlib.suppress(EOFError):
                self._receive_or_end()
        part = bytes(self._buffer[:most])
        del self._buffer[:most]
        return part

    def _receive(self) -> None:
        try:
            self._receive_or_end()
        except EOFError as error:
            raise NoAnswer("the model server closed the connection") from error

    def _receive_or_end(self) -> None:
        self._timeout.limit_receiving(self._left())
        try:
            received = self._socket.recv(_RECEIVED_AT_ONCE)
        except OSError as error:
            raise _worded(error) from error
        if not received:
            raise EOFError
        self._buffer += received

    def _left(self) -> float:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TooLate
        return left


def _worded(error: OSError) -> NoAnswer | TooLate:
    if isinstance(error, BlockingIOError):
        return TooLate()
    return NoAnswer(f"{type(error).__name__}: {error}")


def _status(line: str) -> int:
    words = line.split(" ", 2)
    if len(words) < 2 or not words[0].startswith("HTTP/1.") or not words[1].isdecimal():
        raise NoAnswer(f"the answer is no HTTP: it begins with {line[:80]!r}")
    return int(words[1])


def _number(text: str, base: int) -> int:
    try:
        return int(text, base)
    except ValueError as error:
        raise NoAnswer(f"the answer is no HTTP: {text[:80]!r} is no length") from error
