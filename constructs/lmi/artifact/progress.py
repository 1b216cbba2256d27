"""How far a long work is, on a terminal only."""

import sys
import time
from types import TracebackType
from typing import Self

_FIRST_SECONDS = 1.0
_EVERY_SECONDS = 0.2
_ERASE_LINE = "\r\033[K"


class Progress:
    """
    One line on stderr that tells the share, the speed and the time left, and is gone at the end.

    Nothing is written where stderr is no terminal, or the work is done within a second.
    """

    def __init__(self, what: str, total: int) -> None:
        """Be ready for *total* bytes of the work *what*."""
        self._what, self._total = what, total
        self._done = 0
        self._begun = time.monotonic()
        self._next = self._begun + _FIRST_SECONDS
        self._drawn = False
        self._shown = sys.stderr.isatty()

    def __enter__(self) -> Self:
        """Return the progress itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Erase the line."""
        if self._drawn:
            self._write("")

    def advance(self, size: int) -> None:
        """Count *size* more bytes as done."""
        self._done += size
        if not self._shown or time.monotonic() < self._next:
            return
        now = time.monotonic()
        self._next, self._drawn = now + _EVERY_SECONDS, True
        speed = self._done / (now - self._begun)
        left = (self._total - self._done) / speed if speed else 0.0
        self._write(
            f"{self._what}: {self._done / (self._total or 1):4.0%} of {self._total / 1e9:.2f} GB, "
            f"{speed / 1e6:,.0f} MB/s, {left:,.0f} s left"
        )

    def _write(self, line: str) -> None:
        sys.stderr.write(_ERASE_LINE + line)
        sys.stderr.flush()
