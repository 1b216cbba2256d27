"""Find in a model server's log why a model did not load, in the words of its handler."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_STREAM = re.compile(r" PyProcess - (?:(?P<stream>W-\S+-std(?:out|err)): )?(?P<text>.*)")
_FRAME = re.compile(r'\s+File "(?P<file>.+?)", line (?P<line>\d+)(?:, in (?P<function>.+))?')
_EXCEPTION = re.compile(r"[A-Za-z_][\w.]*(?:: .*)?$")
_JAVA = re.compile(r"(?:Caused by: )?(?:[a-z]\w*\.)+[A-Z]\w*(?:Exception|Error)(?:: (?P<text>.+))?")
_PIP = re.compile(r"ERROR: (?:Could not find a version|No matching distribution|Invalid req).*")


@dataclass(frozen=True, kw_only=True, slots=True)
class _Traceback:
    exception: str
    frames: tuple[re.Match[str], ...]

    def location(self, model_store: Path) -> str | None:
        """Where the model's own code was, or None if it was not at all."""
        for frame in reversed(self.frames):
            file = Path(frame["file"])
            if file.is_relative_to(model_store):
                function = f", in {frame['function']}" if frame["function"] else ""
                return f"{file.relative_to(model_store)}, line {frame['line']}{function}"
        return None


def find_failure(log: str, model_store: Path) -> str | None:
    """
    Return the failure as one line: the exception, and where in the model it was raised.

    A traceback through the model's own code is preferred to one inside DJL's Python package, that
    to the error of the Java side, and the last of each kind to earlier ones.

    Args:
        log: what the server wrote.
        model_store: the folder of the model.
    """
    tracebacks = list(_tracebacks(log))
    for traceback in reversed(tracebacks):
        location = traceback.location(model_store)
        if location is not None:
            return f"{traceback.exception} ({location}){_pip_failure(log)}"
    # DJL's Python says so on every connection that Java closes.
    raised = [t for t in tracebacks if t.exception != "ValueError: Connection disconnected"]
    if raised:
        return raised[-1].exception + _pip_failure(log)
    return _java_failure(log)


def _tracebacks(log: str) -> Iterator[_Traceback]:
    for lines in _streams(log).values():
        frames: list[re.Match[str]] | None = None
        for line in lines:
            frame = _FRAME.match(line)
            if line.endswith("Traceback (most recent call last):"):
                frames = []
            elif frames is not None and frame is not None:
                frames.append(frame)
            elif frames is not None and _EXCEPTION.match(line):
                yield _Traceback(exception=line[:500], frames=tuple(frames))
                frames = None


def _streams(log: str) -> dict[str | None, list[str]]:
    # A worker's stdout and stderr are read by two threads, so their lines may be shuffled.
    streams: dict[str | None, list[str]] = {}
    for line in log.splitlines():
        match = _STREAM.search(line)
        if match:
            streams.setdefault(match["stream"], []).append(match["text"])
    return streams


def _java_failure(log: str) -> str | None:
    causes = [match for line in log.splitlines() if (match := _JAVA.match(line))]
    return (causes[-1]["text"] or causes[-1][0]).strip() if causes else None


def _pip_failure(log: str) -> str:
    failures = _PIP.findall(log) if "pip install failed" in log else []
    return f"; pip install -r requirements.txt failed before: {failures[-1]}" if failures else ""
