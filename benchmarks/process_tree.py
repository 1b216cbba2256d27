"""Runs a command and measures wall time, processor time, and the memory of all its processes."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_EVERY_SECONDS = 0.02


@dataclass(frozen=True, kw_only=True, slots=True)
class Measured:
    """What a command took."""

    seconds: float
    processor_seconds: float

    peak_bytes: int
    """The most memory that each process had resident, added up: never less than at any moment."""


def measure(
    command: Sequence[str], *, cwd: Path | None = None, environment: Mapping[str, str] | None = None
) -> Measured:
    """
    Run *command*, whose output is thrown away, and return what it took.

    Raises:
        subprocess.CalledProcessError: it failed; what it said on stderr is shown.
    """
    before, begun = os.times(), time.perf_counter()
    process = subprocess.Popen(
        command,
        cwd=cwd,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    peaks: dict[int, int] = {}
    ended = threading.Event()
    watcher = threading.Thread(target=_watch, args=(process.pid, peaks, ended))
    watcher.start()
    _, output = process.communicate()
    seconds, after = time.perf_counter() - begun, os.times()
    ended.set()
    watcher.join()
    if process.returncode:
        sys.stderr.buffer.write(output)
        raise subprocess.CalledProcessError(process.returncode, command)
    return Measured(
        seconds=seconds,
        processor_seconds=after.children_user
        + after.children_system
        - before.children_user
        - before.children_system,
        peak_bytes=sum(peaks.values()),
    )


def _watch(root: int, peaks: dict[int, int], ended: threading.Event) -> None:
    while not ended.wait(_EVERY_SECONDS):
        for process in _tree(root):
            peaks[process] = max(peaks.get(process, 0), _peak_bytes(process))


def _tree(root: int) -> list[int]:
    processes = [root]
    for process in processes:
        try:
            for task in os.listdir(f"/proc/{process}/task"):
                children = Path(f"/proc/{process}/task/{task}/children").read_text()
                processes += map(int, children.split())
        except OSError:
            continue
    return processes


def _peak_bytes(process: int) -> int:
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return 0
    for line in status.splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0
