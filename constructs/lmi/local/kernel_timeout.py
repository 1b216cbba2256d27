"""
Time-outs that the kernel keeps for a blocking socket.

Python's own make two system calls of each read and write, and let go of the interpreter for both,
which doubles what threads spend to wait for each other.
"""

import socket
import struct
from typing import Final

_TIMEVAL: Final = struct.Struct("@ll")
_SLACK_SECONDS: Final = 0.02


class KernelTimeout:
    """
    The time-outs of one socket, which is made a blocking one: what takes too long is a
    BlockingIOError.

    They are kept to 20 ms, and set in the kernel only when they change by more.
    """

    def __init__(self, connection: socket.socket) -> None:
        connection.settimeout(None)
        self._connection = connection
        self._receiving = self._sending = 0.0

    def limit_receiving(self, seconds: float) -> None:
        """Have each read fail that gets nothing for *seconds*, more than 0."""
        if abs(seconds - self._receiving) > _SLACK_SECONDS or seconds < _SLACK_SECONDS:
            self._receiving = seconds
            self._set(socket.SO_RCVTIMEO, seconds)

    def limit_sending(self, seconds: float) -> None:
        """Have each write fail that gets rid of nothing for *seconds*, more than 0."""
        if abs(seconds - self._sending) > _SLACK_SECONDS or seconds < _SLACK_SECONDS:
            self._sending = seconds
            self._set(socket.SO_SNDTIMEO, seconds)

    def _set(self, option: int, seconds: float) -> None:
        whole = int(seconds)
        # Zero would be for ever.
        microseconds = max(1, int((seconds - whole) * 1_000_000))
        self._connection.setsockopt(socket.SOL_SOCKET, option, _TIMEVAL.pack(whole, microseconds))
