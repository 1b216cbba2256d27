"""Starting, asking and stopping the process of the embedded AWS."""

import contextlib
import http.client
import importlib.metadata
import importlib.util
import json
import os
import selectors
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Final

from lmi.errors import HostError
from lmi.local.state import (
    EndpointStatus,
    Running,
    Status,
    already_running,
    is_claimed,
    log_path,
    running,
)

MOTO_VERSION: Final = "5.2.5"
"""The only version of moto that the mends fit."""

_START_SECONDS = 60.0
_STOP_SECONDS = 30.0
_ANSWER_SECONDS = 10.0
_LOG_LINES = 15


def start(home: Path, port: int = 0) -> Running:
    """
    Start the embedded AWS of *home* in a process of its own, and return when it answers.

    Args:
        home: the folder `.lmi` of the project.
        port: where to answer. Default: a free port.

    Raises:
        HostError: it runs already, the port is in use, moto is not installed, or it did not start.
    """
    require_moto()
    found = running(home)
    if found is not None:
        raise already_running(found)
    log = log_path(home)
    command = [sys.executable, "-P", "-m", "lmi.local.emulator"]
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        # Added to: another starter may be a moment faster, and its log is not ours to empty.
        log_file = log.open("ab")
    except OSError as error:
        where = error.filename or home
        raise HostError(
            f"{where} cannot be written: {error.strerror}; name another folder with --home"
        ) from error
    with log_file:
        process = subprocess.Popen(
            [*command, "--home", str(home), "--port", str(port)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log_file,
            env=_daemon_environment(),
            start_new_session=True,
        )
    try:
        report = _first_line(process, log)
    except BaseException:
        # Interrupted while it starts: nobody would know of it.
        process.kill()
        process.wait()
        raise
    if "error" in report:
        process.wait(_STOP_SECONDS)
        raise HostError(report["error"])
    # It goes on by itself; Popen would warn of a child that nobody waits for.
    process.returncode = 0
    return Running(home=home, pid=process.pid, port=report["port"])


def stop(home: Path) -> bool:
    """
    Stop the embedded AWS of *home* with its model servers, and return when it is gone.

    Returns:
        Whether one was running.

    Raises:
        HostError: it did not end by itself and was killed.
    """
    found = running(home)
    if found is None:
        return False
    with contextlib.suppress(ProcessLookupError):
        os.kill(found.pid, signal.SIGTERM)
    if _is_gone(home):
        # Where this process started it, it is its child.
        with contextlib.suppress(ChildProcessError):
            os.waitpid(found.pid, 0)
        return True
    with contextlib.suppress(ProcessLookupError):
        os.kill(found.pid, signal.SIGKILL)
    _is_gone(home)
    raise HostError(
        f"the embedded AWS (process {found.pid}) did not end within {_STOP_SECONDS:g} seconds and "
        f"was killed; its log is {log_path(home)}"
    )


def status(home: Path) -> Status | None:
    """
    Return what the embedded AWS of *home* says about itself, or None if none runs.

    Raises:
        HostError: it runs, and does not answer.
    """
    found = running(home)
    if found is None:
        return None
    document = _ask(found)
    return Status(
        url=found.url,
        pid=found.pid,
        account=document["account"],
        endpoints=tuple(
            EndpointStatus(**{**each, "notes": tuple(each["notes"])})
            for each in document["endpoints"]
        ),
    )


def require_moto() -> None:
    """
    Check that the extra `local` is installed.

    Raises:
        HostError: it is not, or moto has another version than the one that is mended.
    """
    advice = "install it with `pip install '.[local]'` in a checkout of cdk-lmi"
    missing = [
        name for name in ("moto", "flask", "flask_cors") if importlib.util.find_spec(name) is None
    ]
    if missing:
        raise HostError(
            f"the embedded AWS needs moto[server], and {missing[0]} is missing; {advice}"
        )
    version = importlib.metadata.version("moto")
    if version != MOTO_VERSION:
        raise HostError(f"the embedded AWS needs moto {MOTO_VERSION}, got {version}; {advice}")


def _daemon_environment() -> dict[str, str]:
    """Return this process's environment without what would steer moto or an SDK inside it."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AWS_", "MOTO_", "WERKZEUG_"))
    }


def _first_line(process: "subprocess.Popen[bytes]", log: Path) -> dict[str, Any]:
    """Return what the process reports once it answers, or has failed."""
    pipe = process.stdout
    assert pipe is not None  # noqa: S101 -- it was asked for
    with pipe, selectors.DefaultSelector() as selector:
        selector.register(pipe, selectors.EVENT_READ)
        line = pipe.readline() if selector.select(_START_SECONDS) else b""
    if line:
        report: dict[str, Any] = json.loads(line)
        return report
    if process.poll() is None:
        process.kill()
    return {"error": f"the embedded AWS did not start; the end of its log {log} is:\n{_tail(log)}"}


def _tail(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    return "\n".join(lines[-_LOG_LINES:])


def _is_gone(home: Path) -> bool:
    """Return whether the process ended in time."""
    ends = time.monotonic() + _STOP_SECONDS
    while is_claimed(home):
        if time.monotonic() > ends:
            return False
        time.sleep(0.05)
    return True


def _ask(found: Running) -> dict[str, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", found.port, timeout=_ANSWER_SECONDS)
    try:
        connection.request("GET", "/_lmi/status")
        document: dict[str, Any] = json.loads(connection.getresponse().read())
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise HostError(
            f"the embedded AWS (process {found.pid}) does not answer at {found.url}: {error}; "
            f"its log is {log_path(found.home)}"
        ) from error
    finally:
        connection.close()
    return document
