"""The lines that findings point at."""

from dataclasses import dataclass, field
from pathlib import Path

from lmi.rules.finding import Location
from lmi.rules.secret_text import masked

_MAX_BYTES = 4 << 20
"""Of larger files no lines are shown."""


@dataclass(slots=True)
class SourceLines:
    """Reads each file that a finding points into, once, as Java and editors count lines."""

    _read: dict[str, list[str]] = field(default_factory=dict)

    def line(self, location: Location) -> str | None:
        """Return the line of *location* without its secrets, None where there is none to show."""
        if location.file is None or location.line is None:
            return None
        lines = self._read.get(location.file)
        if lines is None:
            lines = self._read[location.file] = _lines(Path(location.file))
        return masked(lines[location.line - 1]) if location.line <= len(lines) else None


def _lines(path: Path) -> list[str]:
    try:
        if not path.is_file() or path.stat().st_size > _MAX_BYTES:
            return []
        data = path.read_bytes()
    except OSError:
        return []
    # serving.properties is read as Latin-1 by Java; everything else here is UTF-8.
    text = data.decode("latin-1" if path.suffix == ".properties" else "utf-8", "replace")
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
