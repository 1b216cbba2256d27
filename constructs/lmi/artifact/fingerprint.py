"""What tells that a file is still the one that was looked at."""

import os
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Fingerprint:
    """The parts of a file's status that an edit changes."""

    device: int
    inode: int
    size: int
    modified_ns: int
    changed_ns: int

    @classmethod
    def of(cls, status: os.stat_result) -> "Fingerprint":
        """Return the fingerprint in *status*."""
        return cls(
            device=status.st_dev,
            inode=status.st_ino,
            size=status.st_size,
            modified_ns=status.st_mtime_ns,
            changed_ns=status.st_ctime_ns,
        )
