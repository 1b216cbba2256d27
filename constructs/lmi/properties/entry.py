"""One key and value of a properties file, and where they stand."""

from dataclasses import dataclass

from lmi.text_range import TextRange


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """
    A key and its value as Java loads them, with their places in the file.

    Lines and columns count from 1 and count characters as the file's encoding gives them, escapes
    as they are written. Where a value is empty, its place is the one at which it would begin.
    """

    key: str
    value: str
    line: int
    column: int

    key_end_column: int
    """
    After the key's last character on `line`. A backslash that continues the line is not part of
    it.
    """

    value_line: int
    value_column: int

    value_end_column: int
    """
    After the value's last character on `value_line`, trailing blanks included: they are the
    value's.
    """

    last_line: int
    """The line on which the entry ends, its continuation lines included."""

    span: "Span"
    """The same places as offsets into the text, for edits."""

    @property
    def key_range(self) -> TextRange:
        """The key on the line on which it begins."""
        return TextRange(line=self.line, column=self.column, end_column=self.key_end_column)

    @property
    def value_range(self) -> TextRange:
        """The value on the line on which it begins; see also `PropertiesFile.range_in_value`."""
        return TextRange(
            line=self.value_line, column=self.value_column, end_column=self.value_end_column
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Span:
    """Where an entry lies in the text, as offsets of characters."""

    line_start: int
    """Start of the line that the entry begins on, indentation included."""

    key_start: int
    value_start: int

    content_end: int
    """Where the line ending that closes the entry begins, or the end of the text."""

    line_end: int
    """After that line ending."""

    has_separator: bool
    """
    Whether a separator stands between key and value, so that a value can be written at
    `value_start`.
    """

    is_dangling: bool
    """
    Whether the file ends with the backslash of a continuation, so that a line after it would
    join this entry.
    """
