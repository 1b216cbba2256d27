"""One file of the tarball."""

import io
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from lmi.artifact.fingerprint import Fingerprint
from lmi.errors import ArtifactError

CHUNK_BYTES = 64 << 10
"""As much as malloc still keeps for the next one: larger pieces cost a page fault a page."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Member:
    """A file as it goes into the tarball: a path, a size, one bit of mode, and bytes."""

    path: str
    """Path in the tarball, with `/`."""

    size: int
    """Bytes."""

    executable: bool
    """Whether the owner may execute it; the only part of the mode that is kept."""

    source: Path
    """Where it lies in the folder."""

    fingerprint: Fingerprint | None = None
    data: bytes | None = None
    """Its content, where that is not the file's: serving.properties with overrides."""

    @classmethod
    def from_file(cls, source: Path, path: str, status: os.stat_result) -> "Member":
        """Return the member for the file *source*, whose status is *status*."""
        return cls(
            path=path,
            size=status.st_size,
            executable=bool(status.st_mode & stat.S_IXUSR),
            source=source,
            fingerprint=Fingerprint.of(status),
        )

    def open(self) -> BinaryIO:
        """
        Return a stream of the content; the caller closes it.

        Raises:
            ArtifactError: the file cannot be read, or is no longer the one that the artifact was
                loaded with.
        """
        if self.data is not None:
            return io.BytesIO(self.data)
        try:
            # NONBLOCK, so that a pipe that has taken the file's place cannot hang us.
            descriptor = os.open(self.source, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except FileNotFoundError as error:
            raise self._changed() from error
        except OSError as error:
            raise ArtifactError(f"{self.source}: cannot be read: {error.strerror}") from error
        stream = os.fdopen(descriptor, "rb", buffering=0)
        if Fingerprint.of(os.fstat(descriptor)) != self.fingerprint:
            stream.close()
            raise self._changed()
        return stream

    def sync(self) -> bool:
        """
        Bring what others have written to the file to the disk, and return whether that could be
        done.

        Raises:
            ArtifactError: as `open`.
        """
        with self.open() as stream:
            try:
                os.fsync(stream.fileno())
            except OSError:
                return False
        return True

    def chunks(self) -> Iterator[bytes]:
        """
        Yield the content, exactly `size` bytes of it, CHUNK_BYTES at a time.

        Raises:
            ArtifactError: the file cannot be read, or changed while it was read.
        """
        remaining = self.size
        with self.open() as stream:
            while remaining:
                chunk = self._read(stream, min(CHUNK_BYTES, remaining))
                remaining -= len(chunk)
                yield chunk
            if self.data is None and Fingerprint.of(os.fstat(stream.fileno())) != self.fingerprint:
                raise self._changed()

    def _read(self, stream: BinaryIO, size: int) -> bytes:
        data = b""
        while len(data) < size:
            try:
                part = stream.read(size - len(data))
            except OSError as error:
                raise ArtifactError(f"{self.source}: cannot be read: {error.strerror}") from error
            if not part:
                raise self._changed()
            # As a rule the first part is all of it, and is not copied.
            data = data + part if data else part
        return data

    def _changed(self) -> ArtifactError:
        return ArtifactError(
            f"{self.source}: the file changed while the artifact was read; nothing was written, "
            "run again when it is at rest"
        )
