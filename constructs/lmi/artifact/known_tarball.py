"""Finds a tarball that was written before, and remembers one for the next time."""

import contextlib
import os
import shutil
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from lmi.artifact.block import compression
from lmi.artifact.content import shape_sha256
from lmi.artifact.fingerprint import Fingerprint
from lmi.artifact.member import Member
from lmi.artifact.packing import Packed
from lmi.artifact.record import (
    Record,
    is_intact,
    read_record,
    record_name,
    wait_for_tick,
    write_record,
)


def find_tarball(target: Path, cache: Path, content_sha256: str) -> Record | None:
    """Return the record of the tarball *target* if it is there and holds that content."""
    record = read_record(cache / record_name(target, cache))
    if (
        record is None
        or record.content_sha256 != content_sha256
        or record.compression != compression()
        or not is_intact(target, record)
    ):
        return None
    _renew(target, cache, record)
    return record


def remember_tarball(
    target: Path, cache: Path, members: Iterable[Member], packed: Packed, status: os.stat_result
) -> None:
    """Record in *cache* that *target* was written with *packed*, and then had *status*."""
    wait_for_tick(target.parent, status.st_ctime_ns)
    record = Record(
        path=target.name if target.parent == cache else os.path.abspath(target),
        content_sha256=packed.content_sha256,
        shape_sha256=shape_sha256(members),
        compression=compression(),
        bytes=packed.bytes,
        sha256=packed.sha256,
        fingerprint=Fingerprint.of(status),
        links=status.st_nlink,
        runs=packed.runs,
    )
    write_record(cache / record_name(target, cache), record)


def link_tarball(source: Path, target: Path) -> None:
    """
    Put the tarball *source*, which lies in its cache, at *target* too: by a hard link, or else by a
    copy with the same time of modification. What is there already is left.

    Raises:
        OSError: *target* cannot be written.
    """
    if _is_there(source, target):
        return
    # Under a name of this process first: what lies under the target's is always complete.
    partial = target.with_name(f"{target.name}.{os.getpid()}")
    try:
        # An earlier process of this number may have left a link, through which a copy would write
        # into the cache.
        partial.unlink(missing_ok=True)
        try:
            os.link(source, partial)
        except OSError:
            # Another file system, or one without hard links.
            shutil.copyfile(source, partial)
            status = source.stat()
            os.utime(partial, ns=(status.st_atime_ns, status.st_mtime_ns))
        partial.replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)
        raise
    record = read_record(source.parent / record_name(source, source.parent))
    if record is not None:
        _renew(source, source.parent, record)


def _is_there(source: Path, target: Path) -> bool:
    try:
        there, wanted = target.stat(), source.stat()
    except FileNotFoundError:
        return False
    return os.path.samestat(there, wanted) or (
        (there.st_size, there.st_mtime_ns) == (wanted.st_size, wanted.st_mtime_ns)
    )


def _renew(target: Path, cache: Path, record: Record) -> None:
    """Write the *record* of a tarball known to be intact anew if its status is another."""
    with contextlib.suppress(OSError):
        status = target.lstat()
        fresh = replace(record, fingerprint=Fingerprint.of(status), links=status.st_nlink)
        if fresh != record:
            wait_for_tick(target.parent, status.st_ctime_ns)
            write_record(cache / record_name(target, cache), fresh)
