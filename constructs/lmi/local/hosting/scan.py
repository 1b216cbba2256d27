"""Finds the models in a model store as DJL Serving would, without starting it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from lmi.catalog.nearest import nearest
from lmi.catalog.version import version_numbers
from lmi.djl import detection
from lmi.djl.engines import engine_names
from lmi.errors import LmiError
from lmi.properties import PropertiesFile


class ModelNotFound(LmiError):
    """DJL Serving would find no model that it can load; says why."""

    def __init__(self, message: str, *, passes_health_check: bool) -> None:
        self.passes_health_check = passes_health_check
        """Whether the server answers /ping with 200 all the same, as it does without any model."""
        super().__init__(message)


@dataclass(frozen=True, kw_only=True, slots=True)
class FoundModel:
    """A model that DJL Serving would load."""

    name: str
    engine: str | None
    """None: known to the server alone, which reads metadata.yaml or asks the model zoo."""
    directory: Path
    """Where its files lie; empty for one that HF_MODEL_ID names."""


def find_models(
    store: Path, version: str, environment: Mapping[str, str]
) -> tuple[FoundModel, ...]:
    """
    Return the models that DJL Serving *version* would load from *store*, at least one.

    Args:
        store: the model store, /opt/ml/model of the container.
        version: of DJL Serving.
        environment: of the container; options can be set there.

    Raises:
        ModelNotFound: there is none, or one of them cannot be loaded.
        lmi.errors.ArtifactError: Java refuses to read a serving.properties.
    """
    found = detection.find_models(_Folder(store), version, environment)
    for model in found.undetected:
        raise ModelNotFound(
            f"DJL Serving {version} fails to detect the engine of the model in {model.name!r}, "
            f"which holds {_listing(store / model.folder)}; add 'engine=Python' to "
            "serving.properties, or a model.py",
            passes_health_check=False,
        )
    for engine in (model.engine for model in found.models):
        _check_engine(engine, version)
    if not found.models:
        raise _nothing_found(store, version)
    return tuple(
        FoundModel(
            name=model.name,
            engine=model.engine,
            directory=Path() if model.folder is None else store / model.folder,
        )
        for model in found.models
    )


def _check_engine(engine: str | None, version: str) -> None:
    known = engine_names(version)
    if engine is None or engine in known:
        return
    near = nearest(engine, known, count=1)
    hint = f"did you mean {near[0]!r}? " if near else ""
    raise ModelNotFound(
        f"DJL Serving {version} has no engine {engine!r}; {hint}it knows {', '.join(known)}",
        passes_health_check=False,
    )


def _nothing_found(store: Path, version: str) -> ModelNotFound:
    archives = ", ".join(
        sorted(
            entry.name
            for entry in store.iterdir()
            if entry.is_file() and entry.name.lower().endswith(detection.ARCHIVES)
        )
    )
    parts = [
        f"no model found: DJL Serving {version} looks for serving.properties with 'engine', "
        "model.py or MAR-INF",
        ", option.model_id or config.json" if version_numbers(version) >= (0, 22, 1) else "",
        f", at the root of the tarball or in a folder there; it holds {_listing(store)}",
        f"; archives inside it ({archives}) are not opened here" if archives else "",
        ". The server would start without a model, answer /ping with 200 and every invocation "
        "with 400",
    ]
    return ModelNotFound("".join(parts), passes_health_check=True)


@dataclass(frozen=True, slots=True)
class _Folder:
    """A real folder as `lmi.djl.detection.Store`."""

    path: Path

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.path.name

    def entries(self, folder: str) -> Mapping[str, bool]:
        """Return the names in *folder*, and whether each is a folder."""
        path = self.path / folder
        return {entry.name: entry.is_dir() for entry in path.iterdir()} if path.is_dir() else {}

    def properties(self, folder: str) -> Mapping[str, str]:
        """Return what the serving.properties in *folder* holds. Raises ArtifactError."""
        file = self.path / folder / detection.PROPERTIES
        return PropertiesFile.parse(file.read_bytes()).as_mapping() if file.is_file() else {}


def _listing(directory: Path) -> str:
    names = sorted(entry.name + ("/" if entry.is_dir() else "") for entry in directory.iterdir())
    shown = ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")
    return shown or "nothing"
