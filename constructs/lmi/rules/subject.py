"""What the rules look at: one artifact, alone or as an endpoint of an environment deploys it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from lmi import catalog
from lmi.catalog.version import version_numbers
from lmi.djl.detection import Found, options_with_environment
from lmi.djl.handlers import Readers, readers
from lmi.errors import Problem
from lmi.properties import Entry, PropertiesFile
from lmi.rules.acknowledgement import Acknowledgement
from lmi.rules.finding import Location
from lmi.rules.model_store import PythonModel, found_models, python_models

if TYPE_CHECKING:
    from lmi.artifact.source import ModelSource
    from lmi.artifact.verify import Tarball

PROPERTIES = "serving.properties"

LARGEST_SOURCE = 1 << 20
"""Bytes of a Python file that is looked into."""
MOST_SOURCES = 200
"""Python files of a folder that are looked into, at most."""

Part = Literal["environment", "manifest", "folder", "properties"]
"""What a problem is in: an environment file, artifact.yaml, the folder, serving.properties."""

Problems = Mapping[Part, tuple[Problem, ...]]


@dataclass(frozen=True, kw_only=True, slots=True)
class SubjectFile:
    """A file that goes into the tarball."""

    name: str
    """Path in the folder, with slashes."""
    size: int
    """Bytes."""
    source: Path | None = None
    """Where it lies; None: only in memory."""
    data: bytes | None = field(default=None, repr=False)
    """Its content where it does not lie there by itself: in memory, or in a tarball."""

    def read(self, limit: int) -> bytes:
        """Return the first *limit* bytes. Raises OSError."""
        if self.source is None or self.data is not None:
            return (self.data or b"")[:limit]
        with self.source.open("rb") as stream:
            return stream.read(limit)


@dataclass(frozen=True, kw_only=True, slots=True)
class Setting:
    """One effective key of serving.properties: what Java would hold, and who says so."""

    key: str
    value: str
    key_location: Location
    value_location: Location
    is_override: bool
    """Whether an environment file or a construct set it, and not serving.properties."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Hosting:
    """How an endpoint deploys the artifact. None: as by default, or not known."""

    host: catalog.InstanceType | None = None
    instance_count: int | None = None
    region: str | None = None
    endpoint_name: str | None = None
    network_isolation: bool | None = None
    """True or False where somebody decided; None: as the constructs choose."""
    model_data_download_timeout_seconds: int | None = None
    container_startup_health_check_timeout_seconds: int | None = None
    environment: Mapping[str, str] = field(default_factory=dict, hash=False)
    """Variables of the container, without those that hold tokens."""
    network_reasons: tuple[str, ...] = ()
    """Why the variables make the container need the network, a sentence each."""
    locations: Mapping[str, Location] = field(default_factory=dict, hash=False)
    """Where the fields above were written, by their names."""


@dataclass(frozen=True, kw_only=True)  # no slots: what is derived is kept in the instance
class Subject:
    """
    One artifact, alone or as an endpoint deploys it. What is not known is None.

    A rule says with `needs` what it cannot do without, and is then never asked about a subject that
    lacks it.
    """

    name: str
    """Of the target, as the user named it."""
    artifact: str | None
    """Name of the artifact's folder; None for a bare serving.properties."""
    endpoint: str | None = None
    """``ENV/ENDPOINT``."""
    image: catalog.Image | None = None
    file: str | None = None
    """Path of serving.properties for messages, whether there is one or not."""
    written: PropertiesFile | None = None
    """serving.properties as it is; None where Java or DJL Serving cannot read it."""
    settings: Mapping[str, Setting] = field(default_factory=dict, hash=False)
    """The effective keys: of duplicates the last, with overrides."""
    files: Mapping[str, SubjectFile] | None = field(default=None, hash=False)
    """The folder's files by name, serving.properties among them; None: only that one is known."""
    source: "ModelSource | None" = None
    """Where SageMaker fetches the model data. None: a tarball of the folder."""
    layout: str = "rooted"
    attention_heads: int | None = None
    """Of each layer, as artifact.yaml or a config.json says."""
    hosting: Hosting | None = None
    """None: the artifact is checked alone."""
    tarball: "Tarball | None" = None
    """The tarball that was read in place of a folder."""
    problems: Problems = field(default_factory=dict, hash=False)
    """Why files could not be read or taken, found while reading them."""
    acknowledgements: tuple[Acknowledgement, ...] = ()

    @cached_property
    def options(self) -> Mapping[str, str]:
        """The effective keys and values."""
        return {key: setting.value for key, setting in self.settings.items()}

    @cached_property
    def version(self) -> tuple[int, ...]:
        """DJL Serving's version in the image, for comparisons; empty if the image is unknown."""
        return () if self.image is None else self.image.version_numbers

    @cached_property
    def found(self) -> Found:
        """The models that DJL Serving finds; none where the image or the files are not known."""
        return found_models(self)

    @cached_property
    def python_models(self) -> tuple[PythonModel, ...]:
        """Those of them that Python serves."""
        return python_models(self)

    @cached_property
    def readers(self) -> Readers:
        """Who reads the options. Only asked where the image is known."""
        assert self.image is not None  # noqa: S101 -- the rules that ask need it
        environment = {} if self.hosting is None else self.hosting.environment
        options = options_with_environment(self.options, self.image.djl_version, environment)
        if "DJL_ENTRY_POINT" in environment:
            options.setdefault("option.entryPoint", environment["DJL_ENTRY_POINT"])
        return readers(options, self.files, self.image)

    @cached_property
    def code(self) -> str | None:
        """The text of the folder's Python files, empty where there is none; None: not known."""
        if self.files is None:
            return None
        texts: list[str] = []
        for name, file in self.files.items():
            if not name.endswith(".py"):
                continue
            if file.size > LARGEST_SOURCE or len(texts) >= MOST_SOURCES:
                return None
            try:
                texts.append(file.read(LARGEST_SOURCE).decode("utf-8", "replace"))
            except OSError:
                return None
        return "\n".join(texts)

    @property
    def host(self) -> catalog.InstanceType | None:
        """The instance type, where one is known."""
        return None if self.hosting is None else self.hosting.host

    @property
    def written_entries(self) -> tuple[Entry, ...]:
        """Every line of serving.properties that counts, duplicates included, in its order."""
        return () if self.written is None else self.written.entries

    def since(self, version: str) -> bool:
        """Return whether the image has DJL Serving *version* or a later one."""
        return self.version >= version_numbers(version)

    def key_location(self, key: str) -> Location:
        """Return where *key* is written; at the file as a whole where it is not."""
        setting = self.settings.get(key)
        return Location(file=self.file) if setting is None else setting.key_location

    def value_location(self, key: str) -> Location:
        """Return where the value of *key* is written; at the file as a whole where it is not."""
        setting = self.settings.get(key)
        return Location(file=self.file) if setting is None else setting.value_location

    def file_location(
        self, name: str, line: int | None = None, column: int | None = None
    ) -> Location:
        """Return a place in *name*, a file of the folder."""
        found = (self.files or {}).get(name)
        path = name if found is None or found.source is None else str(found.source)
        return Location(file=path, line=line, column=column)

    def hosting_location(self, field_name: str) -> Location:
        """Return where *field_name* of the hosting is written; at serving.properties if nowhere."""
        locations = {} if self.hosting is None else self.hosting.locations
        return locations.get(field_name, Location(file=self.file))

    def names(self) -> Iterator[str]:
        """Yield the names of the folder's files."""
        yield from self.files or ()
