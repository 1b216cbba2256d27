"""
Reads requirements.txt as far as pip's answer can be told without pip.

https://pip.pypa.io/en/stable/reference/requirements-file-format/ for the file,
https://packaging.python.org/en/latest/specifications/dependency-specifiers/ for its lines, and
https://packaging.python.org/en/latest/specifications/version-specifiers/ for the versions.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One line that says something; lines that a backslash joins are one."""

    number: int
    """Counted from 1."""
    text: str
    """Without comments and blanks around it."""
    problem: str | None = None
    """Why pip refuses the whole file."""
    name: str | None = None
    """Of a package, in the form that all spellings share; None: an option, a path or a URL."""
    specifiers: tuple[tuple[str, str], ...] = ()
    """Operators and versions."""
    is_direct: bool = False
    """Whether it names a file or a commit, and not only a package."""
    includes: str | None = None
    """Another requirements file that it names, relative to this one."""
    constraints: str | None = None
    """A file of constraints that it names, relative to this one."""

    @property
    def is_pinned(self) -> bool:
        """Whether it stands for one version."""
        return self.is_direct or any(
            operator == "===" or (operator == "==" and not version.endswith("*"))
            for operator, version in self.specifiers
        )


_NAME = r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?"
_ONE = r"(?:===\s*[^\s,;()]+|(?:~=|==|!=|<=|>=|<|>)\s*[A-Za-z0-9_.*+!-]+)"
_LINE = (
    rf"({_NAME})\s*(?:\[\s*(?:{_NAME}(?:\s*,\s*{_NAME})*)?\s*\])?\s*"
    rf"(?:(@)\s*\S+|(\(\s*{_ONE}(?:\s*,\s*{_ONE})*\s*\)|{_ONE}(?:\s*,\s*{_ONE})*\s*,?)|)"
    r"\s*(?:;.+)?"
)
_VERSION = (
    r"v?(?:\d+!)?\d+(?:\.\d+)*(?:[-_.]?(?:alpha|beta|preview|pre|rc|a|b|c)[-_.]?\d*)?"
    r"(?:-\d+|[-_.]?(?:post|rev|r)[-_.]?\d*)?(?:[-_.]?dev[-_.]?\d*)?"
    r"(?:\+[a-z0-9]+(?:[-_.][a-z0-9]+)*)?"
)

_OPTIONS = frozenset(
    {
        "-i",
        "--index-url",
        "--pypi-url",
        "--extra-index-url",
        "--no-index",
        "-c",
        "--constraint",
        "-r",
        "--requirement",
        "-e",
        "--editable",
        "-f",
        "--find-links",
        "--no-binary",
        "--only-binary",
        "--prefer-binary",
        "--require-hashes",
        "--pre",
        "--trusted-host",
        "--use-feature",
    }
)
"""Those that may stand on a line of their own."""

_LONGEST_LINE = 10_000


def read_requirements(text: str) -> Iterator[Line]:
    """Yield what the lines of *text* say."""
    for number, logical in _joined(text):
        line = re.sub(r"(?:^|\s+)#.*$", "", logical).strip()
        if line:
            yield _read(number, line)


def normalized(name: str) -> str:
    """Return the form of a package's name that all its spellings share."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _joined(text: str) -> Iterator[tuple[int, str]]:
    begun, parts = 0, list[str]()
    for number, line in enumerate(text.splitlines(), 1):
        begun = begun or number
        is_comment = line.lstrip().startswith("#")
        if line.endswith("\\") and not is_comment:
            parts.append(line[:-1])
            continue
        yield begun, "".join([*parts, f" {line}" if is_comment and parts else line])
        begun, parts = 0, []
    if parts:
        yield begun, "".join(parts)


def _read(number: int, line: str) -> Line:
    if len(line) > _LONGEST_LINE:
        return Line(number=number, text=line[:80], problem=f"has {len(line):,} characters")
    if line.startswith("-"):
        return _option(number, line)
    # Options of one requirement, such as --hash, stand behind it.
    requirement = re.split(r"\s--", line, maxsplit=1)[0].strip()
    if _is_place(requirement):
        return Line(number=number, text=line, is_direct=True)
    match = _compiled(_LINE).fullmatch(requirement)
    if match is None:
        return Line(number=number, text=line, problem=_why(requirement))
    name, at, written = match.groups()
    specifiers = tuple(
        (operator, version)
        for operator, version in re.findall(
            r"(===|~=|==|!=|<=|>=|<|>)\s*([^\s,;()]+)", written or ""
        )
    )
    bad = [version for operator, version in specifiers if not _is_version(operator, version)]
    return Line(
        number=number,
        text=line,
        problem=f"{bad[0]!r} is no version" if bad else None,
        name=normalized(name),
        specifiers=specifiers,
        is_direct=at is not None,
    )


def _option(number: int, line: str) -> Line:
    option, _, value = line.replace("=", " ", 1).partition(" ")
    if option[:2] in {"-r", "-c", "-e", "-i", "-f"} and len(option) > 2:
        option, value = option[:2], option[2:] + value
    if option not in _OPTIONS:
        problem = f"{option!r} is no option that a requirements file can have"
        return Line(number=number, text=line, problem=problem)
    value = value.strip()
    return Line(
        number=number,
        text=line,
        includes=value if option in {"-r", "--requirement"} else None,
        constraints=value if option in {"-c", "--constraint"} else None,
    )


def _is_place(requirement: str) -> bool:
    """Return whether it is an address or a path, which pip takes before it thinks of names."""
    first = requirement.partition(" ")[0]
    return (
        bool(re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", first))
        or first.startswith((".", "/", "~", "$"))
        or first.endswith((".whl", ".tar.gz", ".zip"))
        or ("/" in first and "@" not in first)
    )


def _why(requirement: str) -> str:
    words = requirement.split()
    if words[0].lower() in {"pip", "pip3", "conda", "python", "apt-get"} and len(words) > 1:
        return "is a command, and the file lists packages only"
    if re.fullmatch(rf"{_NAME}\s*=\s*[\w.]+", requirement):
        return "has '=' for '=='"
    return "is neither a package with versions nor an option, a path or an address"


def _is_version(operator: str, version: str) -> bool:
    if operator == "===":
        return True
    if version.endswith(".*"):
        return operator in {"==", "!="} and _is_version(operator, version[:-2])
    return _compiled(_VERSION).fullmatch(version.lower()) is not None


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)
