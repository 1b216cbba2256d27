"""java.util.Properties in a process of its own, asked through a pipe."""

import shutil
import struct
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from lmi.properties.file import Encoding


class Java:
    """Java's own reader of properties files."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._stdin: IO[bytes] = process.stdin
        self._stdout: IO[bytes] = process.stdout

    def load(self, data: bytes, encoding: Encoding) -> dict[str, str] | None:
        """Return what Java loads from *data*, or None where it refuses."""
        return self.load_all([(data, encoding)])[0]

    def load_all(self, files: Sequence[tuple[bytes, Encoding]]) -> list[dict[str, str] | None]:
        """Return what Java loads from each of *files*, in their order, or None where it refuses."""
        self._stdin.write(struct.pack(">i", len(files)))
        for data, encoding in files:
            self._stdin.write(struct.pack(">bi", encoding == "utf-8", len(data)) + data)
        self._stdin.flush()
        return [self._answer() for _ in files]

    def _answer(self) -> dict[str, str] | None:
        count = self._int()
        return {self._text(): self._text() for _ in range(count)} if count >= 0 else None

    def _int(self) -> int:
        return int(struct.unpack(">i", self._stdout.read(4))[0])

    def _text(self) -> str:
        return self._stdout.read(2 * self._int()).decode("utf-16-be", "surrogatepass")


@contextmanager
def running_java() -> Iterator[Java]:
    """Yield the reader; its process ends with the block."""
    executable = shutil.which("java")
    assert executable, "these tests compare with Java's own class: install Java 17 or newer"
    source = Path(__file__).parent / "java" / "Props.java"
    with subprocess.Popen(
        [executable, "-XX:TieredStopAtLevel=1", str(source)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        yield Java(process)
        assert process.stdin is not None
        process.stdin.close()
