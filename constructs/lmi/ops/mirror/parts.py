"""
How a file is cut into the parts of a multipart upload, and the checksum that S3 keeps of it.

S3 offers SHA-256 for a multipart upload as a composite checksum only: the SHA-256 of the parts' own
SHA-256; the whole-object kinds are CRCs. S3 checks each part against the SHA-256 in its request,
so the composite tells the content as surely as a SHA-256 of the whole would, for one size of the
parts; that is why the size follows from that of the file alone.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html
"""

import base64
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from lmi.artifact.member import Member
from lmi.errors import ArtifactError

_MIB = 1 << 20

PART_BYTES = 16 * _MIB
"""Of each part but the last; what is not larger is sent as one object."""

MOST_PARTS = 10_000
"""https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """A piece of a file."""

    number: int
    """Counted from 1."""
    start: int
    size: int

    @property
    def range(self) -> str:
        """The value of the HTTP header Range, whose end is the last byte."""
        return f"bytes={self.start}-{self.start + self.size - 1}"


def part_bytes_of(size: int, least: int = PART_BYTES) -> int:
    """Return the size of the parts of a file of *size* bytes, in whole MiB where it must grow."""
    needed = -(-size // MOST_PARTS)
    return least if needed <= least else -(-needed // _MIB) * _MIB


def parts_of(size: int, part_bytes: int) -> Iterator[Part]:
    """Yield the parts of a file of *size* bytes; one that is empty for an empty file."""
    for number, start in enumerate(range(0, max(size, 1), part_bytes), start=1):
        yield Part(number=number, start=start, size=min(part_bytes, size - start))


def part_count(size: int, part_bytes: int) -> int:
    """Return how many parts a file of *size* bytes has."""
    return max(1, -(-size // part_bytes))


def checksum_of(digests: Iterable[bytes]) -> str:
    """
    Return S3's SHA-256 checksum of an object from those of its parts, in the form of its API:
    Base64, and for more than one part ``-COUNT``.
    """
    known = list(digests)
    if len(known) == 1:
        return base64.b64encode(known[0]).decode()
    return f"{base64.b64encode(hashlib.sha256(b''.join(known)).digest()).decode()}-{len(known)}"


def without_count(checksum: str) -> str:
    """Return *checksum* without the count of parts, which S3 does not tell everywhere."""
    return checksum.partition("-")[0]


def read_part(member: Member, part: Part) -> bytearray:
    """
    Return the bytes of *part*.

    Raises:
        ArtifactError: the file cannot be read, or is no longer the one that was looked at.
    """
    data = bytearray(part.size)
    view, filled = memoryview(data), 0
    with member.open() as stream:
        try:
            stream.seek(part.start)
            while filled < part.size:
                count = stream.readinto(view[filled:])  # type: ignore[attr-defined]
                if not count:
                    break
                filled += count
        except OSError as error:
            raise ArtifactError(f"{member.source}: cannot be read: {error.strerror}") from error
    if filled < part.size:
        raise ArtifactError(
            f"{member.source}: the file became shorter while it was read; run again when it is at "
            "rest"
        )
    return data
