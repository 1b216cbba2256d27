"""The mistakes in a file as lines for people, and keys without a value."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from lmi import errors
from lmi.yaml_file.document import Document, KeyPath, Problem


def placed(path: Path, problems: Iterable[Problem]) -> list[errors.Problem]:
    """Return the *problems* of the file *path* for an error, in the file's order."""
    ordered = sorted(problems, key=lambda problem: (problem.line, problem.path))
    return [
        errors.Problem(
            file=str(path),
            line=problem.line,
            key=_dotted(problem.path) or None,
            message=problem.message,
        )
        for problem in ordered
    ]


def valueless(
    document: Document, *, may_be_null: Callable[[KeyPath], bool] = lambda path: False
) -> Iterator[Problem]:
    """Yield the keys of *document* that have no value, but for those that *may_be_null*."""
    for path, scalar in document.scalars.items():
        if path and scalar.is_null and not may_be_null(path):
            message = "has no value; give it one or remove the key"
            yield Problem(line=document.line_of(path), path=path, message=message)


def _dotted(path: KeyPath) -> str:
    """The key path; a key that has dots of its own stands in brackets."""
    dotted = "".join(f"[{key!r}]" if "." in key else f".{key}" for key in path)
    return dotted.removeprefix(".")
