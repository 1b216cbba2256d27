"""
Files that are there as a whole or not at all: written under a hidden name, brought to the disk,
then renamed.

The hidden file is locked while its owner lives. What a killed process left behind is therefore
known by its free lock, on any file system that has locks, and whatever became of the process id.
"""

import contextlib
import fcntl
import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

_PREFIX, _SUFFIX = ".lmi-", ".part"


@dataclass(frozen=True, kw_only=True, slots=True)
class Unfinished:
    """A file without its name."""

    stream: IO[bytes]
    """Empty at first, open for writing and reading."""

    path: Path
    """The hidden name."""

    def become(self, target: Path) -> os.stat_result:
        """
        Bring the file to the disk and put it in the place of *target*, in the same folder; return
        its status then.

        Raises:
            OSError: the disk is full, or *target* cannot be replaced.
        """
        self.stream.flush()
        os.fsync(self.stream.fileno())
        self.path.replace(target)
        # The new name too: a power cut would otherwise leave the old file, or none.
        folder = os.open(target.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        return os.fstat(self.stream.fileno())


@contextlib.contextmanager
def unfinished(directory: Path) -> Iterator[Unfinished]:
    """
    Yield a new file in *directory* that vanishes at the end unless it became another; first remove
    those that killed processes left there.

    Raises:
        OSError: the file cannot be made.
    """
    remove_abandoned(directory)
    stream, path = _create(directory)
    try:
        with stream:
            yield Unfinished(stream=stream, path=path)
    finally:
        path.unlink(missing_ok=True)


def remove_abandoned(directory: Path) -> None:
    """Remove the unfinished files in *directory* whose owners are gone."""
    for path in directory.glob(f"{_PREFIX}*{_SUFFIX}"):
        # Not ours to open, removed by another meanwhile, in use, or on a file system without locks.
        with contextlib.suppress(OSError), path.open("rb") as stream:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            path.unlink()


def _create(directory: Path) -> tuple[IO[bytes], Path]:
    while True:
        path = directory / f"{_PREFIX}{secrets.token_hex(8)}{_SUFFIX}"
        stream = path.open("x+b")
        with contextlib.suppress(OSError):
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Another process may have taken it for abandoned before it was locked.
        if os.fstat(stream.fileno()).st_nlink:
            return stream, path
        stream.close()
