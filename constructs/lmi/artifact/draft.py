"""
What lies in an artifact folder, read as far as it can be: everything that is wrong is kept, not
raised.
"""

import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Literal

from lmi import catalog
from lmi.artifact.folder import IGNORE, MANIFEST, PROPERTIES, Contents, is_left_out, read_folder
from lmi.artifact.manifest import Manifest
from lmi.artifact.manifest_reader import read_manifest
from lmi.artifact.source import (
    DownloadedSource,
    HubModel,
    ModelSource,
    S3Weights,
    StoredTarball,
)
from lmi.catalog.nearest import nearest
from lmi.errors import ArtifactError, CatalogError, Problem
from lmi.properties import PropertiesFile
from lmi.regular_file import read_regular_file
from lmi.yaml_file import Document

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")

MAX_PROPERTIES_BYTES = 1 << 20
"""Above this size a serving.properties is not read: no such file is one."""

MAX_CONFIG_BYTES = 16 << 20
"""The same for a config.json."""

Part = Literal["manifest", "folder", "properties"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Draft:
    """An artifact folder that may not be fit for a tarball. What could not be read is None."""

    name: str
    directory: Path
    contents: Contents
    manifest: Manifest | None
    document: Document | None = field(repr=False, hash=False, compare=False)
    """artifact.yaml with the places of its keys."""
    image: catalog.Image | None
    written: PropertiesFile | None
    """serving.properties as it is; empty where there is no such file."""
    overrides: Mapping[str, str | None] = field(hash=False)
    """What is set over it, those of a downloaded source included."""
    properties: PropertiesFile | None
    """The same with the overrides."""
    source: ModelSource | None
    """Where SageMaker fetches the model data. None: a tarball of this folder."""
    problems: Mapping[Part, tuple[Problem, ...]] = field(hash=False)
    """Why the folder cannot become a tarball; nothing where it can."""


def read_draft(
    directory: Path,
    overrides: Mapping[str, str | None] | None = None,
    source: ModelSource | DownloadedSource | None = None,
) -> Draft:
    """
    Return what the folder *directory* holds.

    Args:
        directory: the folder, e.g. model_artifacts/gpt-j-6b-deepspeed. Its name is the artifact's.
        overrides: keys of serving.properties to set, or with None to remove. Default: none.
        source: where the model comes from. Default: as artifact.yaml says.

    Raises:
        ArtifactError: there is no such folder, or none could have its name.
    """
    _check_folder(directory)
    contents = read_folder(directory)
    manifest_problems: list[Problem] = []
    manifest, document, image = _manifest(directory, manifest_problems)
    properties_problems: list[Problem] = []
    written = _written(contents, directory, properties_problems)
    if source is None and manifest is not None and manifest.source is not None:
        source = manifest.source.source
    options = dict(overrides or {})
    if isinstance(source, HubModel | S3Weights):
        # The container downloads it, as its options say; SageMaker fetches the folder's tarball.
        named = source.options(None if image is None else image.version_numbers)
        given = written.as_mapping() if written else {}
        manifest_problems += _named_twice(directory, named, {**given, **options})
        options, source = {**named, **options}, None
    properties = written
    for key, value in options.items():
        properties = properties and properties.with_override(key, value)
    folder_problems = [*contents.problems]
    if isinstance(source, StoredTarball):
        folder_problems += _unused_problems(directory, contents, source)
    if manifest is not None:
        folder_problems += _fetched_problems(directory, manifest, contents)
        manifest_problems += _config_problems(directory, manifest)
    return Draft(
        name=_name(directory),
        directory=directory,
        contents=contents,
        manifest=manifest,
        document=document,
        image=image,
        written=written,
        overrides=options,
        properties=properties,
        source=source,
        problems={
            "folder": tuple(folder_problems),
            "manifest": tuple(manifest_problems),
            "properties": tuple(properties_problems),
        },
    )


def _named_twice(
    directory: Path, named: Mapping[str, str], given: Mapping[str, str | None]
) -> Iterator[Problem]:
    for key in named:
        if given.get(key) is not None:
            yield Problem(
                file=str(directory / MANIFEST),
                key="source",
                message=f"sets {key}, which serving.properties or an option sets as well, to "
                f"{given[key]!r}; remove one of the two",
            )


def _check_folder(directory: Path) -> None:
    if not directory.is_dir():
        what = "is not a folder" if directory.exists() else "there is no such folder"
        known = _artifact_names(directory.parent)
        near = nearest(directory.name, known, 1)
        hint = f"; did you mean {str(directory.parent / near[0])!r}?" if near else ""
        if not near and known:
            hint = f"; {directory.parent} holds {', '.join(known)}"
        raise ArtifactError(f"{directory}: {what}{hint}")
    name = _name(directory)
    if not _NAME.fullmatch(name):
        raise ArtifactError(
            f"{directory}: the folder's name must begin with a letter or digit and hold only "
            f"letters, digits, '.', '_' and '-', got {name!r}; rename the folder"
        )


def _name(directory: Path) -> str:
    # Of the folder as it was named, also where that is `.` or a link to another.
    return Path(os.path.abspath(directory)).name


def _artifact_names(directory: Path) -> list[str]:
    if not directory.is_dir():
        return []
    return sorted(path.parent.name for path in directory.glob(f"*/{MANIFEST}"))


def _manifest(
    directory: Path, problems: list[Problem]
) -> tuple[Manifest | None, Document | None, catalog.Image | None]:
    path = directory / MANIFEST
    if not path.is_file():
        message = (
            "this file is missing; write at least 'image: TAG', the tag of the LMI image that "
            "serves the model"
        )
        problems.append(Problem(file=str(path), message=message))
        return None, None, None
    try:
        manifest, document = read_manifest(path)
    except ArtifactError as error:
        problems += error.problems
        return None, None, None
    try:
        return manifest, document, catalog.image(manifest.image)
    except CatalogError as error:
        line = document.line_of(("image",))
        problems.append(Problem(file=str(path), line=line, key="image", message=str(error)))
        return manifest, document, None


def _written(contents: Contents, directory: Path, problems: list[Problem]) -> PropertiesFile | None:
    path = directory / PROPERTIES
    try:
        there = any(file.name == PROPERTIES for file in contents.files)
        data = read_regular_file(path, most_bytes=MAX_PROPERTIES_BYTES) if there else b""
        properties = PropertiesFile.parse(data, name=str(path))
        # Both DJL Serving's readers must take the file: 0.20.0 reads it once as bytes and once as
        # UTF-8.
        PropertiesFile.parse(data, "utf-8", name=str(path))
    except OSError as error:
        problems.append(Problem(file=str(path), message=f"cannot be read: {error.strerror}"))
        return None
    except ArtifactError as error:
        problems += error.problems
        return None
    return properties


def _unused_problems(
    directory: Path, contents: Contents, source: StoredTarball
) -> Iterator[Problem]:
    for file in contents.files:
        message = (
            f"would reach no endpoint: the model is {source.url}; remove the file, or name it in "
            f"{IGNORE}"
        )
        yield Problem(file=str(directory / file.name), message=message)


def _fetched_problems(directory: Path, manifest: Manifest, contents: Contents) -> Iterator[Problem]:
    sizes = {file.name: file.status.st_size for file in contents.files}
    left_out = {each.name.rstrip("/") for each in contents.left_out}
    for file in manifest.files:
        place, fix = str(directory / file.path), f"run `lmi fetch {directory}`"
        parents = (str(parent) for parent in PurePosixPath(file.path).parents)
        if any(is_left_out(part, "") for part in file.path.split("/")) or not left_out.isdisjoint(
            (file.path, *parents)
        ):
            message = f"{file.path!r} would not go into the tarball; choose another path"
            yield Problem(file=str(directory / MANIFEST), key="files", message=message)
        elif file.path not in sizes:
            message = f"this file is fetched, not committed, and is not there; {fix}"
            yield Problem(file=place, message=message)
        elif sizes[file.path] != file.bytes:
            message = f"must have {file.bytes:,} bytes, got {sizes[file.path]:,}; {fix}"
            yield Problem(file=place, message=message)


def _config_problems(directory: Path, manifest: Manifest) -> Iterator[Problem]:
    if manifest.config is None:
        return
    path = directory / manifest.config
    try:
        config = json.loads(read_regular_file(path, most_bytes=MAX_CONFIG_BYTES))
    except OSError as error:
        what = f"named by 'config' in {MANIFEST}, cannot be read: {error.strerror}"
        yield Problem(file=str(path), message=what)
        return
    except (ValueError, RecursionError) as error:
        what = f"named by 'config' in {MANIFEST}, is not JSON: {error}"
        yield Problem(file=str(path), message=what)
        return
    if not isinstance(config, dict):
        what = "must be a JSON object, as a Hugging Face config.json is"
        yield Problem(file=str(path), message=what)
