"""What DJL Serving would find of an artifact in its model store, and who answers its requests."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lmi.djl.detection import PROPERTIES, Found, NamedFiles, find_models
from lmi.djl.engines import runs_python
from lmi.djl.entry_points import KEY, EntryPoint, find_entry_point
from lmi.errors import ArtifactError
from lmi.properties import PropertiesFile
from lmi.rules.finding import Location

if TYPE_CHECKING:
    from lmi.rules.subject import Subject

_MAX_PROPERTIES_BYTES = 1 << 20


@dataclass(frozen=True, kw_only=True, slots=True)
class PythonModel:
    """A model of Python, under mpirun or not."""

    folder: str
    """In the artifact; empty for its top."""
    names: frozenset[str]
    """Paths of the files in its folder."""
    options: Mapping[str, str]
    """Of its serving.properties and the environment."""
    engine: str | None
    """As it is written; None: DJL Serving guesses it."""
    entry_point: EntryPoint | None
    """None: DJL Serving stops, for it finds none."""

    def path(self, name: str) -> str:
        """Return the file *name* of its folder as a file of the artifact."""
        return f"{self.folder}/{name}" if self.folder else name

    def key_location(self, subject: "Subject", key: str) -> Location:
        """Return where *key* is written, as far as that is known."""
        if self.folder:
            return subject.file_location(self.path(PROPERTIES))
        return subject.key_location(key)

    def value_location(self, subject: "Subject", key: str) -> Location:
        """Return where the value of *key* is written, as far as that is known."""
        if self.folder:
            return subject.file_location(self.path(PROPERTIES))
        return subject.value_location(key)


def python_models(subject: "Subject") -> tuple[PythonModel, ...]:
    """Return the models of Python that the image's DJL Serving finds in the tarball."""
    image = subject.image
    if image is None:
        return ()
    environment = {} if subject.hosting is None else subject.hosting.environment
    models = []
    for found in subject.found.models:
        # A guess of 0.22.1 to 0.27 may end at another engine that runs Python.
        if found.folder is None or not runs_python(found.engine):
            continue
        folder = in_artifact(subject, found.folder)
        prefix = f"{folder}/" if folder else ""
        names = frozenset(
            name.removeprefix(prefix) for name in subject.names() if name.startswith(prefix)
        )
        engine = found.options.get("engine")
        entry_point = find_entry_point(found.options, names, engine, image, environment)
        models.append(
            PythonModel(
                folder=folder,
                names=names,
                options=found.options,
                engine=engine,
                entry_point=entry_point,
            )
        )
    return tuple(models)


def written_entry_points(
    subject: "Subject",
) -> Iterator[tuple[str, Location, PythonModel | None]]:
    """Yield the entry points that are written, and the models that they are for, if known."""
    for model in subject.python_models:
        if model.entry_point is not None and model.entry_point.is_written:
            yield model.entry_point.value, model.value_location(subject, KEY), model
    value = subject.options.get(KEY)
    is_python = runs_python(subject.options.get("engine", "Python"))
    if subject.files is None and value and is_python:
        yield value, subject.value_location(KEY), None


def found_models(subject: "Subject") -> Found:
    """
    Return what the image's DJL Serving finds in the tarball of *subject*; nothing where the image
    or the files are not known.
    """
    if subject.image is None or subject.files is None:
        return Found()
    root = root_of(subject)
    prefix = f"{root}/" if root else ""
    names = [f"{prefix}{name}" for name in subject.names()]
    if subject.settings:
        # Overrides make a serving.properties where there is none.
        names.append(f"{prefix}{PROPERTIES}")

    def read(folder: str) -> Mapping[str, str]:
        if folder == root:
            return subject.options
        return _properties(subject, f"{in_artifact(subject, folder)}/{PROPERTIES}")

    environment = {} if subject.hosting is None else subject.hosting.environment
    return find_models(NamedFiles(names, read), subject.image.djl_version, environment)


def root_of(subject: "Subject") -> str:
    """Return the folder of the model store that the artifact's files lie in."""
    return (subject.artifact or "") if subject.layout == "rooted" else ""


def in_artifact(subject: "Subject", folder: str) -> str:
    """Return *folder* of the model store as a folder of the artifact, empty for its top."""
    root = root_of(subject)
    return folder.removeprefix(root).removeprefix("/") if root else folder


def _properties(subject: "Subject", name: str) -> Mapping[str, str]:
    file = (subject.files or {}).get(name)
    if file is None or file.size > _MAX_PROPERTIES_BYTES:
        return {}
    try:
        return PropertiesFile.parse(file.read(_MAX_PROPERTIES_BYTES)).as_mapping()
    except (OSError, ArtifactError):
        return {}
