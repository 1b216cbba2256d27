"""
A gzip-compressed tar as a stream of members, with a limit on what one header makes us hold.

Stricter than tarfile alone: a damaged header is one, not the end of the archive, and gzip's
checksum is verified to the last byte.
"""

import contextlib
import io
import tarfile
from collections.abc import Callable, Iterator

from lmi.artifact.verify.gunzip import DamagedTarball, Gunzip, Source

PART_BYTES = 1 << 20

# What tarfile may read before it hands out the next member: padding, headers, long names and
# extended headers. It would hold a forged extended header of any size in memory.
_HEADER_BYTES = 8 << 20
_MOST_GLOBAL_HEADERS = 100
# tarfile copies the rest of its buffer for every header.
_BUFFER_BYTES = 1 << 16


class TarballStream:
    """
    The members of a tarball, in their order.

    Args:
        source: the compressed bytes; read to their end by `finish`.

    Every method raises DamagedTarball.
    """

    def __init__(self, source: Source) -> None:
        self._plain = _Plain(source)
        with self._damage():
            self._archive = tarfile.open(  # noqa: SIM115 -- holds nothing that needs closing
                fileobj=self._plain, mode="r|", bufsize=_BUFFER_BYTES, tarinfo=_StrictTarInfo
            )

    @property
    def compressed_bytes(self) -> int:
        """What was read of the source."""
        return self._plain.compressed_bytes

    @property
    def unpacked_bytes(self) -> int:
        """What that became."""
        return self._plain.count

    def members(self) -> Iterator[tarfile.TarInfo]:
        """Yield the members; what their content was not read of is passed over."""
        while True:
            with self._damage(), self._plain.limited():
                member = self._archive.next()
            if member is None:
                return
            # tarfile remembers them all.
            self._archive.members.clear()  # type: ignore[attr-defined]
            if len(self._archive.pax_headers) > _MOST_GLOBAL_HEADERS:
                raise DamagedTarball(
                    f"the archive has more than {_MOST_GLOBAL_HEADERS} global headers"
                )
            yield member

    def content(self, member: tarfile.TarInfo) -> Iterator[bytes]:
        """Yield the bytes of *member*, the latest one, in parts."""
        if member.issym() or member.islnk():
            return
        with self._damage():
            file = self._archive.extractfile(member)
        while file is not None:
            with self._damage():
                part = file.read(PART_BYTES)
            if not part:
                return
            yield part

    def finish(self, check: Callable[[], None] = lambda: None) -> str | None:
        """
        Read what follows the archive: padding, and gzip's checksum of it all.

        Args:
            check: called after each part; raises to end the reading.

        Returns:
            What is odd about the end, in words, or None.
        """
        end, odd = self._archive.offset, False
        with self._damage():
            stream = self._archive.fileobj
            assert stream is not None  # noqa: S101 -- an open archive has one
            while part := stream.read(PART_BYTES):
                odd = odd or bool(part.strip(b"\0"))
                check()
        if odd:
            return "further bytes follow the end of the archive; tar does not unpack them"
        if self._plain.count <= end:
            return "the archive has no end mark; it may have been cut between two members"
        return None

    @contextlib.contextmanager
    def _damage(self) -> Iterator[None]:
        try:
            yield
        except (tarfile.TarError, ValueError, OverflowError) as error:
            raise DamagedTarball(
                f"the archive is not a tar file, or it ends too early: {error}"
            ) from error


class _Plain(io.RawIOBase):
    """The uncompressed bytes, with a limit on what is read between two members."""

    def __init__(self, source: Source) -> None:
        super().__init__()
        self._gzip = Gunzip(source)
        self._header_bytes_left: int | None = _HEADER_BYTES
        self.count = 0

    @property
    def compressed_bytes(self) -> int:
        return self._gzip.compressed_bytes

    def read(self, size: int = -1, /) -> bytes:
        data = self._gzip.read(size)
        self.count += len(data)
        if self._header_bytes_left is not None:
            self._header_bytes_left -= len(data)
            if self._header_bytes_left < 0:
                raise DamagedTarball(
                    f"a member's header has more than {_HEADER_BYTES} bytes; the archive is damaged"
                )
        return data

    @contextlib.contextmanager
    def limited(self) -> Iterator[None]:
        self._header_bytes_left = _HEADER_BYTES
        try:
            yield
        finally:
            self._header_bytes_left = None


class _StrictTarInfo(tarfile.TarInfo):
    """
    A header that must be one.

    tarfile takes a damaged header after the first for the end of the archive; tar fails, and half a
    model must not load.
    """

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> "_StrictTarInfo":
        try:
            return super().frombuf(buf, encoding, errors)
        except tarfile.HeaderError as error:
            if not any(buf):
                raise
            raise DamagedTarball(
                f"the archive is not a tar file, or it is damaged or ends too early: {error}"
            ) from error
