"""The folder of an endpoint, and how it goes."""

import shutil
from pathlib import Path

LOG_NAME = "server.log"
"""What the model server and its handlers print; what is left of an endpoint that failed."""


def remove(folder: Path, *, keep: str | None = None) -> None:
    """
    Remove *folder* with all that is in it, also what is read-only; the file *keep* stays, and its
    folder then.
    """
    if not folder.exists():
        return
    for entry in folder.iterdir():
        if entry.name == keep:
            continue
        if entry.is_dir() and not entry.is_symlink():
            _remove_tree(entry)
        else:
            entry.unlink()
    if not any(folder.iterdir()):
        folder.rmdir()


def _remove_tree(folder: Path) -> None:
    folder.chmod(0o700)
    for path in folder.rglob("*"):
        if path.is_dir() and not path.is_symlink():
            path.chmod(0o700)
    shutil.rmtree(folder)
