"""What a TARGET of `lmi check` means."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from lmi import catalog
from lmi.artifact.draft import Draft, read_draft
from lmi.artifact.folder import MANIFEST, PROPERTIES
from lmi.errors import ArtifactError, ConfigError
from lmi.rules.acknowledgement import Acknowledgement
from lmi.rules.finding import Location
from lmi.rules.subject import Hosting, Problems, Subject
from lmi.rules.subjects import OverrideLocation, subject_of_draft, subject_of_file

if TYPE_CHECKING:
    from lmi.environment import EndpointSettings, Environment


@dataclass(frozen=True, kw_only=True, slots=True)
class Workspace:
    """Where targets are looked up."""

    environments: Path = Path("environments")
    model_artifacts: Path = Path("model_artifacts")


def subjects(
    target: str,
    *,
    image: catalog.Image | None = None,
    host: catalog.InstanceType | None = None,
    workspace: Workspace | None = None,
) -> tuple[Subject, ...]:
    """
    Return what *target* names: one subject, or one for each endpoint of an environment.

    A path that exists comes first: an artifact's folder, or a serving.properties, which beside an
    artifact.yaml stands for its folder. Else ``ENV`` or ``ENV/ENDPOINT``.

    Args:
        target: as the user wrote it.
        image: in place of the one that artifact.yaml names.
        host: the instance type. An endpoint has its own.
        workspace: Default: the current directory.

    An environment file that cannot be understood is one subject, with its problems.

    Raises:
        ConfigError: there is no such target.
    """
    path, space = Path(target), workspace or Workspace()
    try:
        is_folder, exists = target != "" and path.is_dir(), target != "" and path.exists()
    except OSError as error:  # A name that is too long, a folder above it that is closed to us.
        raise ConfigError(f"{target[:200]}: {error.strerror}") from error
    if is_folder:
        return (_folder(path, image, host),)
    if exists:
        return (_file(path, image, host),)
    if target.count("/") > 1 or target.startswith((".", "/")) or target.endswith(".properties"):
        raise ConfigError(
            f"{target}: no such file or folder; a target is an artifact's folder, a "
            "serving.properties, ENV or ENV/ENDPOINT"
        )
    return _environment(target, image, space)


def _environment(
    target: str, image: catalog.Image | None, workspace: Workspace
) -> tuple[Subject, ...]:
    # Here, because an artifact is checked without.
    from lmi.environment import load_environment
    from lmi.environment.target import find_endpoint_in, find_environment_file

    name, slash, key = target.partition("/")
    path = find_environment_file(name, workspace.environments)
    try:
        environment = load_environment(path)
    except ConfigError as error:
        endpoint = target if slash else None
        problems: Problems = {"environment": error.problems}
        return (Subject(name=target, artifact=None, endpoint=endpoint, problems=problems),)
    keys = (find_endpoint_in(environment, key),) if slash else tuple(environment.endpoints)
    return tuple(
        _endpoint(environment, environment.endpoints[key], image, workspace) for key in keys
    )


def _folder(path: Path, image: catalog.Image | None, host: catalog.InstanceType | None) -> Subject:
    hosting = None if host is None else Hosting(host=host)
    try:
        draft = read_draft(path)
    except ArtifactError as error:
        return Subject(name=str(path), artifact=path.name, problems={"folder": error.problems})
    return subject_of_draft(draft, image=image, hosting=hosting)


def _file(path: Path, image: catalog.Image | None, host: catalog.InstanceType | None) -> Subject:
    if not path.is_file():
        raise ConfigError(f"{path}: must be a regular file or a folder")
    if path.name == PROPERTIES and (path.parent / MANIFEST).is_file():
        return _folder(path.parent, image, host)
    subject = subject_of_file(path, image)
    return subject if host is None else replace(subject, hosting=Hosting(host=host))


def _endpoint(
    environment: "Environment",
    settings: "EndpointSettings",
    image: catalog.Image | None,
    workspace: Workspace,
) -> Subject:
    name = f"{environment.name}/{settings.key}"
    directory = workspace.model_artifacts / settings.artifact
    try:
        draft = read_draft(directory, settings.options, settings.source)
    except ArtifactError as error:
        return Subject(
            name=name,
            artifact=settings.artifact,
            endpoint=name,
            problems={"folder": error.problems},
        )
    return subject_of_endpoint(environment, settings, draft, image=image)


def subject_of_endpoint(
    environment: "Environment",
    settings: "EndpointSettings",
    draft: Draft,
    *,
    image: catalog.Image | None = None,
) -> Subject:
    """
    Return the endpoint that *settings* describe as the rules look at it.

    Args:
        environment: the file that the settings are from.
        settings: one of its endpoints.
        draft: its artifact, with the endpoint's options.
        image: Default: the artifact's.
    """
    located = _Locations(environment, ("endpoints", settings.key))
    return subject_of_draft(
        draft,
        image=image,
        hosting=hosting_of(environment, settings),
        endpoint=f"{environment.name}/{settings.key}",
        override_locations={
            key: OverrideLocation(
                key=located.of_key("options", key), value=located.of("options", key)
            )
            for key in settings.options
        },
        acknowledgements=tuple(
            Acknowledgement(
                rule=entry.rule,
                key=entry.key,
                reason=entry.reason,
                location=located.of_key("acknowledge", str(index)),
            )
            for index, entry in enumerate(settings.acknowledge)
        ),
    )


def hosting_of(environment: "Environment", settings: "EndpointSettings") -> Hosting:
    """Return how *environment* deploys the endpoint that *settings* describe."""
    located = _Locations(environment, ("endpoints", settings.key))
    return Hosting(
        host=catalog.instance_type(settings.instance_type),
        instance_count=settings.instance_count,
        region=environment.region,
        endpoint_name=environment.endpoint_name(settings.key),
        network_isolation=settings.network_isolation,
        model_data_download_timeout_seconds=settings.model_data_download_timeout_seconds,
        container_startup_health_check_timeout_seconds=(
            settings.container_startup_health_check_timeout_seconds
        ),
        locations={
            "host": located.of("instance_type"),
            "region": Location(file=str(environment.path)),
            **{
                name: located.of(name)
                for name in (
                    "instance_count",
                    "endpoint_name",
                    "network_isolation",
                    "model_data_download_timeout_seconds",
                    "container_startup_health_check_timeout_seconds",
                )
            },
        },
    )


@dataclass(frozen=True, slots=True)
class _Locations:
    """Where the keys of one endpoint stand in its environment's file."""

    environment: "Environment"
    base: tuple[str, ...]

    def of(self, *path: str) -> Location:
        """Return where the value at *path* below the endpoint stands."""
        file, document = str(self.environment.path), self.environment.document
        if document is None:
            return Location(file=file)
        return Location.at(file, document.range_of_value((*self.base, *path)))

    def of_key(self, *path: str) -> Location:
        """Return where the key at *path* below the endpoint stands."""
        file, document = str(self.environment.path), self.environment.document
        if document is None:
            return Location(file=file)
        return Location.at(file, document.range_of_key((*self.base, *path)))
