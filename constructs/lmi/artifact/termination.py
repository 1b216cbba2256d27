"""Being told to end is no reason to leave half a file behind."""

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType

_SIGNALS = (signal.SIGTERM, signal.SIGHUP)


@contextlib.contextmanager
def terminable() -> Iterator[None]:
    """
    Raise SystemExit where the process is told to end, so that it cleans up, and exit with 128 and
    the signal's number, as a shell reports it.

    Has no effect on a signal that the program handles itself or ignores, and none outside the main
    thread, which alone gets signals.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    taken = [number for number in _SIGNALS if signal.getsignal(number) is signal.SIG_DFL]
    for number in taken:
        signal.signal(number, _end)
    try:
        yield
    finally:
        for number in taken:
            signal.signal(number, signal.SIG_DFL)


def _end(number: int, frame: FrameType | None) -> None:
    # A second one must not disturb the cleaning up after the first.
    signal.signal(number, signal.SIG_IGN)
    raise SystemExit(128 + number)
