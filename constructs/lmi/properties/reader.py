"""
The entries of a properties file.

Written from the rules that the class java.util.Properties documents, and compared with that class
by a test:
https://docs.oracle.com/en/java/javase/17/docs/api/java.base/java/util/Properties.html#load(java.io.Reader)
"""

from collections.abc import Iterator

from lmi.errors import ArtifactError, Problem
from lmi.properties.entry import Entry, Span
from lmi.properties.escape import malformed_unicode_escapes, raw_offset, unescape
from lmi.properties.logical_line import LogicalLine, Places, logical_lines
from lmi.text_range import TextRange

_MOST_SHOWN = 100
"""Malformed escapes that one message lists; a binary file can hold millions."""


def read_entries(text: str, name: str, places: Places) -> tuple[Entry, ...]:
    """
    Return the entries of *text* in the order of the file, duplicates included.

    Args:
        text: the decoded file.
        name: what messages call the file.
        places: of *text*.

    Raises:
        ArtifactError: Java would refuse the file, with a line for every malformed escape.
    """
    problems: list[Problem] = []
    refused = 0
    entries = []
    for line in logical_lines(text):
        key_end, value_start = line.split()
        for at in _malformed(line, key_end, value_start):
            refused += 1
            if refused <= _MOST_SHOWN:
                row, column = places.of(line.offset_of(at))
                message = (
                    "\\u must be followed by four hexadecimal digits, got "
                    f"{line.text[at : at + 6]!r}; write \\\\u for a backslash and a u"
                )
                problems.append(Problem(file=name, line=row, column=column, message=message))
        entries.append(_entry(line, places, key_end, value_start))
    if refused > _MOST_SHOWN:
        message = f"and {refused - _MOST_SHOWN:,} more escapes of this kind"
        problems.append(Problem(file=name, message=message))
    if problems:
        raise ArtifactError(*problems)
    return tuple(entries)


def range_in_value(text: str, entry: Entry, places: Places, start: int, end: int) -> TextRange:
    """
    Return where `entry.value[start:end]` stands in the file, as it is written there.

    Args:
        text: the decoded file.
        entry: one of its entries.
        places: of *text*.
        start: the first character of the value.
        end: after the last character. What stands on further lines is left out.
    """
    line_start = entry.span.line_start
    line = next(logical_lines(text[line_start : entry.span.line_end]))
    _, value_start = line.split()
    written = line.text[value_start:]
    at = value_start + raw_offset(written, start)
    row, column = places.of(line_start + line.offset_of(at))
    _, end_column = places.of(line_start + line.end_of(at, value_start + raw_offset(written, end)))
    return TextRange(line=row, column=column, end_column=end_column)


def _malformed(line: LogicalLine, key_end: int, value_start: int) -> Iterator[int]:
    """Yield the offset in *line* of every escape that Java refuses, in key and value apart."""
    yield from malformed_unicode_escapes(line.text[:key_end])
    for at in malformed_unicode_escapes(line.text[value_start:]):
        yield value_start + at


def _entry(line: LogicalLine, places: Places, key_end: int, value_start: int) -> Entry:
    key_offset, value_offset = line.offset_of(0), line.offset_of(value_start)
    row, column = places.of(key_offset)
    value_row, value_column = places.of(value_offset)
    value_end = line.end_of(value_start, len(line.text))
    return Entry(
        key=unescape(line.text[:key_end]),
        value=unescape(line.text[value_start:]),
        line=row,
        column=column,
        key_end_column=column + line.end_of(0, key_end) - key_offset,
        value_line=value_row,
        value_column=value_column,
        value_end_column=value_column + value_end - value_offset,
        last_line=places.of(line.content_end)[0],
        span=Span(
            line_start=line.line_start,
            key_start=key_offset,
            value_start=value_offset,
            content_end=line.content_end,
            line_end=line.line_end,
            has_separator=value_start > key_end,
            is_dangling=line.is_dangling,
        ),
    )
