"""
The uncompressed tar stream of an artifact: same content, same bytes.

Member order, owner, group, clock, umask and file system leave no trace: members are sorted,
everything belongs to 0:0, is dated 0 and has mode 755 or 644. The format is PAX, which is plain
USTAR for every path up to 100 ASCII characters and file up to 8 GiB; only beyond that does a member
get an extended header. GNU tar, bsdtar, Python and Apache Commons Compress (DJL's reader) read
both, while USTAR alone has no way to say a longer path, a name outside ASCII or a larger file.
https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html#tag_20_94_13_01
"""

import tarfile
from collections.abc import Iterable, Iterator

from lmi.artifact.member import Member


def tar_parts(members: Iterable[Member]) -> Iterator[bytes | Member]:
    """
    Yield the tar archive of *members*, with an entry for every folder above them: bytes, and in the
    place of its bytes each member.
    """
    written = 0
    known: set[str] = set()
    for member in sorted(members, key=lambda member: member.path):
        for folder in _new_folders(member.path, known):
            header = _header(folder, tarfile.DIRTYPE, mode=0o755)
            written += len(header)
            yield header
        header = _header(
            member.path,
            tarfile.REGTYPE,
            mode=0o755 if member.executable else 0o644,
            size=member.size,
        )
        yield header
        yield member
        padding = bytes(-member.size % tarfile.BLOCKSIZE)
        yield padding
        written += len(header) + member.size + len(padding)
    # Two empty blocks end an archive, and tar fills it up to a whole record.
    end = 2 * tarfile.BLOCKSIZE
    yield bytes(end + -(written + end) % tarfile.RECORDSIZE)


def member_names(members: Iterable[Member]) -> tuple[str, ...]:
    """
    Return the names in the order of the archive, those of folders with a `/` at the end, as
    `tar -t` prints them.
    """
    names: list[str] = []
    known: set[str] = set()
    for path in sorted(member.path for member in members):
        names.extend(f"{folder}/" for folder in _new_folders(path, known))
        names.append(path)
    return tuple(names)


def _new_folders(path: str, known: set[str]) -> list[str]:
    parts = path.split("/")
    folders = ["/".join(parts[:depth]) for depth in range(1, len(parts))]
    new = [folder for folder in folders if folder not in known]
    known.update(new)
    return new


def _header(path: str, kind: bytes, *, mode: int, size: int = 0) -> bytes:
    # A fresh TarInfo has uid, gid and mtime 0 and no owner names.
    info = tarfile.TarInfo(path)
    info.type = kind
    info.mode = mode
    info.size = size
    return info.tobuf(format=tarfile.PAX_FORMAT, encoding="utf-8", errors="strict")
