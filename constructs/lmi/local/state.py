"""
What the embedded AWS leaves in `<home>/local` for others to find it.

* daemon.lock -- locked by the process for as long as it lives. The kernel lets go of it however the
  process ends, so a lock that is held tells more than a process id, which may be another's by now
* daemon.json -- process id and port, written once it answers
* daemon.log  -- what it has to say
* temporary   -- link to the folder of its temporary files and those of its model servers
"""

import fcntl
import json
import os
import shutil
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from lmi.errors import HostError

ACCOUNT: Final = "111111111111"
"""The account that the embedded AWS answers as: no real one."""

_CLAIM_SECONDS = 2.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Running:
    """An embedded AWS that runs."""

    home: Path
    """The folder `.lmi` it belongs to."""
    pid: int
    port: int
    account: str = ACCOUNT

    @property
    def url(self) -> str:
        """Where it answers, for every service."""
        return f"http://127.0.0.1:{self.port}"


@dataclass(frozen=True, kw_only=True, slots=True)
class EndpointStatus:
    """One endpoint of the embedded AWS."""

    endpoint_name: str
    region: str
    status: str
    """SageMaker's word, with what is different here: `InService (unhosted: needs 4 GPUs)`."""
    failure_reason: str | None
    server_version: str | None
    notes: tuple[str, ...]
    url: str | None
    log: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Status:
    """What `lmi local status` shows of an embedded AWS that runs."""

    url: str
    pid: int
    account: str
    endpoints: tuple[EndpointStatus, ...]


def local_folder(home: Path) -> Path:
    """Return the folder of the embedded AWS below *home*."""
    return home / "local"


def log_path(home: Path) -> Path:
    """Return where the embedded AWS writes its log."""
    return local_folder(home) / "daemon.log"


def claim(home: Path) -> int:
    """
    Lock the folder for this process until it ends, and forget what an earlier one left there.

    Returns:
        The file descriptor that holds the lock; keep it open.

    Raises:
        HostError: another process holds it.
    """
    folder = local_folder(home)
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(_lock_path(home), os.O_RDWR | os.O_CREAT, 0o644)
    ends = time.monotonic() + _CLAIM_SECONDS
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except BlockingIOError as error:
            # Someone who only looks holds it for a moment.
            if time.monotonic() > ends:
                os.close(descriptor)
                raise already_running(running(home)) from error
            time.sleep(0.05)
    _state_path(home).unlink(missing_ok=True)
    return descriptor


def temporary_folder(home: Path) -> Path:
    """
    Make the folder for the temporary files of the embedded AWS and of its model servers, and remove
    that of an earlier one, which was killed; for the process that holds the lock.

    It is not below *home*, because the path of a socket is limited to about 100 characters.
    """
    clear_temporary_folder(home)
    folder = Path(tempfile.mkdtemp(prefix="lmi-"))
    _temporary_path(home).symlink_to(folder)
    return folder


def clear_temporary_folder(home: Path) -> None:
    """Remove the folder of temporary files, if it is this user's."""
    link = _temporary_path(home)
    if not link.is_symlink():
        return
    folder = link.readlink()
    if folder.name.startswith("lmi-") and folder.is_dir() and not folder.is_symlink():
        shutil.rmtree(folder, ignore_errors=True)
    link.unlink()


def announce(found: Running) -> None:
    """Write where the embedded AWS answers, whole or not at all."""
    target = _state_path(found.home)
    temporary = target.with_suffix(".tmp")
    state = {"schema": 1, **{k: v for k, v in asdict(found).items() if k != "home"}}
    temporary.write_text(json.dumps(state) + "\n", encoding="utf-8")
    os.replace(temporary, target)


def withdraw(home: Path) -> None:
    """Take back what `announce` wrote."""
    _state_path(home).unlink(missing_ok=True)


def is_claimed(home: Path) -> bool:
    """Return whether a process holds the folder's lock."""
    try:
        descriptor = os.open(_lock_path(home), os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def running(home: Path) -> Running | None:
    """Return the embedded AWS that runs for *home*; None also while it is still starting."""
    if not is_claimed(home):
        return None
    try:
        state = json.loads(_state_path(home).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return Running(home=home, pid=state["pid"], port=state["port"], account=state["account"])


def running_or_fail(home: Path) -> Running:
    """
    Return the embedded AWS that runs for *home*.

    Raises:
        HostError: none runs.
    """
    found = running(home)
    if found is None:
        raise HostError(
            f"the embedded AWS of {home} is not running; start it with `lmi local start`"
        )
    return found


def already_running(found: Running | None) -> HostError:
    """Return the refusal of a second embedded AWS for the same folder."""
    if found is None:
        return HostError(
            "the embedded AWS is just being started or stopped by another process; try again"
        )
    return HostError(
        f"the embedded AWS already runs at {found.url} (process {found.pid}); "
        "end it with `lmi local stop`"
    )


def _lock_path(home: Path) -> Path:
    return local_folder(home) / "daemon.lock"


def _temporary_path(home: Path) -> Path:
    return local_folder(home) / "temporary"


def _state_path(home: Path) -> Path:
    return local_folder(home) / "daemon.json"
