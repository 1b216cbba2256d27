"""
The logical lines of a properties file: continuation lines joined, each character's place kept.

Where the documentation of java.util.Properties is silent, Java 17 decides: a lone backslash before
a line ending begins a logical line that is still empty, so a comment may follow; at the end of the
file it is an entry with an empty key and value, unless a carriage return and a line feed both
follow it.
"""

import bisect
import re
from collections.abc import Iterator
from dataclasses import dataclass

_BLANKS = re.compile(r"[ \t\f]*")
_LINE_ENDING = re.compile(r"\r\n|\r|\n")
_KEY_END = re.compile(r"[=: \t\f]")
_SEPARATOR = re.compile(r"[ \t\f]*(?:[=:][ \t\f]*)?")


@dataclass(frozen=True, kw_only=True, slots=True)
class LogicalLine:
    """A line that holds an entry, its continuation lines joined."""

    text: str

    starts: tuple[int, ...]
    """Where in `text` the piece of each natural line begins."""

    offsets: tuple[int, ...]
    """Where that piece begins in the file's text."""

    line_start: int
    content_end: int
    line_end: int
    is_dangling: bool

    def offset_of(self, at: int) -> int:
        """Return where `text[at]` stands in the file's text; of the end, after what precedes it."""
        if at and at == len(self.text):
            return self.offset_of(at - 1) + 1
        piece = bisect.bisect_right(self.starts, at) - 1 if self.text else 0
        return self.offsets[piece] + at - self.starts[piece]

    def end_of(self, at: int, end: int) -> int:
        """Return where `text[at:end]` ends in the file's text, on the natural line it begins on."""
        piece = bisect.bisect_right(self.starts, at)
        piece_end = self.starts[piece] if piece < len(self.starts) else len(self.text)
        return self.offset_of(at) + max(0, min(end, piece_end) - at)

    def split(self) -> tuple[int, int]:
        """Return where in `text` the key ends, and where the value begins."""
        for sign in _KEY_END.finditer(self.text):
            if not _is_escaped(self.text, sign.start()):
                separator = _SEPARATOR.match(self.text, sign.start())
                return sign.start(), separator.end() if separator else sign.start()
        return len(self.text), len(self.text)


class Places:
    """Lines and columns of the offsets of a text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._starts = [0, *(match.end() for match in _LINE_ENDING.finditer(text))]

    def of(self, offset: int) -> tuple[int, int]:
        """Return the line and the column of *offset*, both counted from 1."""
        line = bisect.bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1

    def line(self, number: int) -> str:
        """
        Return the line *number*, counted from 1, without its ending.

        Raises IndexError if the text has no such line.
        """
        end = self._starts[number] if number < len(self._starts) else len(self._text)
        return self._text[self._starts[number - 1] : end].rstrip("\r\n")


def logical_lines(text: str) -> Iterator[LogicalLine]:
    """
    Yield the lines of *text* that hold an entry, continuation lines joined, blank lines and
    comments left out.
    """
    pieces: list[str] = []
    starts: list[int] = []
    offsets: list[int] = []
    length = 0
    begun = 0
    for line_start, end, line_end in _natural_lines(text):
        blanks = _BLANKS.match(text, line_start, end)
        at = blanks.end() if blanks else line_start
        if not length and (at == end or text[at] in "#!"):
            pieces, starts, offsets = [], [], []
            continue
        if not pieces:
            begun = line_start
        continued = end > at and text[end - 1] == "\\" and _is_escaped(text, end, at)
        piece = text[at : end - 1 if continued else end]
        pieces.append(piece)
        starts.append(length)
        offsets.append(at)
        length += len(piece)
        if continued and line_end < len(text):
            continue
        if length or (continued and text[end:line_end] != "\r\n"):
            yield LogicalLine(
                text="".join(pieces),
                starts=tuple(starts),
                offsets=tuple(offsets),
                line_start=begun,
                content_end=end,
                line_end=line_end,
                is_dangling=continued,
            )
        pieces, starts, offsets, length = [], [], [], 0


def _natural_lines(text: str) -> Iterator[tuple[int, int, int]]:
    start = 0
    for match in _LINE_ENDING.finditer(text):
        yield start, match.start(), match.end()
        start = match.end()
    if start < len(text):
        yield start, len(text), len(text)


def _is_escaped(text: str, at: int, start: int = 0) -> bool:
    """Return whether the backslashes of `text[start:at]` right before *at* are odd in number."""
    before = at
    while before > start and text[before - 1] == "\\":
        before -= 1
    return (at - before) % 2 == 1
