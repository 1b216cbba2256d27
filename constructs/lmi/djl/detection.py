"""
Finds the models in a model store as DJL Serving would: by names alone.

The rules are those of deepjavalibrary/djl-serving: `ModelServer.initModelStore` and `mapModelUrl`
(branches 0.20.0-dlc to 0.33.0-dlc), later `ModelStore.initialize`; `ModelInfo.downloadModel`; and
`Utils.getNestedModelDir` and `FilenameUtils.isArchiveFile` of deepjavalibrary/djl.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from lmi.catalog.version import version_numbers
from lmi.djl.engines import guess_engine

PROPERTIES = "serving.properties"

ARCHIVES = (".zip", ".mar", ".tgz", ".tar.gz", ".tar.z", ".tar")
"""Endings of the names of files that can be a model as a whole."""


class Store(Protocol):
    """A model store, /opt/ml/model of the container."""

    @property
    def name(self) -> str:
        """Of the folder that it is: `model`."""

    def entries(self, folder: str) -> Mapping[str, bool]:
        """
        Return the names in *folder*, a path in the store or empty for the store itself, and whether
        each is a folder.
        """

    def properties(self, folder: str) -> Mapping[str, str]:
        """Return the keys and values of the serving.properties in *folder*; empty without one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FoundModel:
    """A model that DJL Serving would try to load."""

    name: str
    folder: str | None
    """Where its files lie in the store, empty for the store itself; None: HF_MODEL_ID names it."""
    engine: str | None
    """
    As serving.properties says or as it was guessed; None: known to the server alone. Not
    necessarily one that there is.
    """
    options: Mapping[str, str]
    """Of its serving.properties and the environment."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Undetected:
    """A folder that DJL Serving takes for a model, and stops because it cannot tell the engine."""

    name: str
    """Of the folder that it is looked for in."""
    folder: str
    """Where its files lie in the store."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """What a version makes of a model store."""

    models: tuple[FoundModel, ...] = ()
    undetected: tuple[Undetected, ...] = ()
    archives: tuple[str, ...] = ()
    """Files that it would open as models. What is in them is not looked at."""


class NamedFiles:
    """
    A model store of which names are all there is.

    Args:
        names: paths of files, with `/`.
        read: returns the keys and values of the serving.properties in a folder that has one.
        name: of the store's folder.
    """

    def __init__(
        self,
        names: Iterable[str],
        read: Callable[[str], Mapping[str, str]],
        name: str = "model",
    ) -> None:
        self.name = name
        self._read = read
        self._entries: dict[str, dict[str, bool]] = {"": {}}
        for each in names:
            self._add(each)

    def entries(self, folder: str) -> Mapping[str, bool]:
        """Return the names in *folder*, and whether each is a folder."""
        return self._entries.get(folder, {})

    def properties(self, folder: str) -> Mapping[str, str]:
        """Return the keys and values of the serving.properties in *folder*."""
        return self._read(folder) if PROPERTIES in self.entries(folder) else {}

    def _add(self, name: str) -> None:
        folder, _, last = name.rpartition("/")
        is_folder = False
        while True:
            entries = self._entries.get(folder)
            if entries is not None:
                entries[last] = is_folder
                return
            self._entries[folder] = {last: is_folder}
            is_folder = True
            folder, _, last = folder.rpartition("/")


def find_models(store: Store, version: str, environment: Mapping[str, str]) -> Found:
    """
    Return the models that DJL Serving *version* would load from *store*.

    Args:
        store: the model store.
        version: of DJL Serving.
        environment: of the container; options can be set there.

    Raises:
        lmi.errors.ArtifactError: *store* does, where Java refuses to read a serving.properties.
    """
    search = _Search(store=store, version=version, environment=environment)
    newer = version_numbers(version)
    if newer < (0, 22, 1):
        found = search.in_first_versions()
    elif newer < (0, 25, 0):
        found = search.in_root()
    else:
        found = search.in_multi_model_store()
    if newer >= (0, 22, 1) and environment.get("HF_MODEL_ID"):
        named = _named_by_environment(environment["HF_MODEL_ID"])
        found = Found(
            models=(*found.models, named), undetected=found.undetected, archives=found.archives
        )
    return found


def options_with_environment(
    options: Mapping[str, str], version: str, environment: Mapping[str, str]
) -> dict[str, str]:
    """
    Return the *options* of serving.properties with what the environment adds; the file wins
    (`ModelInfo.java`, putIfAbsent; since 0.23.0).
    """
    merged, newer = dict(options), version_numbers(version)
    for variable, value in environment.items():
        if not variable.startswith("OPTION_") or not value or newer < (0, 23, 0):
            continue
        name = variable.removeprefix("OPTION_").lower()
        if name == "entrypoint" and newer >= (0, 24, 0):
            name = "entryPoint"
        key = "engine" if name == "engine" and newer >= (0, 27, 0) else f"option.{name}"
        merged.setdefault(key, value)
    return merged


def _named_by_environment(model_id: str) -> FoundModel:
    return FoundModel(
        name=re.sub(r"\W", "_", model_id),
        folder=None,
        engine="Python",
        options={"option.model_id": model_id},
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Search:
    store: Store
    version: str
    environment: Mapping[str, str]

    def in_first_versions(self) -> Found:
        """0.19 to 0.21: the root if it is a model, else all in it that is one."""
        root = self._model(self._nested(""))
        if root is not None:
            return Found(models=(root,))
        found = [self._model(self._nested(folder)) for folder in self._folders()]
        return Found(
            models=tuple(model for model in found if model is not None), archives=self._archives()
        )

    def in_root(self) -> Found:
        """0.22.1 to 0.24: whatever lies there, the root is the model."""
        return self._all([""] if self.store.entries("") else [])

    def in_multi_model_store(self) -> Found:
        """
        0.25 and later: each folder is a model if there is nothing but folders and archives, else
        the root is. Archives are passed over. From 0.35 on a hidden name is neither of both.
        """
        sees_hidden = version_numbers(self.version) >= (0, 35, 0)
        if all(
            (is_folder or _is_archive(name)) and not (sees_hidden and name.startswith("."))
            for name, is_folder in self.store.entries("").items()
            if sees_hidden or not name.startswith(".")
        ):
            return self._all(folder for folder in self._folders() if self.store.entries(folder))
        return self._all([""])

    def _all(self, folders: Iterable[str]) -> Found:
        models: list[FoundModel] = []
        undetected: list[Undetected] = []
        archives: tuple[str, ...] = ()
        for folder in folders:
            url = self._nested(folder)
            files = self._nested(url)
            entries = self.store.entries(files)
            if version_numbers(self.version) >= (0, 35, 0) and _is_only_archive(entries):
                # Unpacked first.
                archives = (*archives, _join(files, next(iter(entries))))
                continue
            model = self._model(url)
            if model is None:
                name = url.rpartition("/")[2] or self.store.name
                undetected.append(Undetected(name=name, folder=files))
            else:
                models.append(model)
        return Found(models=tuple(models), undetected=tuple(undetected), archives=archives)

    def _model(self, url: str) -> FoundModel | None:
        # The folder of the model's URL names it; its files may lie one level deeper again.
        folder = self._nested(url)
        entries = self.store.entries(folder)
        options = options_with_environment(
            self.store.properties(folder), self.version, self.environment
        )
        url_name = url.rpartition("/")[2] or self.store.name
        engine = options.get("engine")
        if engine is None:
            names = [name + "/" * is_folder for name, is_folder in entries.items()]
            guess = guess_engine(names, options, url_name, self.version)
            if guess is None:
                return None
            engine = guess.engine
        return FoundModel(
            name=re.sub(r"\W|^_", "_", url_name), folder=folder, engine=engine, options=options
        )

    def _nested(self, folder: str) -> str:
        """Return the only entry that is not hidden, if it is a folder: Utils.getNestedModelDir."""
        visible = [
            (name, is_folder)
            for name, is_folder in self.store.entries(folder).items()
            if not name.startswith(".")
        ]
        return _join(folder, visible[0][0]) if len(visible) == 1 and visible[0][1] else folder

    def _folders(self) -> list[str]:
        return sorted(
            name
            for name, is_folder in self.store.entries("").items()
            if is_folder and not name.startswith(".")
        )

    def _archives(self) -> tuple[str, ...]:
        return tuple(
            sorted(
                name
                for name, is_folder in self.store.entries("").items()
                if not is_folder and not name.startswith(".") and _is_archive(name)
            )
        )


def _join(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name


def _is_archive(name: str) -> bool:
    return name.lower().endswith(ARCHIVES)


def _is_only_archive(entries: Mapping[str, bool]) -> bool:
    names = list(entries)
    return len(names) == 1 and not entries[names[0]] and names[0].lower().endswith((".zip", ".mar"))
