"""Writes a file as a whole or not at all."""

import contextlib
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from lmi.errors import ArtifactError


@contextlib.contextmanager
def replacing(target: Path) -> Iterator[IO[bytes]]:
    """
    Yield a stream to a file beside *target* that takes its place at the end, and vanishes on any
    failure.

    Raises:
        ArtifactError: the file cannot be written.
    """
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(8)}")
    try:
        with temporary.open("xb") as stream:
            yield stream
        temporary.replace(target)
    except OSError as error:
        raise ArtifactError(f"{target}: cannot be written: {error.strerror}") from error
    finally:
        temporary.unlink(missing_ok=True)
