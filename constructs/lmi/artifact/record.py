"""
What is remembered of a tarball that was written: that it need not be written again, and where in it
the blocks of large files lie.

A tarball is known by its status, as `lmi.artifact.member_index` says. A hard link to it, or the end
of one, changes only the number of links and the time of the last change of status: that alone is no
reason to read it again. Whatever else is different, its SHA-256 decides.
"""

import contextlib
import hashlib
import os
import stat
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from lmi.artifact.checked_json import read_checked, write_checked
from lmi.artifact.fingerprint import Fingerprint
from lmi.artifact.gzip_writer import Run

_SCHEMA = 2
_TICK_SECONDS = 0.05


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """A tarball as it was written."""

    path: str
    """Of the tarball, from the folder of the record."""

    content_sha256: str
    shape_sha256: str

    compression: str
    """What packed it, as `lmi.artifact.block.compression` tells."""

    bytes: int
    sha256: str
    fingerprint: Fingerprint
    links: int

    runs: tuple[tuple[str, Run], ...]
    """Blocks of large members, by the SHA-256 of the member's bytes."""


def record_name(target: Path, directory: Path) -> str:
    """Return what the record of the tarball *target* is called in the folder *directory*."""
    if target.parent == directory:
        return target.name.removesuffix(".tar.gz") + ".json"
    return f"output-{hashlib.sha256(os.path.abspath(target).encode()).hexdigest()}.json"


def read_record(path: Path) -> Record | None:
    """Return the record in the file *path*, or None if there is no such record."""
    document = read_checked(path)
    if document is None or document.pop("schema") != _SCHEMA:
        return None
    document["fingerprint"] = Fingerprint(**document["fingerprint"])
    document["runs"] = tuple((sha256, Run(**run)) for sha256, run in document["runs"])
    return Record(**document)


def records(directory: Path) -> Iterator[Record]:
    """Yield every record in the folder *directory*, and remove those of tarballs that are gone."""
    for path in sorted(directory.glob("*.json")):
        record = read_record(path)
        if record is None:
            continue
        if (directory / record.path).exists():
            yield record
        else:
            with contextlib.suppress(OSError):
                path.unlink()


def write_record(path: Path, record: Record) -> None:
    """Write *record* to *path*. One that cannot be written is done without."""
    write_checked(path, {"schema": _SCHEMA, **asdict(record)})


def is_intact(path: Path, record: Record) -> bool:
    """Return whether the tarball *path* is the one of *record*; reads it only in doubt."""
    try:
        status = path.lstat()
        if not stat.S_ISREG(status.st_mode) or status.st_size != record.bytes:
            return False
        found = Fingerprint.of(status)
        if found == record.fingerprint:
            return True
        linked = replace(record.fingerprint, changed_ns=found.changed_ns)
        if found == linked and status.st_nlink != record.links:
            return True
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest() == record.sha256
    except OSError:
        return False


def wait_for_tick(directory: Path, changed_ns: int) -> None:
    """
    Return when the clock of the file system of *directory* is past *changed_ns*, so that every
    later change has another time. That takes a few milliseconds; a clock of whole seconds is not
    waited for.
    """
    until = time.monotonic() + _TICK_SECONDS
    with contextlib.suppress(OSError), tempfile.TemporaryFile(dir=directory) as probe:
        while os.fstat(probe.fileno()).st_mtime_ns <= changed_ns and time.monotonic() < until:
            time.sleep(0.001)
            os.utime(probe.fileno())
