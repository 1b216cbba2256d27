"""
The lines of the model servers' logs, handed on as they come.

SageMaker puts them into the log group /aws/sagemaker/Endpoints/NAME, one stream for each instance,
VARIANT/INSTANCE-ID (https://docs.aws.amazon.com/sagemaker/latest/dg/logging-cloudwatch.html).
"""

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

_log = logging.getLogger(__name__)
_POLL_SECONDS = 0.25
_PART_BYTES = 1 << 20


@dataclass(frozen=True, kw_only=True, slots=True)
class LogStream:
    """Where the lines of one model server belong."""

    region: str
    endpoint_name: str
    stream_name: str
    """`VARIANT/INSTANCE-ID`."""

    @property
    def group_name(self) -> str:
        """The log group of the endpoint."""
        return f"/aws/sagemaker/Endpoints/{self.endpoint_name}"


Publish = Callable[[LogStream, Sequence[str]], None]
"""Takes the stream and its new lines, without line ends."""


@dataclass(kw_only=True, slots=True)
class _Followed:
    stream: LogStream
    position: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)


class LogFollower:
    """
    Hands the lines of log files to *publish*, from one thread for all of them.

    Args:
        publish: gets the lines. What it raises is logged, and the lines are lost to it.
    """

    def __init__(self, publish: Publish) -> None:
        self._publish = publish
        self._files: dict[Path, _Followed] = {}
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None

    def follow(self, path: Path, stream: LogStream) -> None:
        """Hand on the lines of *path*, which may not exist yet."""
        with self._lock:
            self._files[path] = _Followed(stream=stream)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="logs", daemon=True)
                self._thread.start()

    def finish(self, path: Path) -> None:
        """Hand on what is left of *path*, also a line without an end, and leave it."""
        with self._lock:
            followed = self._files.pop(path, None)
        if followed is not None:
            self._read(path, followed, to_the_end=True)

    def close(self) -> None:
        """Finish every file and end the thread."""
        self._closed.set()
        if self._thread is not None:
            self._thread.join()
        for path in list(self._files):
            self.finish(path)

    def _run(self) -> None:
        while not self._closed.wait(_POLL_SECONDS):
            with self._lock:
                files = list(self._files.items())
            for path, followed in files:
                self._read(path, followed, to_the_end=False)

    def _read(self, path: Path, followed: _Followed, *, to_the_end: bool) -> None:
        with followed.lock:
            try:
                while part := _part(path, followed.position, to_the_end=to_the_end):
                    followed.position += len(part)
                    lines = part.decode(errors="replace").splitlines()
                    self._publish(followed.stream, [line for line in lines if line.strip()])
            except Exception:
                _log.exception("lines of %s are lost to CloudWatch", path)


def _part(path: Path, position: int, *, to_the_end: bool) -> bytes:
    """Return whole lines from *position* on; a line as long as a part counts as whole."""
    try:
        with path.open("rb") as file:
            file.seek(position)
            part = file.read(_PART_BYTES)
    except FileNotFoundError:
        return b""
    if to_the_end or len(part) == _PART_BYTES:
        return part
    return part[: part.rfind(b"\n") + 1]
