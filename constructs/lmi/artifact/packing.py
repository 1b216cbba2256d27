"""Packs members into one gzip file; what an earlier tarball holds is copied from there."""

import contextlib
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO

from lmi.artifact.block import BLOCK_CHUNKS, compression
from lmi.artifact.content import LARGE_BYTES, ContentReader
from lmi.artifact.gzip_writer import GzipWriter, Run
from lmi.artifact.member import CHUNK_BYTES, Member
from lmi.artifact.progress import Progress
from lmi.artifact.record import Record
from lmi.artifact.tarball import tar_parts

_BLOCK_BYTES = BLOCK_CHUNKS * CHUNK_BYTES


@dataclass(frozen=True, kw_only=True, slots=True)
class Packed:
    """A packed tarball."""

    bytes: int
    sha256: str
    content_sha256: str

    runs: tuple[tuple[str, Run], ...]
    """Blocks of large members, by the SHA-256 of the member's bytes."""


class EarlierTarballs:
    """Tarballs whose blocks can be copied, because the same compression packed them."""

    def __init__(self, directory: Path, records: Iterable[Record]) -> None:
        """Take the *records* of the folder *directory*."""
        self._runs: dict[str, list[tuple[Path, Run]]] = {}
        for record in records:
            if record.compression == compression():
                for sha256, run in record.runs:
                    self._runs.setdefault(sha256, []).append((directory / record.path, run))

    def copy(self, sha256: str, member: Member, writer: GzipWriter) -> bool:
        """Append the blocks of *member*, whose SHA-256 is *sha256*, if one has them undamaged."""
        for path, run in self._runs.get(sha256, ()):
            with contextlib.ExitStack() as files:
                try:
                    source = files.enter_context(path.open("rb"))
                except OSError:
                    continue
                if writer.copy(source, run, member.path):
                    return True
        return False


def pack_members(
    members: Iterable[Member],
    stream: IO[bytes],
    reader: ContentReader,
    *,
    earlier: EarlierTarballs | None = None,
    threads: int | None = None,
) -> Packed:
    """
    Write the tarball of *members* to *stream*.

    A large member has blocks of its own, so that they are the same in every tarball that holds it.

    Args:
        members: what to pack, in any order.
        stream: an empty file, open for reading too.
        reader: reads the members.
        earlier: where to copy from. Default: everything is packed anew.
        threads: as `GzipWriter`.

    Raises:
        ArtifactError: a file cannot be read, or changed.
        OSError: *stream* cannot be written.
    """
    members = tuple(members)
    gathered = bytearray()
    shown = Progress("bundling", sum(member.size for member in members))
    with shown, GzipWriter(stream, threads=threads) as writer:
        for part in tar_parts(members):
            if isinstance(part, bytes):
                gathered += part
            elif part.size < LARGE_BYTES:
                gathered += b"".join(reader.read(part))
                shown.advance(part.size)
            else:
                _put(gathered, writer, all_of_it=True)
                _put_large(part, writer, reader, earlier, shown)
            _put(gathered, writer)
        _put(gathered, writer, all_of_it=True)
        size, sha256 = writer.finish()
    return Packed(
        bytes=size,
        sha256=sha256,
        content_sha256=reader.content_sha256(members),
        runs=tuple((reader.sha256_of(path), run) for path, run in writer.runs.items()),
    )


def _put(gathered: bytearray, writer: GzipWriter, *, all_of_it: bool = False) -> None:
    while len(gathered) >= _BLOCK_BYTES or (all_of_it and gathered):
        block = bytes(gathered[:_BLOCK_BYTES])
        del gathered[:_BLOCK_BYTES]
        starts = range(0, len(block), CHUNK_BYTES)
        writer.put([block[start : start + CHUNK_BYTES] for start in starts])


def _put_large(
    member: Member,
    writer: GzipWriter,
    reader: ContentReader,
    earlier: EarlierTarballs | None,
    shown: Progress,
) -> None:
    sha256 = reader.known_sha256(member)
    if earlier is not None and sha256 is not None and earlier.copy(sha256, member, writer):
        reader.take(member, sha256)
        shown.advance(member.size)
        return
    chunks = reader.read(member)
    while block := tuple(islice(chunks, BLOCK_CHUNKS)):
        writer.put(block, member.path)
        shown.advance(sum(map(len, block)))
