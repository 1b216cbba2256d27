"""
Symbolic links in an artifact folder: followed where they end inside it.

SageMaker refuses a tarball with links, so what a link leads to is packed in its place. A snapshot
of the Hugging Face cache is all links to `../../blobs`; the blobs of the same repository are inside
(https://huggingface.co/docs/huggingface_hub/guides/manage-cache).
"""

import errno
import os
import re
from pathlib import Path

_REPOSITORY = re.compile(r"(models|datasets|spaces)--.+")


def inside(directory: Path) -> tuple[Path, ...]:
    """
    Return the folders that a link of the artifact in *directory* may lead into, without links.

    The folder itself, and for a snapshot of a Hugging Face cache the blobs of its repository.
    """
    root = directory.resolve()
    snapshots, repository = root.parent, root.parent.parent
    if snapshots.name == "snapshots" and _REPOSITORY.fullmatch(repository.name):
        return (root, repository / "blobs")
    return (root,)


def why_unfit(link: Path, places: tuple[Path, ...]) -> str | None:
    """
    Return why what *link* leads to cannot be packed in its place; None: it can.

    Args:
        link: a symbolic link.
        places: what `inside` returned.
    """
    try:
        target = os.readlink(link)
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    try:
        end = link.resolve(strict=True)
    except (OSError, RuntimeError) as error:  # RuntimeError: Python before 3.13, of a circle
        number = error.errno if isinstance(error, OSError) else errno.ELOOP
        if number == errno.ELOOP:
            return f"a link (to {target!r}) leads round in a circle; remove it"
        if number in (errno.ENOENT, errno.ENOTDIR):
            return f"a link (to {target!r}) leads to nothing; remove it, or put the file there"
        return f"a link (to {target!r}) cannot be followed: {os.strerror(number or 0)}"
    if not any(end.is_relative_to(place) for place in places):
        return (
            f"a link (to {target!r}) leads out of the folder; put the file or folder itself there"
        )
    return None
