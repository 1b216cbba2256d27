"""
Finds the models in a model store as DJL Serving would, without starting it.

The rules are those of deepjavalibrary/djl-serving: `ModelServer.initModelStore` and `mapModelUrl`
(branches 0.20.0-dlc to 0.33.0-dlc), later `ModelStore.initialize`; `ModelInfo.downloadModel` and
`inferEngine`; and ai.djl.util.Utils.getNestedModelDir.
"""

import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from lmi.catalog.version import version_numbers
from lmi.errors import LmiError
from lmi.local.hosting.engines import engine_names, engine_of_files
from lmi.properties import PropertiesFile

_ARCHIVES = (".zip", ".tgz", ".tar.gz", ".tar.z", ".tar")


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
    engine: str
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
    search = _Search(version=version, environment=environment)
    newer = version_numbers(version)
    if newer < (0, 22, 1):
        models = search.in_first_versions(store)
    elif newer < (0, 25, 0):
        models = search.in_root(store)
    else:
        models = search.in_multi_model_store(store)
    if newer >= (0, 22, 1) and environment.get("HF_MODEL_ID"):
        name = re.sub(r"\W", "_", environment["HF_MODEL_ID"])
        models = (*models, FoundModel(name=name, engine="Python", directory=Path()))
    if not models:
        raise _nothing_found(store, version)
    return models


def _nothing_found(store: Path, version: str) -> ModelNotFound:
    archives = ", ".join(sorted(entry.name for entry in store.iterdir() if _is_archive(entry)))
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


@dataclass(frozen=True, kw_only=True, slots=True)
class _Search:
    version: str
    environment: Mapping[str, str]

    def in_first_versions(self, store: Path) -> tuple[FoundModel, ...]:
        """0.19 to 0.21: the root if it is a model, else every folder in it that is one."""
        root = self._model(_nested(store), required=False)
        if root is not None:
            return (root,)
        found = [self._model(_nested(folder), required=False) for folder in _folders(store)]
        return tuple(model for model in found if model is not None)

    def in_root(self, store: Path) -> tuple[FoundModel, ...]:
        """0.22.1 to 0.24: whatever lies there, the root is the model."""
        return self._required(_nested(store)) if any(store.iterdir()) else ()

    def in_multi_model_store(self, store: Path) -> tuple[FoundModel, ...]:
        """
        0.25 and later: each folder is a model if there is nothing but folders and archives, else
        the root is.
        """
        if not all(entry.is_dir() or _is_archive(entry) for entry in _visible(store)):
            return self._required(_nested(store))
        folders = [folder for folder in _folders(store) if any(folder.iterdir())]
        return tuple(model for folder in folders for model in self._required(_nested(folder)))

    def _required(self, url: Path) -> tuple[FoundModel, ...]:
        model = self._model(url, required=True)
        return () if model is None else (model,)

    def _model(self, url: Path, *, required: bool) -> FoundModel | None:
        # The folder of the model's URL names it; its files may lie one level deeper again.
        directory = _nested(url)
        options = _options(directory, self.version, self.environment)
        name = re.sub(r"\W|^_", "_", url.name)
        key = "modelName" if version_numbers(self.version) < (0, 21, 0) else "option.modelName"
        engine = options.get("engine")
        if (
            engine is None
            and version_numbers(self.version) >= (0, 22, 1)
            and "option.model_id" in options
        ):
            engine = "Python"
        if engine is None:
            engine = engine_of_files(directory, options.get(key, url.name), self.version)
        if engine is None:
            if required:
                raise ModelNotFound(
                    f"DJL Serving {self.version} fails to detect the engine of the model in "
                    f"{url.name!r}, which holds {_listing(directory)}; add 'engine=Python' to "
                    "serving.properties, or a model.py",
                    passes_health_check=False,
                )
            return None
        known = engine_names(self.version)
        if engine not in known:
            near = difflib.get_close_matches(engine, known, n=1)
            hint = f"did you mean {near[0]!r}? " if near else ""
            raise ModelNotFound(
                f"DJL Serving {self.version} has no engine {engine!r}; {hint}"
                f"it knows {', '.join(known)}",
                passes_health_check=False,
            )
        return FoundModel(name=name, engine=engine, directory=directory)


def _options(directory: Path, version: str, environment: Mapping[str, str]) -> dict[str, str]:
    """
    Return serving.properties with what the environment adds; the file wins (ModelInfo.java,
    putIfAbsent).
    """
    file = directory / "serving.properties"
    options = PropertiesFile.parse(file.read_bytes()).as_mapping() if file.is_file() else {}
    for key, value in environment.items():
        if not key.startswith("OPTION_") or not value or version_numbers(version) < (0, 23, 0):
            continue
        name = key.removeprefix("OPTION_").lower()
        if name == "engine" and version_numbers(version) >= (0, 27, 0):
            options.setdefault("engine", value)
        else:
            options.setdefault(f"option.{name}", value)
    return options


def _nested(directory: Path) -> Path:
    """Return the only entry that is not hidden, if it is a folder: Utils.getNestedModelDir."""
    visible = _visible(directory)
    return visible[0] if len(visible) == 1 and visible[0].is_dir() else directory


def _visible(directory: Path) -> list[Path]:
    return _entries(directory, lambda entry: not entry.name.startswith("."))


def _folders(store: Path) -> list[Path]:
    return _entries(store, lambda entry: entry.is_dir() and not entry.name.startswith("."))


def _entries(directory: Path, keep: Callable[[Path], bool]) -> list[Path]:
    return sorted(entry for entry in directory.iterdir() if keep(entry))


def _is_archive(entry: Path) -> bool:
    return entry.is_file() and entry.name.lower().endswith(_ARCHIVES)


def _listing(directory: Path) -> str:
    names = sorted(entry.name + ("/" if entry.is_dir() else "") for entry in directory.iterdir())
    shown = ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")
    return shown or "nothing"
