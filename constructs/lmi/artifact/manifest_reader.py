"""Reads artifact.yaml: every problem at once, each with its line and the nearest known key."""

from pathlib import Path

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from lmi.artifact.manifest import FetchedFile, Manifest, ModelFacts
from lmi.catalog.nearest import nearest
from lmi.environment.document import Document, KeyPath, Problem, parse
from lmi.errors import ArtifactError


def read_manifest(path: Path) -> tuple[Manifest, Document]:
    """
    Return the manifest in *path*, and the document with the line of each of its keys.

    Raises:
        ArtifactError: one line for each problem.
    """
    document = _document(path)
    problems = [*document.problems]
    problems += [
        Problem(line=document.line_of(key), path=key, message="has no value; remove the key")
        for key, scalar in document.scalars.items()
        if scalar.is_null and key
    ]
    if not isinstance(document.data, dict):
        problems.append(
            Problem(line=1, path=(), message="must be a mapping with at least the key 'image'")
        )
        raise _error(path, problems)
    try:
        manifest = Manifest.model_validate(document.data)
    except ValidationError as error:
        explained = {problem.path for problem in problems}
        found = (_problem(detail, document) for detail in error.errors())
        problems += [problem for problem in found if problem.path not in explained]
        raise _error(path, problems) from error
    if problems:
        raise _error(path, problems)
    return manifest, document


def _document(path: Path) -> Document:
    try:
        text = path.read_bytes().decode("utf-8-sig")
        return parse(text, keeps_text=_is_digest)
    except OSError as error:
        raise ArtifactError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ArtifactError(f"{path}: must be UTF-8 text, byte {error.start + 1} is not") from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"{path}:{mark.line + 1}" if mark else f"{path}"
        what = " ".join(part for part in (error.context, error.problem) if part)
        raise ArtifactError(f"{where}: is not YAML: {what}") from error
    except yaml.reader.ReaderError as error:
        raise ArtifactError(f"{path}: is not YAML: {error.reason}") from error


def _is_digest(key: KeyPath) -> bool:
    """Return whether the value of *key* is text that YAML may take for a number."""
    return key[-1:] == ("sha256",)


def _error(path: Path, problems: list[Problem]) -> ArtifactError:
    ordered = sorted(problems, key=lambda problem: (problem.line, problem.path))
    return ArtifactError("\n".join(_line(path, problem) for problem in ordered))


def _line(path: Path, problem: Problem) -> str:
    key = f"{'.'.join(problem.path)}: " if problem.path else ""
    return f"{path}:{problem.line}: {key}{problem.message}"


def _problem(detail: ErrorDetails, document: Document) -> Problem:
    path = tuple(str(part) for part in detail["loc"])
    place = path[:-1] if detail["type"] == "missing" else path
    return Problem(line=document.line_of(place), path=path, message=_message(detail, path))


def _message(detail: ErrorDetails, path: KeyPath) -> str:
    context, got = detail.get("ctx", {}), f"got {detail['input']!r}"
    match detail["type"]:
        case "extra_forbidden":
            known = _section(path[:-1]).model_fields
            meant = nearest(path[-1], known, 1)
            hint = f"did you mean {meant[0]!r}?" if meant else f"known keys: {', '.join(known)}"
            return f"unknown key; {hint}"
        case "missing":
            says = " ".join((_section(path[:-1]).model_fields[path[-1]].description or "").split())
            return f"is required: {says[:1].lower()}{says[1:].rstrip('.')}"
        case "value_error":
            return str(context["error"])
        case "literal_error":
            return f"must be {context['expected']}, {got}"
        case "string_type":
            return f"must be text, {got}; put it in quotes"
        case "string_too_short":
            return "must not be empty"
        case "string_pattern_mismatch":
            return f"must match {context['pattern']}, {got}"
        case "int_type" | "int_from_float":
            return f"must be a whole number, {got}"
        case "greater_than":
            return f"must be above {context['gt']}, {got}"
        case "tuple_type":
            return f"must be a list, {got}"
        case "model_type" | "dict_type":
            return f"must be a mapping of keys to values, {got}"
        case _:
            return f"{detail['msg'][:1].lower()}{detail['msg'][1:]}, {got}"


def _section(path: KeyPath) -> type[BaseModel]:
    match path:
        case ("model",):
            return ModelFacts
        case ("files", _):
            return FetchedFile
        case _:
            return Manifest
