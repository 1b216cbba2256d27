"""The mistakes in a file as lines for people: pydantic's findings in the words of this project."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import get_args

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from lmi import errors
from lmi.catalog.nearest import nearest
from lmi.yaml_file.document import Document, KeyPath, Problem
from lmi.yaml_file.section import field_docstrings
from lmi.yaml_file.shown import shown


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


def problem_of(
    detail: ErrorDetails, document: Document, section: Callable[[KeyPath], type[BaseModel]]
) -> Problem:
    """
    Return what pydantic found as a problem with its place in *document*.

    Args:
        detail: one of ValidationError.errors().
        document: what was validated.
        section: returns the model of the mapping at a path.
    """
    path = tuple(str(part) for part in detail["loc"] if part != "[key]")
    # A missing key is not there, so the section that lacks it is the place.
    place = path[:-1] if detail["type"] == "missing" else path
    message = _message(detail, path, section)
    return Problem(line=document.line_of(place), path=path, message=message)


def _message(
    detail: ErrorDetails, path: KeyPath, section: Callable[[KeyPath], type[BaseModel]]
) -> str:
    value, context = detail["input"], detail.get("ctx", {})
    got = f"got {_shown(value)}"
    match detail["type"]:
        case "extra_forbidden":
            return f"unknown key; {_known_keys(path[-1], section(path[:-1]))}"
        case "missing":
            return f"is required{_example(path[-1], section(path[:-1]))}"
        case "value_error":
            return str(context["error"])
        case "literal_error":
            return f"must be {context['expected']}, {got}"
        case "string_type":
            bare = isinstance(value, bool | int | float)
            return f"must be text, {got}{'; put it in quotes' if bare else ''}"
        case "string_too_short":
            return "must not be empty"
        case "string_too_long":
            return f"must have at most {context['max_length']} characters, has {len(value)}"
        case "string_pattern_mismatch":
            return f"must match {context['pattern']}, {got}"
        case "int_type" | "int_from_float":
            return f"must be a whole number, {got}"
        case "bool_type":
            return f"must be true or false, {got}"
        case "greater_than":
            return f"must be above {context['gt']}, {got}"
        case "greater_than_equal":
            return f"must be at least {context['ge']}, {got}"
        case "less_than_equal":
            return f"must be at most {context['le']}, {got}"
        case "too_long":
            return f"must have at most {context['max_length']} entries, has {len(value)}"
        case "tuple_type":
            return f"must be a list, {got}"
        case "dict_type" | "model_type":
            return f"must be a mapping of keys to values, {got}"
        case _:
            return f"{detail['msg'][:1].lower()}{detail['msg'][1:]}, {got}"


def _shown(value: object) -> str:
    match value:
        case None:
            return "nothing"
        case dict():
            return "a mapping"
        case list() | tuple():
            return "a list"
        case bool():
            return str(value).lower()
        case str():
            return shown(value)
        case _:
            return repr(value)


def _known_keys(key: str, section: type[BaseModel]) -> str:
    known = section.model_fields
    meant = nearest(key, known, 1)
    return f"did you mean {meant[0]!r}?" if meant else f"known keys: {', '.join(known)}"


def _example(key: str, section: type[BaseModel]) -> str:
    field = section.model_fields[key]
    choices: Iterable[str] = get_args(field.annotation)
    if choices:
        return f": write {' or '.join(f'{key}: {choice}' for choice in choices)}"
    description = " ".join(field_docstrings(section).get(key, "").split()).rstrip(".")
    return f": {description[:1].lower()}{description[1:]}" if description else ""


def _dotted(path: KeyPath) -> str:
    """The key path; a key that has dots of its own stands in brackets."""
    dotted = "".join(f"[{key!r}]" if "." in key else f".{key}" for key in path)
    return dotted.removeprefix(".")
