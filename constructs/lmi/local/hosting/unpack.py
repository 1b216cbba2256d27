"""
Unpacks a model.tar.gz as SageMaker does, without trusting it.

SageMaker refuses an archive that holds links, or that is not a gzip-compressed tar
(https://repost.aws/knowledge-center/sagemaker-endpoint-creation-fail). What would leave the model
store, repeat a member or fill the disk is refused too: the archive is a stranger's until it is
unpacked.
"""

import gzip
import io
import os
import tarfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from lmi.errors import LmiError

RESERVED_BYTES = 256 << 20
"""Free disk that unpacking leaves to everybody else."""

_RESERVED_FILES = 10_000
_PART_BYTES = 1 << 20
# What tarfile may read before it hands out the next member: padding, headers, long names and
# extended headers. It would hold a forged extended header of any size in memory.
_HEADER_BYTES = 8 << 20


class UnpackFailed(LmiError):
    """
    The archive is not one that SageMaker unpacks. What was written of it is for the caller to
    remove.
    """


@dataclass(frozen=True, kw_only=True, slots=True)
class Room:
    """What a file system can still take."""

    bytes: int
    files: int


def free_room(directory: Path) -> Room:
    """Return what may be written below *directory*, less a reserve."""
    disk = os.statvfs(directory)
    # File systems without a fixed number of inodes, btrfs for one, report 0 of 0.
    files = disk.f_favail - _RESERVED_FILES if disk.f_files else 2**63
    return Room(bytes=disk.f_bavail * disk.f_frsize - RESERVED_BYTES, files=files)


def unpack(
    data: io.RawIOBase, directory: Path, *, room: Callable[[Path], Room] = free_room
) -> tuple[str, ...]:
    """
    Unpack the gzip tar *data* into the new folder *directory*, then take away the right to write
    there.

    Args:
        data: the compressed archive; read to its end, so that gzip's checksum is verified.
        directory: must not exist.
        room: tells what the disk can take. Default: asks the file system.

    Returns:
        The paths of the files, as they are in the archive.

    Raises:
        UnpackFailed: names the member and what to do.
    """
    directory.mkdir(parents=True)
    limits = room(directory)
    compressed = gzip.GzipFile(fileobj=data, mode="rb")
    stream = _Stream(compressed)
    try:
        with tarfile.open(
            fileobj=stream, mode="r|", bufsize=_PART_BYTES, tarinfo=_StrictTarInfo
        ) as archive:
            names = _unpack_members(archive, stream, directory, limits)
        stream.drain()
    except tarfile.TarError as error:
        raise UnpackFailed(
            f"the archive is not a tar file, or it ends too early: {error}"
        ) from error
    except (gzip.BadGzipFile, zlib.error) as error:
        raise UnpackFailed(f"the archive is not gzip-compressed: {error}") from error
    except EOFError as error:
        raise UnpackFailed("the archive ends too early; upload it again") from error
    _make_read_only(directory)
    return names


def _unpack_members(
    archive: tarfile.TarFile, stream: "_Stream", directory: Path, limits: Room
) -> tuple[str, ...]:
    names: dict[PurePosixPath, bool] = {}
    bytes_left, files_left = limits.bytes, limits.files
    while (member := stream.next_member(archive)) is not None:
        path = _checked_path(member)
        if path in names and not (member.isdir() and names[path]):
            raise UnpackFailed(f"{member.name!r} is in the archive twice; pack each file once")
        bytes_left -= member.size
        files_left -= 1
        if bytes_left < 0 or files_left < 0:
            raise UnpackFailed(
                f"{member.name!r} ({member.size} bytes) does not fit on this host's disk: "
                f"{limits.bytes} bytes and {limits.files} files are free for the whole archive"
            )
        if path == PurePosixPath("."):
            continue
        names[path] = member.isdir()
        try:
            _write(archive, member, directory / path)
        except FileExistsError as error:
            raise UnpackFailed(
                f"{member.name!r} is both a file and a folder in the archive, or differs from "
                "another member by case alone"
            ) from error
        except (OSError, UnicodeEncodeError) as error:
            if isinstance(error, gzip.BadGzipFile):
                raise
            raise UnpackFailed(f"{member.name!r} cannot be written: {error}") from error
    return tuple(str(path) for path, is_folder in names.items() if not is_folder)


