"""The embedded AWS as a server on loopback."""

import contextlib
import logging
import socket
import sys
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar, Self

from moto.s3.models import FakeKey, s3_backends
from werkzeug.serving import ThreadedWSGIServer

from lmi.local.emulator import ACCOUNT, cloudformation, mends
from lmi.local.emulator.connection import RequestHandler
from lmi.local.emulator.front import Front
from lmi.local.emulator.listener import LOOPBACK
from lmi.local.emulator.runtime import Runtime
from lmi.local.emulator.sagemaker import Endpoints

if TYPE_CHECKING:
    from lmi.local.emulator.sagemaker import Host

_log = logging.getLogger(__name__)
_PART_BYTES = 1 << 20


class Server(ThreadedWSGIServer):
    """
    Werkzeug's server, a thread for each connection, with a limit: the connection that has been idle
    longest gives way to a new one.

    Args:
        listener: where to answer.
        app: answers all but sagemaker-runtime.
        runtime: answers sagemaker-runtime.
    """

    MAX_CONNECTIONS: ClassVar[int] = 512

    def __init__(self, listener: socket.socket, app: Front, runtime: Runtime) -> None:
        self.runtime = runtime
        # In the order in which they became idle; the value tells whether they are.
        self._connections: dict[socket.socket, bool] = {}
        self._lock = threading.Lock()
        port = listener.getsockname()[1]
        super().__init__(LOOPBACK, port, app, RequestHandler, fd=listener.fileno())

    def process_request(self, request: Any, client_address: Any) -> None:
        """Start a thread for a new connection."""
        with self._lock:
            if len(self._connections) >= self.MAX_CONNECTIONS:
                self._end_longest_idle()
            full = len(self._connections) >= self.MAX_CONNECTIONS
            if not full:
                self._connections[request] = True
        if full:
            _log.warning("refused a connection: %d are open", self.MAX_CONNECTIONS)
            super().shutdown_request(request)
        else:
            super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """End a connection."""
        with self._lock:
            self._connections.pop(request, None)
        super().shutdown_request(request)

    def note_idle(self, connection: socket.socket) -> None:
        """Note that *connection* waits for a request."""
        with self._lock:
            if self._connections.pop(connection, None) is not None:
                self._connections[connection] = True

    def note_busy(self, connection: socket.socket) -> None:
        """Note that a request comes in on *connection*."""
        with self._lock:
            if connection in self._connections:
                self._connections[connection] = False

    def server_close(self) -> None:
        """Close the socket, and every connection."""
        super().server_close()
        with self._lock:
            for connection in self._connections:
                _end(connection)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Note what ended a connection in the log, where no client can flood it with tracebacks."""
        _log.warning("a connection failed: %r", sys.exception())

    def _end_longest_idle(self) -> None:
        for connection, idle in self._connections.items():
            if idle:
                del self._connections[connection]
                _end(connection)
                return


def _end(connection: socket.socket) -> None:
    # Its thread reads the end, and closes it.
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


class EmbeddedAws:
    """
    A running embedded AWS. One for a process: moto keeps its records in the process.

    Args:
        host: runs the endpoints.
        listener: where to answer, from `listener.listen`; closed with the server.
    """

    def __init__(self, *, host: "Host", listener: socket.socket) -> None:
        mends.apply()
        cloudformation.install()
        Endpoints(host).install()
        self._listener = listener
        self.port: int = listener.getsockname()[1]
        self.url = f"http://{LOOPBACK}:{self.port}"
        self._server = Server(listener, Front(host), Runtime(host))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.1,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop answering. The host is the caller's to close."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._listener.close()

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Stop answering."""
        self.close()


def read_object(bucket: str, key: str) -> Iterator[bytes] | None:
    """Return an object of the embedded S3 in parts, or None if there is none."""
    for backend in list(s3_backends[ACCOUNT].values()):
        if bucket in backend.buckets:
            found = backend.get_object(bucket, key)
            return None if found is None else _parts(found)
    return None


def _parts(key: FakeKey) -> Iterator[bytes]:
    # FakeKey.value would be the whole object in memory, twice.
    position = 0
    while True:
        with key.lock:
            key._value_buffer.seek(position)
            part = key._value_buffer.read(_PART_BYTES)
        if not part:
            return
        position += len(part)
        yield part
