"""Loads an artifact folder: everything that is wrong with it is told at once."""

from collections.abc import Mapping
from pathlib import Path

from lmi.artifact.artifact import Artifact
from lmi.artifact.draft import Draft, read_draft
from lmi.artifact.folder import PROPERTIES, Contents, FoundFile
from lmi.artifact.member import Member
from lmi.artifact.network import network_reasons
from lmi.artifact.source import StoredTarball
from lmi.errors import ArtifactError
from lmi.properties import PropertiesFile


def load_artifact(directory: Path, options: Mapping[str, str | None] | None = None) -> Artifact:
    """
    Return the artifact in *directory*. Whether DJL Serving can load it is for lmi.rules to say.

    Args:
        directory: the folder, e.g. model_artifacts/gpt-j-6b-deepspeed. Its name is the artifact's.
        options: keys of serving.properties to set, or with None to remove. Default: the file as it
            is.

    Raises:
        ArtifactError: there is no such folder, or it cannot become a tarball. Every problem at
            once, one a line.
    """
    return artifact_of(read_draft(directory, options))


def artifact_of(draft: Draft) -> Artifact:
    """Return the artifact that *draft* is. Raises ArtifactError with every problem of it."""
    problems = [problem for part in draft.problems.values() for problem in part]
    manifest, image, properties = draft.manifest, draft.image, draft.properties
    if problems or manifest is None or image is None or properties is None:
        raise ArtifactError(*problems)
    if isinstance(draft.source, StoredTarball):
        raise ArtifactError(
            f"{draft.directory}: its model is {draft.source.url}, which is deployed as it is; "
            "there is nothing to pack"
        )
    names = [file.name for file in draft.contents.files]
    return Artifact(
        name=draft.name,
        directory=draft.directory,
        manifest=manifest,
        image=image,
        properties=properties,
        members=_members(
            draft.contents,
            properties,
            draft.directory,
            f"{draft.name}/" if manifest.layout == "rooted" else "",
        ),
        network_reasons=network_reasons(properties.as_mapping(), names, image.djl_version),
        draft=draft,
    )


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
