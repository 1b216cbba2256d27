"""The embedded AWS as a server on loopback."""

import logging
import socket
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Self

from moto.moto_server.werkzeug_app import MotoRequestHandler
from moto.s3.models import FakeKey, s3_backends
from werkzeug.serving import make_server

from lmi.local.emulator import ACCOUNT, cloudformation, mends
from lmi.local.emulator.front import Front
from lmi.local.emulator.listener import LOOPBACK
from lmi.local.emulator.sagemaker import Endpoints

if TYPE_CHECKING:
    from lmi.local.emulator.sagemaker import Host

_log = logging.getLogger(__name__)
_PART_BYTES = 1 << 20


class _RequestHandler(MotoRequestHandler):
    """moto's handler, whose log has no colours of a terminal."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Note one request and the status of its answer."""
        _log.info("%s %s", self.requestline, code)


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
        self._server = make_server(
            LOOPBACK,
            self.port,
            Front(host),
            threaded=True,
            request_handler=_RequestHandler,
            fd=listener.fileno(),
        )
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
