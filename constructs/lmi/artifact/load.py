"""Loads an artifact folder: everything that is wrong with it is told at once."""

import json
import os
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from lmi import catalog
from lmi.artifact.artifact import Artifact
from lmi.artifact.folder import MANIFEST, PROPERTIES, Contents, FoundFile, is_left_out, read_folder
from lmi.artifact.manifest import Manifest
from lmi.artifact.manifest_reader import read_manifest
from lmi.artifact.member import Member
from lmi.artifact.model_files import why_no_model
from lmi.artifact.network import network_reasons
from lmi.catalog.nearest import nearest
from lmi.errors import ArtifactError, CatalogError
from lmi.properties import PropertiesFile

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def load_artifact(directory: Path, options: Mapping[str, str | None] | None = None) -> Artifact:
    """
    Return the artifact in *directory*.

    Args:
        directory: the folder, e.g. model_artifacts/gpt-j-6b-deepspeed. Its name is the artifact's.
        options: keys of serving.properties to set, or with None to remove. Default: the file as it
            is.

    Raises:
        ArtifactError: there is no such folder, or it cannot become a tarball that DJL Serving finds
            a model in. Every problem at once, one a line.
    """
    _check_folder(directory)
    problems: list[str] = []
    contents = read_folder(directory)
    problems += contents.problems
    manifest, image = _manifest(directory, problems)
    properties = _properties(contents, directory, options or {}, problems)
    if manifest is not None:
        problems += _fetched_problems(directory, manifest, contents)
        problems += _config_problems(directory, manifest)
    names = [file.name for file in contents.files]
    name = _name(directory)
    if image is not None and properties is not None:
        missing = why_no_model(properties, names, name, image.djl_version)
        problems += [f"{directory}: {missing}"] if missing else []
    if problems or manifest is None or image is None or properties is None:
        raise ArtifactError("\n".join(problems))
    return Artifact(
        name=name,
        directory=directory,
        manifest=manifest,
        image=image,
        properties=properties,
        members=_members(
            contents, properties, directory, f"{name}/" if manifest.layout == "rooted" else ""
        ),
        network_reasons=network_reasons(
            replace(properties, name=PROPERTIES), names, image.djl_version
        ),
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


def _manifest(directory: Path, problems: list[str]) -> tuple[Manifest | None, catalog.Image | None]:
    path = directory / MANIFEST
    if not path.is_file():
        problems.append(
            f"{path}: this file is missing; write at least 'image: TAG', the tag of the LMI image "
            "that serves the model"
        )
        return None, None
    try:
        manifest, document = read_manifest(path)
    except ArtifactError as error:
        problems.append(str(error))
        return None, None
    try:
        return manifest, catalog.image(manifest.image)
    except CatalogError as error:
        problems.append(f"{path}:{document.line_of(('image',))}: image: {error}")
        return manifest, None


def _properties(
    contents: Contents, directory: Path, options: Mapping[str, str | None], problems: list[str]
) -> PropertiesFile | None:
    path = directory / PROPERTIES
    try:
        data = path.read_bytes() if any(file.name == PROPERTIES for file in contents.files) else b""
        properties = PropertiesFile.parse(data, name=str(path))
        # Both DJL Serving's readers must take the file: 0.20.0 reads it once as bytes and once as
        # UTF-8.
        PropertiesFile.parse(data, "utf-8", name=str(path))
    except OSError as error:
        problems.append(f"{path}: cannot be read: {error.strerror}")
        return None
    except ArtifactError as error:
        problems.append(str(error))
        return None
    for key, value in options.items():
        properties = properties.with_override(key, value)
    return properties


def _fetched_problems(directory: Path, manifest: Manifest, contents: Contents) -> list[str]:
    sizes = {file.name: file.status.st_size for file in contents.files}
    problems = []
    for file in manifest.files:
        place, fix = directory / file.path, f"run `lmi fetch {directory}`"
        if any(is_left_out(part, "") for part in file.path.split("/")):
            problems.append(
                f"{directory / MANIFEST}: files: {file.path!r} would not go into the tarball; "
                "choose another path"
            )
        elif file.path not in sizes:
            problems.append(
                f"{place}: this file is fetched, not committed, and is not there; {fix}"
            )
        elif sizes[file.path] != file.bytes:
            problems.append(
                f"{place}: must have {file.bytes:,} bytes, got {sizes[file.path]:,}; {fix}"
            )
    return problems


def _config_problems(directory: Path, manifest: Manifest) -> list[str]:
    if manifest.config is None:
        return []
    path = directory / manifest.config
    try:
        config = json.loads(path.read_bytes())
    except OSError as error:
        return [f"{path}: named by 'config' in {MANIFEST}, cannot be read: {error.strerror}"]
    except ValueError as error:
        return [f"{path}: named by 'config' in {MANIFEST}, is not JSON: {error}"]
    if not isinstance(config, dict):
        return [f"{path}: must be a JSON object, as a Hugging Face config.json is"]
    return []


def _members(
    contents: Contents, properties: PropertiesFile, directory: Path, prefix: str
) -> tuple[Member, ...]:
    members = [_member(file, properties, prefix) for file in contents.files]
    if properties.entries and not any(file.name == PROPERTIES for file in contents.files):
        members.append(_generated(properties, directory / PROPERTIES, prefix, executable=False))
    return tuple(sorted(members, key=lambda member: member.path))


def _member(file: FoundFile, properties: PropertiesFile, prefix: str) -> Member:
    member = Member.from_file(file.source, f"{prefix}{file.name}", file.status)
    if file.name == PROPERTIES:
        return _generated(properties, file.source, prefix, executable=member.executable)
    return member


def _generated(
    properties: PropertiesFile, source: Path, prefix: str, *, executable: bool
) -> Member:
    data = properties.to_bytes()
    return Member(
        path=f"{prefix}{PROPERTIES}",
        size=len(data),
        executable=executable,
        source=source,
        data=data,
    )
