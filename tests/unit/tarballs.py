"""Tarballs that nobody should make, for the tests of what reads them."""

import gzip
import io
import tarfile
from pathlib import Path

Piece = tuple[tarfile.TarInfo, bytes]


def member(name: str, content: bytes = b"", **fields: object) -> Piece:
    info = tarfile.TarInfo(name)
    info.size = len(content)
    for key, value in fields.items():
        setattr(info, key, value)
    return info, content


def tar(*members: Piece, format: int = tarfile.PAX_FORMAT) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=format) as archive:
        for info, content in members:
            archive.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


def write(path: Path, data: bytes, level: int = 6) -> Path:
    path.write_bytes(gzip.compress(data, level))
    return path


def small_files(count: int) -> bytes:
    """Return the tar of *count* files of a byte each in a hundred folders, made fast."""
    header = bytearray(member("\0", b"x")[0].tobuf(tarfile.USTAR_FORMAT))
    header[148:156] = b" " * 8
    base, content = sum(header), b"x".ljust(512, b"\0")
    blocks = []
    for number in range(count):
        name = f"gpt-j/{number % 100}/{number}".encode()
        header[:100] = name.ljust(100, b"\0")
        header[148:156] = b"%06o\0 " % (base + sum(name))
        blocks += [bytes(header), content]
    return b"".join([*blocks, bytes(1024)])
