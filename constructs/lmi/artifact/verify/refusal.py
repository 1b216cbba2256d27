"""
Which members of a tarball SageMaker does not unpack, or must not.

SageMaker refuses an archive that holds links
(https://repost.aws/knowledge-center/sagemaker-endpoint-creation-fail). What would leave the model
store, or is there twice, is refused too: the archive is a stranger's.
"""

import posixpath
import tarfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

MOST_NAME_BYTES = 255
"""Of a file or folder (https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_S3ModelDataSource.html)."""

MOST_PATH_BYTES = 4095
"""Of a whole path, on Linux: PATH_MAX, less the byte that ends it."""

Topic = Literal["damage", "end", "limit", "link", "special", "path", "duplicate"]
"""
What is wrong: the archive as a whole; what follows its end; it is too much; a link; a device, pipe
or unknown kind; where a member would lie; there are two of it.
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Refusal:
    """Why a member, or the archive, is not unpacked."""

    topic: Topic
    message: str
    member: str | None = None
    """Name in the archive, as it is written; None: the archive as a whole."""


_LINKS: tuple[tuple[Callable[[tarfile.TarInfo], bool], str], ...] = (
    (tarfile.TarInfo.issym, "symbolic link"),
    (tarfile.TarInfo.islnk, "hard link"),
)
_SPECIAL: tuple[tuple[Callable[[tarfile.TarInfo], bool], str], ...] = (
    (tarfile.TarInfo.ischr, "character device"),
    (tarfile.TarInfo.isblk, "block device"),
    (tarfile.TarInfo.isfifo, "named pipe"),
)


def why_refused(member: tarfile.TarInfo) -> Refusal | None:
    """Return why *member* is not unpacked, whatever else is in the archive; None: it is."""
    found = _unfit_kind(member) or _unfit_path(member)
    if found is None:
        return None
    topic, message = found
    return Refusal(topic=topic, message=f"{shown(member.name)} {message}", member=member.name)


def place(name: str) -> str:
    """Return the path below the model store that the member *name* would lie at; empty: itself."""
    return "/".join(part for part in name.split("/") if part not in ("", "."))


def shown(name: str) -> str:
    """Return *name* for a message: in quotes, cut where it is endless."""
    return repr(name if len(name) <= 300 else f"{name[:300]}…")


def _unfit_kind(member: tarfile.TarInfo) -> tuple[Topic, str] | None:
    for is_kind, kind in _LINKS:
        if is_kind(member):
            where = _leads_out(member) * ", out of the model store"
            return "link", (
                f"is a {kind} to {shown(member.linkname)}{where}; pack the file itself "
                "(tar --dereference --hard-dereference)"
            )
    for is_kind, kind in _SPECIAL:
        if is_kind(member):
            return "special", f"is a {kind}; leave it out"
    if not (member.isreg() or member.isdir()):
        return "special", "is neither a file nor a folder; leave it out"
    return None


def _leads_out(link: tarfile.TarInfo) -> bool:
    # A hard link names a member from the top, a symbolic link a path from where it lies.
    base = posixpath.dirname(link.name) if link.issym() else ""
    target = posixpath.normpath(posixpath.join(base, link.linkname))
    return target.startswith("/") or target == ".." or target.startswith("../")


def _unfit_path(member: tarfile.TarInfo) -> tuple[Topic, str] | None:
    path = place(member.name)
    if member.name.startswith("/"):
        return "path", "is an absolute path; pack relative to the model folder"
    parts = path.split("/")
    if ".." in parts:
        return "path", "leads out of the model store; pack without '..'"
    if "\0" in path or (not path and not member.isdir()):
        return "path", "is not a file name"
    if member.size < 0:
        return "damage", "has a negative size; the archive is damaged"
    if len(path) * 4 <= MOST_NAME_BYTES:
        return None
    sizes = [len(part.encode("utf-8", "surrogateescape")) for part in parts]
    if max(sizes) > MOST_NAME_BYTES:
        return "path", f"has more than {MOST_NAME_BYTES} bytes, and no file system takes it"
    if sum(sizes) + len(sizes) - 1 > MOST_PATH_BYTES:
        return "path", f"has more than {MOST_PATH_BYTES} bytes in all, and Linux does not take it"
    return None


class Names:
    """The paths of an archive so far: a file may be there once, and not in a file's place."""

    def __init__(self) -> None:
        self._is_folder: dict[str, bool] = {}

    def add(self, member: tarfile.TarInfo) -> Refusal | None:
        """Return why *member* cannot lie beside those before it; None: it can, and is kept."""
        path, is_folder = place(member.name), member.isdir()
        known = self._is_folder.get(path)
        if known is not None and not (is_folder and known):
            message = f"{shown(member.name)} is in the archive twice; pack each file once"
            return Refusal(topic="duplicate", message=message, member=member.name)
        folder = posixpath.dirname(path)
        above: list[str] = []
        while folder and (known := self._is_folder.get(folder)) is None:
            above.append(folder)
            folder = posixpath.dirname(folder)
        if folder and not known:
            message = f"{shown(member.name)} is in a folder that is a file in the archive, too"
            return Refusal(topic="duplicate", message=message, member=member.name)
        self._is_folder.update(dict.fromkeys(above, True))
        self._is_folder[path] = is_folder
        return None
