"""Uncompresses gzip as a stream, and says what is wrong with it."""

from typing import Protocol

from isal import isal_zlib

from lmi.errors import LmiError

_MAGIC = b"\x1f\x8b"
_CHUNK_BYTES = 1 << 17
# Its stub says that it is an instance.
_ERROR: type[Exception] = isal_zlib.IsalError  # type: ignore[assignment]


class Source(Protocol):
    """Compressed bytes."""

    def read(self, size: int, /) -> bytes:
        """Return up to *size* bytes; nothing at the end."""


class DamagedTarball(LmiError):
    """The bytes are not one whole gzip-compressed tar."""


class Gunzip:
    """
    The uncompressed bytes of *source*, several gzip members behind each other among them, and zeros
    behind the last, as gzip has it.
    """

    def __init__(self, source: Source) -> None:
        self.compressed_bytes = 0
        """What was read of the source."""
        self._source = source
        self._pending = b""
        self._member = isal_zlib.decompressobj(wbits=31)
        self._is_in_member = False

    def read(self, size: int) -> bytes:
        """
        Return up to *size* bytes; nothing at the end.

        Raises:
            DamagedTarball: a part is not gzip, its checksum is another, or it ends too early.
        """
        while True:
            if not self._is_in_member and not self._begin():
                return b""
            try:
                data = self._member.decompress(self._pending, size)
            except _ERROR as error:
                raise DamagedTarball(
                    f"the archive is damaged, or not gzip-compressed to its end: {error}"
                ) from error
            self._pending = self._member.unconsumed_tail
            if self._member.eof:
                self._pending = self._member.unused_data.lstrip(b"\0")
                self._is_in_member = False
            if data:
                return data
            if self._is_in_member and not self._pending and not self._fill():
                raise DamagedTarball("the archive ends too early; upload it again")

    def _begin(self) -> bool:
        """Begin the next member; return whether there is one."""
        is_first = self.compressed_bytes == 0
        while len(self._pending) < len(_MAGIC) and self._fill():
            if not is_first:
                self._pending = self._pending.lstrip(b"\0")
        if not self._pending and not is_first:
            return False
        if not self._pending:
            raise DamagedTarball("the archive is not a tar file: it is empty")
        if not self._pending.startswith(_MAGIC):
            raise DamagedTarball(
                f"the archive is not gzip-compressed: it begins with {self._pending[:4]!r}"
                if is_first
                else "bytes that are not gzip-compressed follow the archive, and gzip fails there"
            )
        self._member, self._is_in_member = isal_zlib.decompressobj(wbits=31), True
        return True

    def _fill(self) -> bool:
        chunk = self._source.read(_CHUNK_BYTES)
        self._pending += chunk
        self.compressed_bytes += len(chunk)
        return bool(chunk)
