"""
Unpacks a model.tar.gz as SageMaker does, without trusting it.

What SageMaker refuses, what would leave the model store and what is there twice is refused as
`lmi bundle --verify` says it; so is what would fill the disk.
"""

import os
import tarfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lmi.artifact.verify.gunzip import DamagedTarball, Source
from lmi.artifact.verify.refusal import Names, place, why_refused
from lmi.artifact.verify.stream import TarballStream
from lmi.errors import LmiError

RESERVED_BYTES = 256 << 20
"""Free disk that unpacking leaves to everybody else."""

_RESERVED_FILES = 10_000


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
    data: Source, directory: Path, *, room: Callable[[Path], Room] = free_room
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
    try:
        stream = TarballStream(data)
        names = _unpack_members(stream, directory, room(directory))
        stream.finish()
    except DamagedTarball as error:
        raise UnpackFailed(str(error)) from error
    make_read_only(directory)
    return names


def _unpack_members(stream: TarballStream, directory: Path, limits: Room) -> tuple[str, ...]:
    known, files = Names(), []
    bytes_left, files_left = limits.bytes, limits.files
    for member in stream.members():
        path = place(member.name)
        refusal = why_refused(member) or (known.add(member) if path else None)
        if refusal is not None:
            raise UnpackFailed(refusal.message)
        bytes_left -= member.size
        files_left -= 1
        if bytes_left < 0 or files_left < 0:
            raise UnpackFailed(
                f"{member.name!r} ({member.size} bytes) does not fit on this host's disk: "
                f"{limits.bytes} bytes and {limits.files} files are free for the whole archive"
            )
        if not path:
            continue
        try:
            _write(stream, member, directory / path)
        except FileExistsError as error:
            raise UnpackFailed(
                f"{member.name!r} differs from another member by case alone, and this host's file "
                "system ignores case"
            ) from error
        except (OSError, UnicodeEncodeError) as error:
            raise UnpackFailed(f"{member.name!r} cannot be written: {error}") from error
        if not member.isdir():
            files.append(path)
    return tuple(files)


def _write(stream: TarballStream, member: tarfile.TarInfo, target: Path) -> None:
    if member.isdir():
        target.mkdir(parents=True, exist_ok=True)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    # Exclusive: what is there already, under this name or one that differs by case, is not written
    # through.
    mode = 0o755 if member.mode & 0o111 else 0o644
    with open(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        for part in stream.content(member):
            file.write(part)


def make_read_only(directory: Path) -> None:
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
