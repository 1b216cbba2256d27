"""Writes a file as a whole or not at all."""

import contextlib
import errno
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from lmi.artifact.termination import terminable
from lmi.artifact.unfinished import unfinished
from lmi.errors import ArtifactError


@contextlib.contextmanager
def replacing(target: Path) -> Iterator[IO[bytes]]:
    """
    Yield a stream to a file beside *target* that takes its place at the end, and vanishes on any
    failure, interrupt or termination.

    Raises:
        ArtifactError: the file cannot be written.
    """
    with terminable(), writable(target), unfinished(target.parent) as file:
        yield file.stream
        file.become(target)


@contextlib.contextmanager
def writable(target: Path) -> Iterator[None]:
    """Raise ArtifactError in the place of an OSError: *target* could not be written."""
    try:
        yield
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        hint = "; nothing was written, make room or choose another place" if full else ""
        raise ArtifactError(f"{target}: cannot be written: {error.strerror}{hint}") from error
