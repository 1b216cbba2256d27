"""A properties file as it is read, changed and written: only what is overridden changes."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Literal

from lmi.errors import ArtifactError, Problem
from lmi.properties.entry import Entry
from lmi.properties.escape import escape_key, escape_value
from lmi.properties.logical_line import Places
from lmi.properties.reader import range_in_value, read_entries
from lmi.text_range import TextRange

Encoding = Literal["latin-1", "utf-8"]


@dataclass(frozen=True, kw_only=True, slots=True)
class PropertiesFile:
    """
    The text of a properties file and the entries that Java's Properties class loads from it.

    `latin-1` is what `Properties.load(InputStream)` reads, `utf-8` what it reads from
    `Files.newBufferedReader`. DJL Serving 0.20.0 does one and then the other with the same file.
    """

    text: str = field(repr=False)
    encoding: Encoding
    name: str
    entries: tuple[Entry, ...]
    places: Places = field(repr=False, compare=False)

    @classmethod
    def parse(
        cls, data: bytes, encoding: Encoding = "latin-1", *, name: str = "serving.properties"
    ) -> "PropertiesFile":
        r"""
        Return the file that *data* holds.

        Args:
            data: the bytes of the file.
            encoding: how Java decodes them. Default: as a stream of bytes.
            name: what messages call the file. Default: `serving.properties`.

        Raises:
            ArtifactError: Java refuses the file: a malformed `\uXXXX` (IllegalArgumentException),
                or bytes that are not UTF-8 read as UTF-8 (MalformedInputException).
        """
        return cls._of(_decode(data, encoding, name), encoding, name)

    @classmethod
    def _of(cls, text: str, encoding: Encoding, name: str) -> "PropertiesFile":
        places = Places(text)
        entries = read_entries(text, name, places)
        return cls(text=text, encoding=encoding, name=name, entries=entries, places=places)

    def as_mapping(self) -> dict[str, str]:
        """Return what Java holds after loading: of duplicates, the last."""
        return {entry.key: entry.value for entry in self.entries}

    def find(self, key: str) -> Entry | None:
        """Return the entry that decides the value of *key*, the last one, or None."""
        return next((entry for entry in reversed(self.entries) if entry.key == key), None)

    def find_all(self, key: str) -> tuple[Entry, ...]:
        """Return the entries of *key* in the order of the file; the last one counts."""
        return tuple(entry for entry in self.entries if entry.key == key)

    def duplicates(self) -> tuple[tuple[Entry, ...], ...]:
        """Return the entries of each key that has several; of each, the last one counts."""
        found: dict[str, list[Entry]] = defaultdict(list)
        for entry in self.entries:
            found[entry.key].append(entry)
        return tuple(tuple(entries) for entries in found.values() if len(entries) > 1)

    def line(self, number: int) -> str:
        """
        Return the line *number*, counted from 1, as it stands in the file, without its ending.

        It is as long as the file has it; whoever shows it cuts it. Raises IndexError if there is
        no such line.
        """
        return self.places.line(number)

    def range_in_value(self, entry: Entry, start: int = 0, end: int | None = None) -> TextRange:
        r"""
        Return where `entry.value[start:end]` stands, for a caret under a part of a value.

        Escapes and continuation lines are counted as they are written: the blank of `a\u0020` is
        six columns wide. What stands on further lines than the first character is left out.
        """
        start, end, _ = slice(start, end).indices(len(entry.value))
        return range_in_value(self.text, entry, self.places, start, max(start, end))

    def with_override(self, key: str, value: str | None) -> "PropertiesFile":
        r"""
        Return this file with *key* set to *value*; nothing but the lines of that key differs.

        The last duplicate is rewritten, because it is the one that counts. A missing key becomes a
        line of its own at the end. What is written is ASCII, with `\uXXXX` for the rest. None
        removes every duplicate.
        """
        found = self.find(key)
        if value is None:
            return self._with_text(self._without(key))
        if found is None:
            return self._with_text(self._appended(f"{escape_key(key)}={escape_value(value)}"))
        if found.value == value:
            return self
        return self._with_text(self._replaced(found, value))

    def to_bytes(self) -> bytes:
        """Return the file's bytes; unchanged lines are the bytes that were read."""
        return self.text.encode(self.encoding)

    def _with_text(self, text: str) -> "PropertiesFile":
        return self._of(text, self.encoding, self.name)

    def _replaced(self, entry: Entry, value: str) -> str:
        span = entry.span
        # Nothing must not stand on a line of its own after a continuation: a carriage return before
        # it and the line feed after it would become one line ending.
        if span.has_separator and (value or entry.value_line == entry.line):
            head = self.text[: span.value_start]
        else:
            head = f"{self.text[: span.key_start]}{escape_key(entry.key)}="
        return f"{head}{escape_value(value)}{self.text[span.content_end :]}"

    def _without(self, key: str) -> str:
        kept, at = [], 0
        for entry in self.find_all(key):
            kept.append(self.text[at : entry.span.line_start])
            at = entry.span.line_end
        return "".join([*kept, self.text[at:]])

    def _appended(self, line: str) -> str:
        ending = self._line_ending()
        last = self.entries[-1].span if self.entries else None
        if last is not None and last.is_dangling:
            # The file ends inside a continuation: a line after it would become part of its value.
            return f"{self.text[: last.line_start]}{line}{ending}{self.text[last.line_start :]}"
        closed = not self.text or self.text[-1] in "\r\n"
        return f"{self.text}{'' if closed else ending}{line}{ending}"

    def _line_ending(self) -> str:
        for ending in ("\r\n", "\n", "\r"):
            if ending in self.text:
                return ending
        return "\n"


def _decode(data: bytes, encoding: Encoding, name: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        before = data[: error.start].decode(encoding)
        line, column = Places(before).of(len(before))
        message = (
            f"byte 0x{data[error.start]:02X} is not UTF-8, and a UTF-8 reader refuses the file; "
            "write ASCII, with \\uXXXX for other characters"
        )
        raise ArtifactError(
            Problem(file=name, line=line, column=column, message=message)
        ) from error
