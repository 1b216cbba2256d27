"""
.lmiignore: what else stays out of the tarball, in the language of .gitignore
(https://git-scm.com/docs/gitignore).

One file, at the top of the folder. It only takes away: `!` brings back what a line above took, and
nothing that stays out anyway.
"""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from lmi.artifact.left_out import IGNORE
from lmi.errors import Problem
from lmi.regular_file import read_regular_file

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

MAX_BYTES = 1 << 20
"""Above this size a .lmiignore is not read: nobody writes one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Ignore:
    """The patterns of a .lmiignore."""

    spec: "GitIgnoreSpec"
    lines: tuple[tuple[int, str], ...]
    """Number and text of each pattern of `spec`."""

    def reason(self, name: str) -> str | None:
        """
        Return the line that leaves *name* out, or None if none does.

        Args:
            name: path in the folder, with `/`; that of a folder ends in one.
        """
        result = self.spec.check_file(name)
        if not result.include or result.index is None:
            return None
        number, line = self.lines[result.index]
        return f"{IGNORE}:{number}: {line}"


def read_ignore(directory: Path, problems: list[Problem]) -> Ignore | None:
    """Return the patterns of *directory*; None where there are none or they cannot be read."""
    path = directory / IGNORE
    if not os.path.lexists(path):
        return None
    try:
        text = read_regular_file(path, most_bytes=MAX_BYTES).decode("utf-8-sig")
    except OSError as error:
        problems.append(Problem(file=str(path), message=f"cannot be read: {error.strerror}"))
        return None
    except UnicodeDecodeError:
        problems.append(Problem(file=str(path), message="must be UTF-8"))
        return None
    # Here, because few folders have such a file.
    from pathspec import GitIgnoreSpec

    lines = [(number, line.removesuffix("\r")) for number, line in enumerate(text.split("\n"), 1)]
    patterns, found = [], []
    for number, line in lines:
        if not line or line.startswith("#"):
            continue
        try:
            GitIgnoreSpec.from_lines([line])
        except ValueError:
            message = f"{line!r} is not a pattern of gitignore"
            found.append(Problem(file=str(path), line=number, message=message))
        else:
            patterns.append((number, line))
    problems += found
    spec = GitIgnoreSpec.from_lines([line for _, line in patterns])
    return None if found else Ignore(spec=spec, lines=tuple(patterns))
