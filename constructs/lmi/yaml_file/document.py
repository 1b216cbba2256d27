"""A parsed YAML file: its values, where each stands, how it is written, and what is wrong."""

from dataclasses import dataclass, field

from lmi.text_range import TextRange

KeyPath = tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """One mistake in a file."""

    line: int
    """Counted from 1."""
    path: KeyPath
    message: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Scalar:
    """A single value as it stands in the file."""

    text: str
    quoted: bool
    is_null: bool


@dataclass(kw_only=True, slots=True)
class Document:
    """A parsed file."""

    data: object
    source: tuple[str, ...] = field(repr=False)
    """The file's lines, without their endings."""
    keys: dict[KeyPath, TextRange]
    """Where each key stands. Entries of lists have none."""
    values: dict[KeyPath, TextRange]
    """
    Where each value stands, entries of lists included; quotes are part of it. That of an alias
    stands at its anchor, and the value of a key without one where it would begin.
    """
    scalars: dict[KeyPath, Scalar]
    problems: list[Problem]

    def line_of(self, path: KeyPath) -> int:
        """Return the line of *path*, or of the nearest key above it that exists."""
        return self.range_of_key(path).line

    def range_of_key(self, path: KeyPath) -> TextRange:
        """
        Return where the key *path* stands, or the nearest key above it that exists.

        Of an entry of a list, where the entry begins; of what is not there at all, the file's
        start.
        """
        while path and path not in self.keys and path not in self.values:
            path = path[:-1]
        nothing = TextRange(line=1, column=1, end_column=1)
        return self.keys.get(path) or (self.values.get(path, nothing) if path else nothing)

    def range_of_value(self, path: KeyPath) -> TextRange:
        """Return where the value of *path* stands; where it has none, what `range_of_key` does."""
        return self.values[path] if path and path in self.values else self.range_of_key(path)

    def line(self, number: int) -> str:
        """
        Return the line *number*, counted from 1, without its ending.

        Raises IndexError if there is no such line.
        """
        return self.source[number - 1]
