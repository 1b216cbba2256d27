"""
Which files of an artifact folder go into the tarball, which stay out, and which cannot go in.

A link is followed where it ends inside the folder; two hard links are two files.
"""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from lmi.artifact.ignore import Ignore, read_ignore
from lmi.artifact.left_out import IGNORE, LEFT_OUT, MANIFEST, LeftOut, is_left_out, why_left_out
from lmi.artifact.link import inside, why_unfit
from lmi.errors import Problem

__all__ = [
    "IGNORE",
    "LEFT_OUT",
    "MANIFEST",
    "PROPERTIES",
    "Contents",
    "FoundFile",
    "LeftOut",
    "is_left_out",
    "read_folder",
]

PROPERTIES = "serving.properties"

MOST_ENTRIES = 250_000
"""More files and folders are not read: links between a few folders can make any number of them."""

_KINDS = {
    stat.S_ISCHR: "a character device",
    stat.S_ISBLK: "a block device",
    stat.S_ISFIFO: "a pipe",
    stat.S_ISSOCK: "a socket",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class FoundFile:
    """A regular file of the folder."""

    name: str
    """Path in the folder, with `/`."""

    source: Path
    status: os.stat_result
    """Of the file, also where *source* is a link."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Contents:
    """What a folder holds, and what in it cannot go into a tarball."""

    files: tuple[FoundFile, ...]
    problems: tuple[Problem, ...]
    left_out: tuple[LeftOut, ...] = ()
    """What stays out, and why, sorted by name."""


def read_folder(directory: Path, *, most_entries: int = MOST_ENTRIES) -> Contents:
    """
    Return the files below *directory* that belong into the tarball, in no particular order, what
    stays out, and every refusal.
    """
    problems: list[Problem] = []
    walk = _Walk(
        places=inside(directory),
        ignore=read_ignore(directory, problems),
        problems=problems,
        entries_left=most_entries,
    )
    files = tuple(walk.files(directory))
    return Contents(
        files=files,
        problems=tuple(sorted(problems, key=str)),
        left_out=tuple(sorted(walk.left_out, key=lambda each: each.name)),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Folder:
    source: Path
    name: str
    identity: tuple[int, int]
    parent: "_Folder | None"

    def lies_in(self, identity: tuple[int, int]) -> bool:
        """Return whether the folder *identity* is this one or above it."""
        folder: _Folder | None = self
        while folder is not None:
            if folder.identity == identity:
                return True
            folder = folder.parent
        return False


@dataclass(kw_only=True, slots=True)
class _Walk:
    places: tuple[Path, ...]
    ignore: Ignore | None
    problems: list[Problem]
    entries_left: int
    left_out: list[LeftOut] = field(default_factory=list)
    _folders: list[_Folder] = field(default_factory=list)

    def files(self, directory: Path) -> Iterator[FoundFile]:
        # A list in place of recursion: folders can be nested deeper than Python's calls.
        try:
            status = directory.stat()
        except OSError as error:
            self._refuse(directory, f"cannot be read: {error.strerror}")
            return
        identity = (status.st_dev, status.st_ino)
        self._folders.append(_Folder(source=directory, name="", identity=identity, parent=None))
        most = self.entries_left
        while self._folders:
            yield from self._folder(self._folders.pop())
            if self.entries_left < 0:
                self._refuse(directory, f"holds more than {most:,} files and folders")
                return

    def _folder(self, folder: _Folder) -> Iterator[FoundFile]:
        try:
            entries = list(os.scandir(folder.source))
        except OSError as error:
            self._refuse(folder.source, f"cannot be read: {error.strerror}")
            return
        self.entries_left -= len(entries)
        for entry in entries:
            name = f"{folder.name}/{entry.name}" if folder.name else entry.name
            reason = why_left_out(entry.name, folder.name)
            if reason is not None:
                end = "/" if entry.is_dir(follow_symlinks=False) else ""
                self.left_out.append(LeftOut(name=f"{name}{end}", reason=reason))
                continue
            file = self._entry(entry, name, folder)
            if file is not None:
                yield file

    def _entry(self, entry: os.DirEntry[str], name: str, folder: _Folder) -> FoundFile | None:
        source = folder.source / entry.name
        if reason := _unfit_name(entry.name):
            self.problems.append(Problem(file=f"{str(source)!a}", message=reason))
            return None
        try:
            is_link = entry.is_symlink()
            if self._is_ignored(name, is_folder=entry.is_dir(follow_symlinks=False)):
                return None
            if is_link and (reason := why_unfit(source, self.places)):
                self._refuse(source, reason)
                return None
            status = entry.stat()
        except OSError as error:
            self._refuse(source, f"cannot be read: {error.strerror}")
            return None
        if stat.S_ISREG(status.st_mode):
            return FoundFile(name=name, source=source, status=status)
        if not stat.S_ISDIR(status.st_mode):
            kind = next((text for test, text in _KINDS.items() if test(status.st_mode)), None)
            self._refuse(
                source, f"{kind or 'no regular file'} must not be in an artifact; remove it"
            )
            return None
        identity = (status.st_dev, status.st_ino)
        if is_link and folder.lies_in(identity):
            target = os.readlink(source)
            self._refuse(
                source, f"a link (to {target!r}) leads back to a folder above it; remove it"
            )
            return None
        self._folders.append(_Folder(source=source, name=name, identity=identity, parent=folder))
        return None

    def _is_ignored(self, name: str, *, is_folder: bool) -> bool:
        """Return whether .lmiignore leaves *name* out, and note it."""
        if self.ignore is None:
            return False
        # As to git, a link is a file, wherever it leads.
        full = f"{name}/" if is_folder else name
        reason = self.ignore.reason(full)
        if reason is None:
            return False
        self.left_out.append(LeftOut(name=full, reason=reason))
        return True

    def _refuse(self, path: Path, message: str) -> None:
        self.problems.append(Problem(file=str(path), message=message))


def _unfit_name(name: str) -> str | None:
    try:
        name.encode()
    except UnicodeEncodeError:
        return "the name is not UTF-8, and a tarball's names are; rename it"
    if not name.isprintable():
        return "the name holds a control or an invisible character; rename it"
    return None
