"""Makes subjects of artifact folders, bare files, endpoints and examples."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from lmi import catalog
from lmi.artifact.draft import MAX_CONFIG_BYTES, MAX_PROPERTIES_BYTES, Draft
from lmi.artifact.folder import MANIFEST
from lmi.artifact.source import StoredTarball
from lmi.errors import ArtifactError, Problem
from lmi.properties import PropertiesFile
from lmi.regular_file import read_regular_file
from lmi.rules.acknowledgement import Acknowledgement
from lmi.rules.finding import Location
from lmi.rules.rule import Example
from lmi.rules.subject import PROPERTIES, Hosting, Part, Problems, Setting, Subject, SubjectFile


@dataclass(frozen=True, kw_only=True, slots=True)
class OverrideLocation:
    """Where an override is written."""

    key: Location
    value: Location


NOWHERE = OverrideLocation(key=Location(file=None), value=Location(file=None))
"""Of an override that is an argument of a construct."""


def subject_of_draft(
    draft: Draft,
    *,
    image: catalog.Image | None = None,
    hosting: Hosting | None = None,
    endpoint: str | None = None,
    override_locations: Mapping[str, OverrideLocation] | None = None,
    acknowledgements: tuple[Acknowledgement, ...] = (),
) -> Subject:
    """
    Return the artifact in a folder as the rules look at it.

    Args:
        draft: the folder, with the overrides.
        image: Default: the one that artifact.yaml names.
        hosting: how an endpoint deploys it. Default: the artifact is checked alone.
        endpoint: ``ENV/ENDPOINT``.
        override_locations: where each override is written. Default: in no file.
        acknowledgements: of the endpoint, in addition to the artifact's.
    """
    file = str(draft.directory / PROPERTIES)
    locations = override_locations or {}
    unseen = isinstance(draft.source, StoredTarball)
    return Subject(
        name=endpoint or str(draft.directory),
        artifact=draft.name,
        endpoint=endpoint,
        image=image or draft.image,
        file=file,
        # Of a tarball in S3 nothing is known but what the environment file says of it.
        written=None if unseen else draft.written,
        settings=settings_of(draft.written, file, draft.overrides, locations),
        files=None
        if unseen
        else {
            found.name: SubjectFile(name=found.name, size=found.status.st_size, source=found.source)
            for found in draft.contents.files
        },
        source=draft.source,
        layout="rooted" if draft.manifest is None else draft.manifest.layout,
        attention_heads=_attention_heads(draft),
        hosting=hosting,
        problems=_problems(draft, needs_manifest=image is None),
        acknowledgements=(*_acknowledgements(draft, endpoint), *acknowledgements),
    )


def subject_of_tarball(
    name: str,
    *,
    image: catalog.Image,
    hosting: Hosting,
    acknowledgements: tuple[Acknowledgement, ...] = (),
) -> Subject:
    """Return a tarball in S3, of which nothing is known but how it is hosted."""
    return Subject(
        name=name, artifact=name, image=image, hosting=hosting, acknowledgements=acknowledgements
    )


def subject_of_file(path: Path, image: catalog.Image | None) -> Subject:
    """Return a bare serving.properties, of which nothing else is known, as the rules look at it."""
    written: PropertiesFile | None = None
    problems: tuple[Problem, ...] = ()
    try:
        written = _read(path)
    except ArtifactError as error:
        problems = error.problems
    return Subject(
        name=str(path),
        artifact=None,
        image=image,
        file=str(path),
        written=written,
        settings=settings_of(written, str(path), {}, {}),
        problems={"properties": problems},
    )


def subject_of_example(example: Example, name: str = "example") -> Subject:
    """Return the artifact of *example*, which lies in memory alone."""
    data = {file: text.encode() for file, text in example.files.items()}
    written: PropertiesFile | None = None
    problems: tuple[Problem, ...] = ()
    try:
        written = PropertiesFile.parse(data.get(PROPERTIES, b""))
    except ArtifactError as error:
        problems = error.problems
    host = example.instance_type and catalog.instance_type(example.instance_type)
    hosting = Hosting(host=host or None, **example.hosting)  # type: ignore[arg-type]
    unseen = example.only_properties or isinstance(example.source, StoredTarball)
    return Subject(
        name=name,
        artifact=name,
        image=None if example.image is None else catalog.image(example.image),
        file=PROPERTIES,
        written=written,
        settings=settings_of(written, PROPERTIES, example.options, {}),
        files=None
        if unseen
        else {
            file: SubjectFile(name=file, size=len(content), data=content)
            for file, content in data.items()
        }
        | {file: SubjectFile(name=file, size=size) for file, size in example.sizes.items()},
        source=example.source,
        layout=example.layout,
        attention_heads=example.attention_heads,
        hosting=hosting if host or example.hosting else None,
        problems={"properties": problems},
    )


def settings_of(
    written: PropertiesFile | None,
    file: str,
    overrides: Mapping[str, str | None],
    locations: Mapping[str, OverrideLocation],
) -> dict[str, Setting]:
    """Return the effective keys of *written*, which stands in *file*, with the overrides."""
    settings = {
        entry.key: Setting(
            key=entry.key,
            value=entry.value,
            key_location=Location.at(file, entry.key_range),
            value_location=Location.at(file, entry.value_range),
            is_override=False,
        )
        for entry in (written.entries if written else ())
        if entry.key not in overrides
    }
    for key, value in overrides.items():
        if value is not None:
            location = locations.get(key, NOWHERE)
            settings[key] = Setting(
                key=key,
                value=value,
                key_location=location.key,
                value_location=location.value,
                is_override=True,
            )
    return settings


def _read(path: Path) -> PropertiesFile:
    try:
        data = read_regular_file(path, most_bytes=MAX_PROPERTIES_BYTES)
    except OSError as error:
        message = f"cannot be read: {error.strerror}"
        raise ArtifactError(Problem(file=str(path), message=message)) from error
    PropertiesFile.parse(data, "utf-8", name=str(path))
    return PropertiesFile.parse(data, name=str(path))


def _problems(draft: Draft, *, needs_manifest: bool) -> Problems:
    """With an image from elsewhere, a folder needs no artifact.yaml; one that is there counts."""
    problems: dict[Part, tuple[Problem, ...]] = dict(draft.problems.items())
    if not needs_manifest and not (draft.directory / MANIFEST).is_file():
        problems["manifest"] = ()
    return problems


def _acknowledgements(draft: Draft, endpoint: str | None) -> tuple[Acknowledgement, ...]:
    if draft.manifest is None or draft.document is None:
        return ()
    file = str(draft.directory / MANIFEST)
    return tuple(
        Acknowledgement(
            rule=entry.rule,
            key=entry.key,
            reason=entry.reason,
            location=Location.at(file, draft.document.range_of_key(("acknowledge", str(index)))),
            must_match=endpoint is None,
        )
        for index, entry in enumerate(draft.manifest.acknowledge)
    )


def _attention_heads(draft: Draft) -> int | None:
    manifest = draft.manifest
    if manifest is not None and manifest.model is not None:
        return manifest.model.attention_heads
    named = manifest.config if manifest is not None else None
    path = draft.directory / (named or "config.json")
    try:
        config = json.loads(read_regular_file(path, most_bytes=MAX_CONFIG_BYTES))
    except (OSError, ValueError, RecursionError):
        # A config.json that is named and cannot be read is a problem of the draft.
        return None
    return heads_of(config)


def heads_of(config: object) -> int | None:
    """Return the attention heads that a config.json says, or None if it does not."""
    for part in (config, config.get("text_config")) if isinstance(config, dict) else ():
        for key in ("num_attention_heads", "n_head", "num_heads"):
            heads = part.get(key) if isinstance(part, dict) else None
            if isinstance(heads, int) and heads > 0:
                return heads
    return None
