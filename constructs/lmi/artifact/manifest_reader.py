"""Reads artifact.yaml: every problem at once, each with its line and the nearest known key."""

from pathlib import Path

from pydantic import BaseModel, ValidationError

from lmi.artifact.manifest import FetchedFile, Manifest, ModelFacts
from lmi.errors import ArtifactError
from lmi.yaml_file import (
    AcknowledgeSection,
    Document,
    KeyPath,
    Problem,
    placed,
    problem_of,
    read_document,
    valueless,
)


def read_manifest(path: Path) -> tuple[Manifest, Document]:
    """
    Return the manifest in *path*, and the document with the line of each of its keys.

    Raises:
        ArtifactError: one line for each problem.
    """
    document = read_document(path, keeps_text=_is_digest, error_type=ArtifactError)
    problems = [*document.problems, *valueless(document)]
    if not isinstance(document.data, dict):
        problems.append(
            Problem(line=1, path=(), message="must be a mapping with at least the key 'image'")
        )
        raise ArtifactError(*placed(path, problems))
    try:
        manifest = Manifest.model_validate(document.data)
    except ValidationError as error:
        explained = {problem.path for problem in problems}
        found = (problem_of(detail, document, _section) for detail in error.errors())
        problems += [problem for problem in found if problem.path not in explained]
    if problems:
        raise ArtifactError(*placed(path, problems))
    return manifest, document


def _is_digest(key: KeyPath) -> bool:
    """Return whether the value of *key* is text that YAML may take for a number."""
    return key[-1:] == ("sha256",)


def _section(path: KeyPath) -> type[BaseModel]:
    match path:
        case ("model",):
            return ModelFacts
        case ("files", _):
            return FetchedFile
        case ("acknowledge", _):
            return AcknowledgeSection
        case _:
            return Manifest
