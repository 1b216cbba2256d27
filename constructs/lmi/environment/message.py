"""Pydantic's findings in the words of this project."""

from collections.abc import Iterable
from typing import get_args

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from lmi.catalog.nearest import nearest
from lmi.environment.document import Document, KeyPath, Problem
from lmi.environment.model import BootstrapSection, EndpointSection, EnvironmentFile, StackSection


def problem_of(detail: ErrorDetails, document: Document) -> Problem:
    """Return *detail*, one of ValidationError.errors(), with its place in *document*."""
    path = tuple(str(part) for part in detail["loc"] if part != "[key]")
    message = _message(detail, path)
    if detail["type"] == "missing":
        # The key is not there, so the section that lacks it is the place.
        return Problem(line=document.line_of(path[:-1]), path=path, message=message)
    return Problem(line=document.line_of(path), path=path, message=message)


def _message(detail: ErrorDetails, path: KeyPath) -> str:
    value, context = detail["input"], detail.get("ctx", {})
    got = f"got {_shown(value)}"
    match detail["type"]:
        case "extra_forbidden":
            return f"unknown key; {_known_keys(path)}"
        case "missing":
            return f"is required{_example(path)}"
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
        case "int_type" | "int_from_float":
            return f"must be a whole number, {got}"
        case "bool_type":
            return f"must be true or false, {got}"
        case "greater_than_equal":
            return f"must be at least {context['ge']}, {got}"
        case "less_than_equal":
            return f"must be at most {context['le']}, {got}"
        case "too_long":
            return f"must have at most {context['max_length']} entries, has {len(value)}"
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
        case list():
            return "a list"
        case bool():
            return str(value).lower()
        case _:
            return repr(value)


def _known_keys(path: KeyPath) -> str:
    known = _section(path[:-1]).model_fields
    if path[-1].startswith("option."):
        return "keys of serving.properties stand below 'options'"
    meant = nearest(path[-1], known, 1)
    if meant:
        return f"did you mean {meant[0]!r}?"
    return f"known keys: {', '.join(known)}"


def _section(path: KeyPath) -> type[BaseModel]:
    match path:
        case ("bootstrap",):
            return BootstrapSection
        case ("stack",):
            return StackSection
        case ("endpoints", _):
            return EndpointSection
        case _:
            return EnvironmentFile


def _example(path: KeyPath) -> str:
    field = _section(path[:-1]).model_fields[path[-1]]
    choices: Iterable[str] = get_args(field.annotation)
    if choices:
        return f": write {' or '.join(f'{path[-1]}: {choice}' for choice in choices)}"
    return (
        f": {field.description[:1].lower()}{field.description[1:].rstrip('.')}"
        if field.description
        else ""
    )