def _checked_path(member: tarfile.TarInfo) -> PurePosixPath:
    """Return where the member belongs, below the model store."""
    kind = next((kind for is_kind, kind in _REFUSED if is_kind(member)), None)
    if kind is not None:
        raise UnpackFailed(f"{member.name!r} is a {kind}; pack the file itself (tar --dereference)")
    if not (member.isreg() or member.isdir()):
        raise UnpackFailed(f"{member.name!r} is neither a file nor a folder; leave it out")
    path = PurePosixPath(member.name)
    if path.is_absolute():
        raise UnpackFailed(
            f"{member.name!r} is an absolute path; pack relative to the model folder"
        )
    if ".." in path.parts:
        raise UnpackFailed(f"{member.name!r} leads out of the model store; pack without '..'")
    if "\0" in member.name or (path == PurePosixPath(".") and not member.isdir()):
        raise UnpackFailed(f"{member.name!r} is not a file name")
    if member.size < 0:
        raise UnpackFailed(f"{member.name!r} has a negative size; the archive is damaged")
    return path


_REFUSED: tuple[tuple[Callable[[tarfile.TarInfo], bool], str], ...] = (
    (tarfile.TarInfo.issym, "symbolic link"),
    (tarfile.TarInfo.islnk, "hard link"),
    (tarfile.TarInfo.ischr, "character device"),
    (tarfile.TarInfo.isblk, "block device"),
    (tarfile.TarInfo.isfifo, "named pipe"),
)


def _write(archive: tarfile.TarFile, member: tarfile.TarInfo, target: Path) -> None:
    if member.isdir():
        target.mkdir(parents=True, exist_ok=True)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    source = archive.extractfile(member)
    if source is None:
        raise UnpackFailed(f"{member.name!r} has no content")
    # Exclusive: what is there already, under this name or one that differs by case, is not written
    # through.
    mode = 0o755 if member.mode & 0o111 else 0o644
    with open(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        while part := source.read(_PART_BYTES):
            file.write(part)


def _make_read_only(directory: Path) -> None:
    """
    Take the right to write from all that is in *directory*.

    A container has read-only access to /opt/ml/model
    (https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-inference-code.html), so a
    handler that writes beside its model fails here as it does there. SageMaker mounts it so; mode
    bits do not stop root, which a mount does.
    """
    for folder, _, files in os.walk(directory, topdown=False):
        for name in files:
            path = Path(folder, name)
            path.chmod(0o555 if path.stat().st_mode & 0o100 else 0o444)
        Path(folder).chmod(0o555)


class _Stream(io.RawIOBase):
    """The uncompressed bytes, with a limit on what is read between two members."""

    def __init__(self, source: gzip.GzipFile) -> None:
        super().__init__()
        self._source = source
        self._header_bytes_left: int | None = _HEADER_BYTES

    def read(self, size: int = -1, /) -> bytes:
        data = self._source.read(size)
        if self._header_bytes_left is not None:
            self._header_bytes_left -= len(data)
            if self._header_bytes_left < 0:
                raise UnpackFailed(
                    f"a member's header has more than {_HEADER_BYTES} bytes; the archive is damaged"
                )
        return data

    def next_member(self, archive: tarfile.TarFile) -> tarfile.TarInfo | None:
        self._header_bytes_left = _HEADER_BYTES
        try:
            return archive.next()
        finally:
            self._header_bytes_left = None

    def drain(self) -> None:
        """Read what follows the archive: padding, and gzip's checksum of it all."""
        while self._source.read(_PART_BYTES):
            pass


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
            raise UnpackFailed(
                f"the archive is not a tar file, or it is damaged or ends too early: {error}"
            ) from error
