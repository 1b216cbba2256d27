"""
One block of a gzip file. It is packed by itself, without a look at what stands before it, so that
its bytes are the same on any thread and can be copied into another tarball.

A block is a run of non-final DEFLATE blocks that ends on a byte boundary, as Z_FULL_FLUSH leaves
it; a sequence of them, closed by an empty final one, is one DEFLATE stream and so one gzip member.
Several members in a file would be simpler, but not every reader goes on to the second.
https://www.rfc-editor.org/rfc/rfc1951#section-3.2.3
"""

import platform
import threading
from collections.abc import Sequence
from dataclasses import dataclass

import isal
from isal import isal_zlib

BLOCK_CHUNKS = 8
"""
Most pieces of a block, and all but its last are of CHUNK_BYTES. The boundaries between pieces are
among what decides on the packed bytes.
"""

HEADER = bytes.fromhex("1f8b08000000000000ff")
"""Of the gzip file: no name, no time, no operating system."""

_LAST_BLOCK = b"\x03\x00"

# As fast as level 1 on weights, and smaller on text; level 3 takes twice the time for nothing on
# weights. More memory makes it faster.
_LEVEL, _MEMORY_LEVEL = 2, 9

_SAMPLE_BYTES = 16 << 10
_WORTHWHILE = 0.98
_STORED_BYTES = 0xFFFF

_THREAD = threading.local()


@dataclass(frozen=True, kw_only=True, slots=True)
class Block:
    """A packed block."""

    packed: tuple[bytes, ...]

    size: int
    """Bytes before."""

    crc32: int
    """Of the bytes before."""


def compression() -> str:
    """
    Return what decides on the packed bytes, the content apart.

    Blocks of two tarballs can stand for each other if this is the same for both.
    """
    return f"1 isal {isal.__version__} {platform.machine()}"


def pack(data: Sequence[bytes]) -> Block:
    """
    Return *data*, at most BLOCK_CHUNKS pieces, packed; as it is, where a sample of it does not get
    2 % smaller: compressed or quantized data, which takes as long as any other and gives nothing.
    """
    size = sum(map(len, data))
    packed = None if _looks_packed(data) else _deflated(data)
    if packed is None or sum(map(len, packed)) > size:
        packed = _stored(data)
    checksum = 0
    for piece in data:
        checksum = isal_zlib.crc32(piece, checksum)
    return Block(packed=tuple(packed), size=size, crc32=checksum)


def trailer(crc32: int, size: int) -> bytes:
    """Return the end of a gzip file that holds *size* bytes with the checksum *crc32*."""
    return _LAST_BLOCK + crc32.to_bytes(4, "little") + (size % 2**32).to_bytes(4, "little")


def _deflated(data: Sequence[bytes | memoryview]) -> list[bytes]:
    # One for a thread, because its memory costs more than its work. A full flush leaves it as new:
    # nothing of a block is seen in the next one.
    compressor = getattr(_THREAD, "compressor", None)
    if compressor is None:
        compressor = _THREAD.compressor = isal_zlib.compressobj(
            _LEVEL, isal_zlib.DEFLATED, -isal_zlib.MAX_WBITS, _MEMORY_LEVEL
        )
    packed = [compressor.compress(piece) for piece in data]
    return [*packed, compressor.flush(isal_zlib.Z_FULL_FLUSH)]


def _looks_packed(data: Sequence[bytes]) -> bool:
    if len(data) < 3:
        return False
    samples = (memoryview(data[n])[:_SAMPLE_BYTES] for n in (0, len(data) // 2, -2))
    # One that shrinks is enough to try: the others are not even looked at.
    return all(
        sum(map(len, _deflated([sample]))) > _WORTHWHILE * _SAMPLE_BYTES for sample in samples
    )


def _stored(data: Sequence[bytes]) -> list[bytes]:
    packed = []
    for piece in data:
        for start in range(0, len(piece), _STORED_BYTES):
            part = piece[start : start + _STORED_BYTES]
            size = len(part)
            packed.append(
                b"\0" + size.to_bytes(2, "little") + (size ^ 0xFFFF).to_bytes(2, "little") + part
            )
    return packed
