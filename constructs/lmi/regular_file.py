"""Reads a file that the user names, whatever stands there."""

import errno
import os
import stat
from pathlib import Path

KINDS = {
    stat.S_ISCHR: "a character device",
    stat.S_ISBLK: "a block device",
    stat.S_ISFIFO: "a pipe",
}
"""What else can be opened, by the test for it."""


def read_regular_file(path: Path, *, most_bytes: int | None = None) -> bytes:
    """
    Return the bytes of the file *path*; links are followed.

    Args:
        path: the file.
        most_bytes: size above which it is refused. Default: no limit.

    Raises:
        OSError: it cannot be read, is larger, or is no regular file: a pipe would be waited for,
            and a device may never end. `strerror` says which.
    """
    # O_NONBLOCK: opening a pipe waits for a writer otherwise.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        mode, size = os.fstat(descriptor).st_mode, os.fstat(descriptor).st_size
        if stat.S_ISDIR(mode):
            raise OSError(errno.EISDIR, os.strerror(errno.EISDIR))
        if not stat.S_ISREG(mode):
            kind = next((text for test, text in KINDS.items() if test(mode)), "something else")
            raise OSError(errno.EINVAL, f"it is {kind}, not a regular file")
        with open(descriptor, "rb", closefd=False) as file:
            data = file.read(-1 if most_bytes is None else most_bytes + 1)
    finally:
        os.close(descriptor)
    if most_bytes is not None and len(data) > most_bytes:
        size = max(size, len(data))
        raise OSError(errno.EFBIG, f"it has {size:,} bytes, at most {most_bytes:,} are allowed")
    return data
