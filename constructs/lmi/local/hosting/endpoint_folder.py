"""
The folder of an endpoint.

* server.log            -- link to the log of the server that serves, or that failed to be created
* logs/VARIANT/ID.log   -- what the model server of one instance and its handlers print
* ID/model, ID/1, ID/2… -- the unpacked model of one instance, and its server's files; a new folder
  for each start of the server
"""

import os
import shutil
from pathlib import Path

LOG_NAME = "server.log"
"""What `lmi local logs` shows of an endpoint."""

_LOGS = "logs"


def log_of(folder: Path, variant_name: str, instance_id: str) -> Path:
    """Return where the server of one instance of the endpoint in *folder* logs."""
    return folder / _LOGS / variant_name / f"{instance_id}.log"


def show_log(folder: Path, log: Path) -> None:
    """Let server.log in *folder* be the log *log* from now on."""
    temporary = folder / f"{LOG_NAME}.tmp"
    temporary.unlink(missing_ok=True)
    temporary.symlink_to(log.relative_to(folder))
    os.replace(temporary, folder / LOG_NAME)


def remove(folder: Path, *, keep_logs: bool = False) -> None:
    """
    Remove *folder* with all that is in it, also what is read-only; or all but the logs, where there
    are any.
    """
    if not folder.exists():
        return
    for entry in list(folder.iterdir()):
        # The link leads nowhere where a failure came before the server.
        if keep_logs and entry.name in (LOG_NAME, _LOGS) and entry.exists():
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
