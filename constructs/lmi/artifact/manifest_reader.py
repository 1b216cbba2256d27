"""Reads artifact.yaml: every problem at once, each with its line and the nearest known key."""

from pathlib import Path

from lmi.artifact.manifest import Manifest
from lmi.errors import ArtifactError
from lmi.yaml_file import (
    Document,
    KeyPath,
    Problem,
    placed,
    read_document,
    read_section,
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
    manifest = read_section(Manifest, document, problems=problems)
    if manifest is None or problems:
        raise ArtifactError(*placed(path, problems))
    return manifest, document


def _is_digest(key: KeyPath) -> bool:
    """Return whether the value of *key* is text that YAML may take for a number."""
    return key[-1:] == ("sha256",)
