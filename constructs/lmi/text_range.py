"""Where a piece of a text file stands, for messages that point at it."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class TextRange:
    """A piece of one line. Of what goes on over several lines, the piece on the first of them."""

    line: int
    """Counted from 1."""

    column: int
    """Of the first character, counted from 1 in characters."""

    end_column: int
    """After the last character; equal to `column` where the piece is empty."""
