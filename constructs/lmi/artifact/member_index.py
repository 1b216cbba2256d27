"""
Which large files are known to be unchanged since they were read, so that nobody reads them again.

A file is known by device, inode, size, and the times of its last change of content and of status in
nanoseconds. Nobody can set the latter, so a file whose mtime was put back, or that another was
renamed over, is read again. What could deceive that is closed one by one:

* An edit in the same tick of the clock as the last one leaves the times as they were. So an entry
  counts only if the file had been at rest for SETTLED_NS when it was read; the same as git's rule
  (https://git-scm.com/docs/racy-git), with the coarsest tick there is, FAT's.
* After the clock was set back, a time can come a second time. So an entry from the future does not
  count.
* A program that has mapped the file can write to a page again without a new time, until the page
  has been written to the disk. So the file is synced before it is read: that takes the right to
  write from every mapping, and the next write to it sets the times. Where there is no disk, as on
  tmpfs, nothing is ever known.
  https://pubs.opengroup.org/onlinepubs/9799919799/functions/mmap.html
"""

import contextlib
import os
import time
from dataclasses import astuple, dataclass
from pathlib import Path

from lmi.artifact.checked_json import read_checked, write_checked
from lmi.artifact.fingerprint import Fingerprint

SETTLED_NS = 2_000_000_000
"""How long a file must not have changed before its times tell a later change."""

MOST_ENTRIES = 20_000
"""Files that are remembered; the oldest entries are dropped. An entry has about 150 bytes."""

_SCHEMA = 1
_WITHOUT_DISK = {"tmpfs", "ramfs", "hugetlbfs"}


@dataclass(frozen=True, kw_only=True, slots=True)
class _Entry:
    observed_ns: int
    """When the file was read, at the latest."""
    sha256: str


class MemberIndex:
    """The digests of files that need not be read again."""

    def __init__(self, path: Path, entries: dict[Fingerprint, _Entry], now_ns: int) -> None:
        """Use `open` instead."""
        self._path = path
        self._entries = entries
        self._now_ns = now_ns
        self._changed: set[Fingerprint] = set()
        self._devices_without_disk = _devices_without_disk()

    @classmethod
    def open(cls, directory: Path) -> "MemberIndex":
        """
        Return the index in the folder *directory*; an empty one where there is none, or it cannot
        be read.
        """
        path = directory / "members.index"
        return cls(path, _read(path), _now_ns(directory))

    def sha256_of(self, fingerprint: Fingerprint) -> str | None:
        """Return the SHA-256 of the file's content, or None if the file must be read."""
        entry = self._entries.get(fingerprint)
        if entry is None or not self._counts(fingerprint, entry):
            return None
        return entry.sha256

    def note(self, fingerprint: Fingerprint, sha256: str) -> None:
        """
        Remember the digest of a file that was synced and read since the index was opened, and had
        *fingerprint* before and after.
        """
        entry = _Entry(observed_ns=self._now_ns, sha256=sha256)
        if self._counts(fingerprint, entry):
            self._entries[fingerprint] = entry
            self._changed.add(fingerprint)

    def save(self) -> None:
        """Write what is new. An index that cannot be written is done without."""
        if not self._changed or _now_ns(self._path.parent) < self._now_ns:
            return
        # What others wrote meanwhile is kept; what two write at once is only read once more.
        entries = _read(self._path)
        entries |= {key: self._entries[key] for key in self._changed}
        newest = sorted(entries.items(), key=lambda item: item[1].observed_ns)[-MOST_ENTRIES:]
        rows = [[*astuple(key), entry.observed_ns, entry.sha256] for key, entry in newest]
        document = {"schema": _SCHEMA, "members": rows}
        write_checked(self._path, document)
        self._changed.clear()

    def _counts(self, fingerprint: Fingerprint, entry: _Entry) -> bool:
        changed = max(fingerprint.modified_ns, fingerprint.changed_ns)
        return (
            changed + SETTLED_NS < entry.observed_ns <= self._now_ns
            and fingerprint.device not in self._devices_without_disk
        )


def _read(path: Path) -> dict[Fingerprint, _Entry]:
    document = read_checked(path)
    if document is None or document["schema"] != _SCHEMA:
        return {}
    return {
        Fingerprint(
            device=device, inode=inode, size=size, modified_ns=modified, changed_ns=changed
        ): _Entry(observed_ns=observed, sha256=sha256)
        for device, inode, size, modified, changed, observed, sha256 in document["members"]
    }


def _now_ns(directory: Path) -> int:
    """
    Return the time in nanoseconds since 1970, by the clock of the machine or of the file system of
    *directory*, whichever is behind: a file server has its own.
    """
    import tempfile

    now = time.time_ns()
    with contextlib.suppress(OSError), tempfile.TemporaryFile(dir=directory) as probe:
        probe.write(b"x")
        probe.flush()
        now = min(now, os.fstat(probe.fileno()).st_mtime_ns)
    return now


def _devices_without_disk() -> set[int]:
    """Return the devices of file systems that live in memory, where the system tells (Linux)."""
    devices = set()
    with contextlib.suppress(OSError, ValueError):
        for line in Path("/proc/self/mountinfo").read_text("utf-8", "replace").splitlines():
            # https://www.kernel.org/doc/html/latest/filesystems/proc.html#proc-pid-mountinfo
            mount, _, source = line.partition(" - ")
            if source.split(" ")[0] in _WITHOUT_DISK:
                major, minor = mount.split(" ")[2].split(":")
                devices.add(os.makedev(int(major), int(minor)))
    return devices
