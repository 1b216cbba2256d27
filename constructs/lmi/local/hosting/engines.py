"""
The deep learning engines that each DJL Serving version knows, and the files it tells their models
by.

From deepjavalibrary/djl-serving, branches 0.19.0-dlc to 0.36.0-lmi27-dlc: the
`*EngineProvider.java` of engines/python; `serving/build.gradle` and `DependencyManager.java` for
the frameworks that come along or are fetched on first use; `ModelServer.inferEngine` (0.19 to 0.21)
and `ModelInfo.inferEngine` (from 0.22.1) for the files.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from lmi.catalog.version import version_numbers


@dataclass(frozen=True, kw_only=True, slots=True)
class Engine:
    """An engine, the versions that know it, and patterns of files that stand for a model of it."""

    name: str
    since: str = "0.0.0"
    until: str | None = None
    files: tuple[str, ...] = field(default=())
    """File names; `{name}` stands for the model's name."""

    def is_known_to(self, version: str) -> bool:
        """Return whether DJL Serving *version* has this engine."""
        wanted = version_numbers(version)
        until = self.until is None or wanted <= version_numbers(self.until)
        return version_numbers(self.since) <= wanted and until


_ENGINES = (
    Engine(name="Python"),
    Engine(name="DeepSpeed", since="0.19.0", until="0.27.0"),
    Engine(name="FasterTransformer", since="0.21.0", until="0.24.0"),
    Engine(name="MPI", since="0.23.0"),
    Engine(name="PyTorch", files=("{name}.pt", "model.pt")),
    Engine(name="TensorFlow", files=("saved_model.pb",)),
    Engine(name="OnnxRuntime", files=("{name}.onnx", "model.onnx")),
    Engine(name="MXNet", until="0.33.0", files=("{name}-symbol.json",)),
    Engine(name="TensorRT", until="0.33.0", files=("{name}.trt", "{name}.uff")),
    Engine(name="TFLite", until="0.27.0", files=("{name}.tflite",)),
    Engine(name="PaddlePaddle", until="0.27.0", files=("model", "__model__", "inference.pdmodel")),
    Engine(name="XGBoost", files=("{name}.json",)),
    Engine(name="XGBoost", since="0.25.0", files=("{name}.xgb", "model.xgb")),
    Engine(name="Llama", since="0.26.0", until="0.34.0", files=("{name}.gguf",)),
    Engine(name="DLR", until="0.20.0", files=("{name}.dylib", "{name}.so")),
)


def engine_names(version: str) -> tuple[str, ...]:
    """Return the names of the engines that DJL Serving *version* knows; they are case sensitive."""
    return tuple(dict.fromkeys(engine.name for engine in _ENGINES if engine.is_known_to(version)))


def engine_of_files(directory: Path, name: str, version: str) -> str | None:
    """
    Return the engine that the files in *directory* stand for, or None.

    Args:
        directory: the model's folder.
        name: the model's name, which files may carry.
        version: of DJL Serving.
    """
    if any(_is_python(directory, name, version)):
        return "Python"
    for engine in _ENGINES:
        if engine.is_known_to(version) and any(
            (directory / file.format(name=name)).is_file() for file in engine.files
        ):
            return engine.name
    # A DJL model of its default engine: Utils.getCurrentEpoch of ai.djl:api.
    parameters = re.compile(re.escape(name) + r"-\d{4}.params")
    if version_numbers(version) >= (0, 22, 1) and any(
        parameters.fullmatch(file.name) for file in directory.iterdir()
    ):
        return "PyTorch"
    return None


def _is_python(directory: Path, name: str, version: str) -> Iterator[bool]:
    yield (directory / "MAR-INF").is_dir()
    yield (directory / "model.py").is_file()
    yield (directory / f"{name}.py").is_file()
    yield version_numbers(version) >= (0, 22, 1) and (directory / "config.json").is_file()
    if version_numbers(version) >= (0, 34, 0):
        scikit = ("skops", "joblib", "pkl", "pickle", "cloudpkl")
        yield any(
            (directory / f"{stem}.{suffix}").is_file()
            for stem in (name, "model")
            for suffix in scikit
        )
