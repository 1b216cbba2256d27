"""A properties file as it is read, changed and written: only what is overridden changes."""

from dataclasses import dataclass, field
from typing import Literal

from lmi.errors import ArtifactError, Problem
from lmi.properties.entry import Entry
from lmi.properties.escape import escape_key, escape_value
from lmi.properties.reader import Places, read_entries

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
        text = _decode(data, encoding, name)
        return cls(text=text, encoding=encoding, name=name, entries=read_entries(text, name))

    def as_mapping(self) -> dict[str, str]:
        """Return what Java holds after loading: of duplicates, the last."""
        return {entry.key: entry.value for entry in self.entries}

    def find(self, key: str) -> Entry | None:
        """Return the entry that decides the value of *key*, the last one, or None."""
        return next((entry for entry in reversed(self.entries) if entry.key == key), None)

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
        return type(self)(
            text=text, encoding=self.encoding, name=self.name, entries=read_entries(text, self.name)
        )

    def _replaced(self, entry: Entry, value: str) -> str:
        span = entry.span
        if span.has_separator:
            head = self.text[: span.value_start]
        else:
            head = f"{self.text[: span.key_start]}{escape_key(entry.key)}="
        return f"{head}{escape_value(value)}{self.text[span.content_end :]}"

    def _without(self, key: str) -> str:
        text = self.text
        for entry in reversed(self.entries):
            if entry.key == key:
                text = text[: entry.span.line_start] + text[entry.span.line_end :]
        return text

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
