"""The socket of the embedded AWS, on loopback and nowhere else."""

import errno
import socket
from typing import Final

from lmi.errors import HostError

LOOPBACK: Final = "127.0.0.1"


def listen(port: int) -> socket.socket:
    """
    Return a socket that listens on loopback.

    Args:
        port: 0 takes a free one.

    Raises:
        HostError: the port is in use, or not to be had.
    """
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((LOOPBACK, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        cause = (
            "is in use" if error.errno == errno.EADDRINUSE else f"cannot be used ({error.strerror})"
        )
        raise HostError(
            f"port {port} {cause}; `lmi local start --port 0` takes a free one"
        ) from error
    return listener
