"""Which files of an artifact folder go into the tarball, and which cannot."""

import fnmatch
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lmi.errors import Problem

MANIFEST = "artifact.yaml"
PROPERTIES = "serving.properties"

LEFT_OUT = {
    MANIFEST: "describes the artifact to us, not to DJL Serving; only at the top of the folder",
    ".*": "hidden files and folders: version control, virtual environments, editors, notebooks",
    "__pycache__": "compiled by another Python than the image's",
    "*.pyc": "compiled by another Python than the image's",
    "*~": "editor's backup",
    "#*#": "editor's autosave",
}
"""Names that stay out of the tarball, and why. Everything else goes in."""

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


@dataclass(frozen=True, kw_only=True, slots=True)
class Contents:
    """What a folder holds, and what in it cannot go into a tarball."""

    files: tuple[FoundFile, ...]
    problems: tuple[Problem, ...]


def read_folder(directory: Path) -> Contents:
    """
    Return the files below *directory* that belong into the tarball, in no particular order, and
    every refusal.
    """
    problems: list[Problem] = []
    files = tuple(_walk(directory, "", problems))
    return Contents(files=files, problems=tuple(sorted(problems, key=str)))


def is_left_out(name: str, parent: str) -> bool:
    """
    Return whether *name* in the inner folder *parent* (empty at the top) stays out of the
    tarball.
    """
    return any(
        fnmatch.fnmatchcase(name, pattern)
        for pattern in LEFT_OUT
        if pattern != MANIFEST or not parent
    )


def _walk(directory: Path, parent: str, problems: list[Problem]) -> Iterator[FoundFile]:
    try:
        entries = list(os.scandir(directory))
    except OSError as error:
        problems.append(Problem(file=str(directory), message=f"cannot be read: {error.strerror}"))
        return
    for entry in entries:
        if is_left_out(entry.name, parent):
            continue
        source = directory / entry.name
        if reason := _unfit_name(entry.name):
            problems.append(Problem(file=f"{str(source)!a}", message=reason))
            continue
        name = f"{parent}/{entry.name}" if parent else entry.name
        status = entry.stat(follow_symlinks=False)
        if stat.S_ISDIR(status.st_mode):
            yield from _walk(source, name, problems)
        elif stat.S_ISREG(status.st_mode):
            yield FoundFile(name=name, source=source, status=status)
        else:
            message = _unfit_kind(source, status.st_mode)
            problems.append(Problem(file=str(source), message=message))


def _unfit_name(name: str) -> str | None:
    try:
        name.encode()
    except UnicodeEncodeError:
        return "the name is not UTF-8, and a tarball's names are; rename it"
    if not name.isprintable():
        return "the name holds a control or an invisible character; rename it"
    return None


def _unfit_kind(source: Path, mode: int) -> str:
    if stat.S_ISLNK(mode):
        # SageMaker's endpoint fails on them: they may point out of the folder that the tarball is
        # unpacked into.
        return (
            f"a link (to {os.readlink(source)!r}) must not be in an artifact; put the file or "
            "folder itself there"
        )
    kind = next((text for test, text in _KINDS.items() if test(mode)), "no regular file")
    return f"{kind} must not be in an artifact; remove it"
