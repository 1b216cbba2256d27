"""
One connection of a client: calls of sagemaker-runtime are answered at once, all else by WSGI.

An invocation needs none of what moto and werkzeug do with a request, and its connection stays open
for the next one.
"""

import io
import logging
import socket
import time
from collections.abc import Generator, Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, ClassVar, Final

from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.serving import DechunkedInput

from lmi.local.emulator.runtime import Call, Reply, Runtime, call_of
from lmi.local.hosting.invocation import MAX_BODY_BYTES
from lmi.local.kernel_timeout import KernelTimeout

if TYPE_CHECKING:
    from lmi.local.emulator.server import Server

_log = logging.getLogger(__name__)

_MAX_LINE: Final = 1 << 16
_MAX_HEADERS: Final = 100  # as in http.client
_DRAINED_AT_ONCE: Final = 1 << 20
_MAX_DRAINED: Final = 1 << 26
_PHRASES: Final = {status.value: status.phrase for status in HTTPStatus}


class Broken(Exception):
    """The request cannot be understood; the message says why."""


class RequestHandler(MotoRequestHandler):
    """Reads the requests of one connection, in a thread of its own."""

    HEAD_SECONDS: ClassVar[float] = 20
    """From a request's first byte to the end of its headers."""
    PATIENCE_SECONDS: ClassVar[float] = 60
    """Between two packets of a body, and for the client to take what is sent."""
    IDLE_SECONDS: ClassVar[float] = 300
    """
    Between two requests. Long, because a client whose connection ends as it sends the next request
    cannot know whether it arrived.
    """

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 1 << 16
    server: "Server"

    def setup(self) -> None:
        """Open the connection's streams."""
        super().setup()
        self.rfile.close()
        self._input = _Input(self.connection, self.PATIENCE_SECONDS)
        self.rfile = self._reader = io.BufferedReader(self._input, 1 << 16)

    def handle_one_request(self) -> None:
        """Answer one request, or end the connection."""
        self.close_connection = True
        self.server.note_idle(self.connection)
        self._input.wait(self.IDLE_SECONDS)
        if not self._reader.peek(1):
            return
        self.server.note_busy(self.connection)
        self._input.wait(self.HEAD_SECONDS)
        self.raw_requestline = self._reader.readline(_MAX_LINE)
        self.requestline = self.raw_requestline.decode("latin-1").rstrip("\r\n")
        words = self.requestline.split(" ")
        call = call_of(words[0], words[1]) if len(words) == 3 else None
        if call is None or words[2] != "HTTP/1.1":
            self._answer_by_wsgi()
            return
        try:
            self._answer_call(call, self.server.runtime)
        except Broken as error:
            self._send(Reply(status=400, headers={}, body=str(error).encode()), keep=False)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """
        Note one request and the status of its answer; moto's log has colours of a terminal.

        Not the good answers to sagemaker-runtime: the model server has noted each in its own log.
        """
        _log.info("%s %s", self.requestline, code)

    def _answer_by_wsgi(self) -> None:
        if len(self.raw_requestline) >= _MAX_LINE:
            self.requestline = self.command = ""
            self.request_version = self.protocol_version
            self.send_error(HTTPStatus.REQUEST_URI_TOO_LONG)
        elif self.parse_request():
            self._input.wait(None)
            # Werkzeug knows Python's own time-outs only. It ends the connection after its answer.
            self.connection.settimeout(self.PATIENCE_SECONDS)
            self.run_wsgi()
        self.wfile.flush()

    def _answer_call(self, call: Call, runtime: Runtime) -> None:
        headers = self._headers()
        self._input.wait(None)
        if headers.get("expect", "").lower() == "100-continue":
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            self.wfile.flush()
        body = self._body(headers)
        keep = body is not None and headers.get("connection", "").lower() != "close"
        self._send(runtime.answer(call, headers, body), keep=keep)
        if body is None:
            self._drain()
        self.close_connection = not keep

    def _headers(self) -> dict[str, str]:
        lines = self._header_lines()
        if len(lines) > _MAX_HEADERS:
            raise Broken(f"more than {_MAX_HEADERS} headers")
        headers: dict[str, str] = {}
        for line in lines:
            name, colon, value = line.partition(":")
            if not colon or name != name.strip():
                raise Broken("a header is no header")
            key = name.lower()
            value = value.strip()
            headers[key] = f"{headers[key]},{value}" if key in headers else value
        return headers

    def _header_lines(self) -> list[str]:
        there = self._reader.peek(1)
        end = there.find(b"\r\n\r\n")
        if end >= 0 and not there.startswith(b"\r\n"):
            return self._reader.read(end + 4)[:end].decode("latin-1").split("\n")
        # They have not all come yet, or there are none.
        lines: list[str] = []
        while len(lines) <= _MAX_HEADERS:
            line = self._reader.readline(_MAX_LINE)
            if line in (b"\r\n", b"\n"):
                break
            if not line.endswith(b"\n"):
                raise Broken("a header is no header")
            lines.append(line.decode("latin-1"))
        return lines

    def _body(self, headers: Mapping[str, str]) -> bytes | None:
        """Return the body, or None if it is longer than any may be; then it is not all read."""
        if "transfer-encoding" in headers:
            try:
                chunks: Any = DechunkedInput(self._reader)
                body: bytes = io.BufferedReader(chunks).read(MAX_BODY_BYTES + 1)
            except TimeoutError:
                raise
            except OSError as error:
                raise Broken(str(error)) from error
            return body if len(body) <= MAX_BODY_BYTES else None
        text = headers.get("content-length", "0")
        if not (text.isascii() and text.isdecimal()):
            raise Broken(f"Content-Length must be a number, got {text[:80]!r}")
        size = int(text[:20])
        if size > MAX_BODY_BYTES:
            return None
        body = self._reader.read(size)
        if len(body) < size:
            raise ConnectionError("the client broke off within its body")
        return body

    def _drain(self) -> None:
        """
        Read the body away: a client that is still sending would see a broken connection instead of
        the answer.
        """
        self._input.wait(self.HEAD_SECONDS)
        self.connection.shutdown(socket.SHUT_WR)
        drained = 0
        while drained < _MAX_DRAINED and (part := self._reader.read1(_DRAINED_AT_ONCE)):
            drained += len(part)

    def _send(self, reply: Reply, *, keep: bool) -> None:
        if reply.status >= HTTPStatus.BAD_REQUEST:
            self.log_request(reply.status)
        head = f"HTTP/1.1 {reply.status} {_PHRASES.get(reply.status, '')}\r\n"
        for name, value in reply.headers.items():
            head += f"{name}: {value}\r\n"
        head += "Connection: keep-alive\r\n" if keep else "Connection: close\r\n"
        if isinstance(reply.body, bytes):
            head += f"Content-Length: {len(reply.body)}\r\n\r\n"
            self._send_bytes(head.encode("latin-1") + reply.body)
        else:
            head += "Transfer-Encoding: chunked\r\n\r\n"
            self._send_frames(head.encode("latin-1"), reply.body)

    def _send_frames(self, head: bytes, frames: Generator[bytes]) -> None:
        try:
            self._send_bytes(head)
            for frame in frames:
                self._send_bytes(b"%x\r\n%b\r\n" % (len(frame), frame))
            self._send_bytes(b"0\r\n\r\n")
        finally:
            # Whether the client has all or has gone: nobody reads the model's answer any more.
            frames.close()

    def _send_bytes(self, data: bytes) -> None:
        try:
            self.connection.sendall(data)
        except BlockingIOError as error:
            raise TimeoutError("the client takes nothing") from error


class _Input(io.RawIOBase):
    """
    What a client sends.

    A socket's own time-out starts anew with each packet, so that a client which sends byte by byte
    would keep its thread for ever.
    """

    def __init__(self, connection: socket.socket, patience_seconds: float) -> None:
        super().__init__()
        self._connection = connection
        self._patience_seconds = patience_seconds
        self._deadline: float | None = None
        self._timeout = KernelTimeout(connection)
        self._timeout.limit_sending(patience_seconds)

    def wait(self, seconds: float | None) -> None:
        """Have reads fail after *seconds* from now, None: after the patience between packets."""
        self._deadline = None if seconds is None else time.monotonic() + seconds

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: "bytearray | memoryview") -> int:  # type: ignore[override]
        """Receive something, or raise TimeoutError."""
        left = self._patience_seconds
        if self._deadline is not None:
            left = self._deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError("the client is too slow")
        self._timeout.limit_receiving(left)
        try:
            return self._connection.recv_into(buffer)
        except BlockingIOError as error:
            raise TimeoutError("the client is too slow") from error
