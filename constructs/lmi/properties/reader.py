"""
The logical lines of a properties file, and the entries on them.

Written from the rules that the class java.util.Properties documents, and compared with that class
by a test:
https://docs.oracle.com/en/java/javase/17/docs/api/java.base/java/util/Properties.html#load(java.io.Reader)
Where the documentation is silent, Java 17 decides: a lone backslash before a line ending begins a
logical line that is still empty, so a comment may follow; at the end of the file it is an entry
with an empty key and value, unless a carriage return and a line feed both follow it.
"""

import bisect
import re
from collections.abc import Iterator
from dataclasses import dataclass

from lmi.errors import ArtifactError, Problem
from lmi.properties.entry import Entry, Span
from lmi.properties.escape import malformed_unicode_escapes, unescape

_BLANKS = " \t\f"
_LINE_ENDING = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, kw_only=True, slots=True)
class LogicalLine:
    """A line that holds an entry, its continuation lines joined."""

    text: str
    offsets: tuple[int, ...]
    """Where each character of `text` stands in the file's text."""

    line_start: int
    content_start: int
    content_end: int
    line_end: int
    is_dangling: bool


class Places:
    """Lines and columns of the offsets of a text."""

    def __init__(self, text: str) -> None:
        self._starts = [0, *(match.end() for match in _LINE_ENDING.finditer(text))]

    def of(self, offset: int) -> tuple[int, int]:
        """Return the line and the column of *offset*, both counted from 1."""
        line = bisect.bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1


def read_entries(text: str, name: str) -> tuple[Entry, ...]:
    """
    Return the entries of *text* in the order of the file, duplicates included.

    Args:
        text: the decoded file.
        name: what messages call the file.

    Raises:
        ArtifactError: Java would refuse the file, with a line for every malformed escape.
    """
    places = Places(text)
    problems: list[Problem] = []
    entries = []
    for line in logical_lines(text):
        key_end, value_start, has_separator = _split(line.text)
        key_text, value_text = line.text[:key_end], line.text[value_start:]
        bad = [
            *malformed_unicode_escapes(key_text),
            *(value_start + at for at in malformed_unicode_escapes(value_text)),
        ]
        for at in bad:
            row, column = places.of(line.offsets[at])
            message = (
                "\\u must be followed by four hexadecimal digits, got "
                f"{line.text[at : at + 6]!r}; write \\\\u for a backslash and a u"
            )
            problems.append(Problem(file=name, line=row, column=column, message=message))
        entries.append(
            _entry(
                line, places, unescape(key_text), unescape(value_text), value_start, has_separator
            )
        )
    if problems:
        raise ArtifactError(*problems)
    return tuple(entries)


def logical_lines(text: str) -> Iterator[LogicalLine]:
    """
    Yield the lines of *text* that hold an entry, continuation lines joined, blank lines and
    comments left out.
    """
    characters: list[str] = []
    offsets: list[int] = []
    start: tuple[int, int] | None = (
        None  # of the logical line: its first line's start, its first character
    )
    natural_lines = list(_natural_lines(text))
    for index, (line_start, end, line_end) in enumerate(natural_lines):
        at = line_start
        while at < end and text[at] in _BLANKS:
            at += 1
        if not characters and (at == end or text[at] in "#!"):
            start = None
            continue
        if start is None:
            start = (line_start, at)
        continued = _ends_in_escape(text, at, end)
        content_end = end - 1 if continued else end
        characters.extend(text[at:content_end])
        offsets.extend(range(at, content_end))
        if continued and index + 1 < len(natural_lines):
            continue
        if characters or (continued and text[end:line_end] != "\r\n"):
            yield LogicalLine(
                text="".join(characters),
                offsets=tuple(offsets),
                line_start=start[0],
                content_start=start[1],
                content_end=end,
                line_end=line_end,
                is_dangling=continued,
            )
        characters, offsets, start = [], [], None


def _natural_lines(text: str) -> Iterator[tuple[int, int, int]]:
    start = 0
    for match in _LINE_ENDING.finditer(text):
        yield start, match.start(), match.end()
        start = match.end()
    if start < len(text):
        yield start, len(text), len(text)


def _ends_in_escape(text: str, start: int, end: int) -> bool:
    backslashes = 0
    while end - backslashes > start and text[end - backslashes - 1] == "\\":
        backslashes += 1
    return backslashes % 2 == 1


def _split(line: str) -> tuple[int, int, bool]:
    """Return where the key ends, where the value begins, and whether anything separates them."""
    key_end = 0
    escaped = False
    while key_end < len(line) and (escaped or line[key_end] not in "=: \t\f"):
        escaped = line[key_end] == "\\" and not escaped
        key_end += 1
    value_start = key_end
    seen_sign = False
    while value_start < len(line):
        character = line[value_start]
        if character in "=:" and not seen_sign:
            seen_sign = True
        elif character not in _BLANKS:
            break
        value_start += 1
    return key_end, value_start, value_start > key_end


def _entry(
    line: LogicalLine, places: Places, key: str, value: str, value_start: int, has_separator: bool
) -> Entry:
    if value_start < len(line.text):
        value_offset = line.offsets[value_start]
    elif line.text:
        value_offset = line.offsets[-1] + 1
    else:
        value_offset = line.content_start
    key_offset = line.offsets[0] if line.text else line.content_start
    row, column = places.of(key_offset)
    value_row, value_column = places.of(value_offset)
    return Entry(
        key=key,
        value=value,
        line=row,
        column=column,
        value_line=value_row,
        value_column=value_column,
        span=Span(
            line_start=line.line_start,
            key_start=key_offset,
            value_start=value_offset,
            content_end=line.content_end,
            line_end=line.line_end,
            has_separator=has_separator,
            is_dangling=line.is_dangling,
        ),
    )
