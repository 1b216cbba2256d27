"""
The deep learning engines that each DJL Serving version knows, and the files it tells them by.

From deepjavalibrary/djl-serving, branches 0.19.0-dlc to 0.36.0-lmi27-dlc: the
`*EngineProvider.java` of engines/python; `serving/build.gradle` and `DependencyManager.java` for
the frameworks that come along or are fetched on first use; `ModelServer.inferEngine` (0.19, 0.20)
and `ModelInfo.inferEngine` (from 0.21) for the files.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from lmi.catalog.version import version_numbers


@dataclass(frozen=True, kw_only=True, slots=True)
class _Range:
    """Versions of DJL Serving, both ends included; None: to the newest."""

    since: str = "0.0.0"
    until: str | None = None

    def has(self, version: str) -> bool:
        """Return whether *version* is one of them."""
        wanted = version_numbers(version)
        until = self.until is None or wanted <= version_numbers(self.until)
        return version_numbers(self.since) <= wanted and until


@dataclass(frozen=True, kw_only=True, slots=True)
class Engine(_Range):
    """An engine, and the versions that know it."""

    name: str
    uses_mpi: bool = False
    """Whether it is Python under `mpirun`, one process for each GPU of a copy."""


ENGINES = (
    Engine(name="Python"),
    Engine(name="DeepSpeed", since="0.19.0", until="0.27.0", uses_mpi=True),
    Engine(name="FasterTransformer", since="0.21.0", until="0.24.0", uses_mpi=True),
    Engine(name="MPI", since="0.23.0", uses_mpi=True),
    Engine(name="PyTorch"),
    Engine(name="TensorFlow"),
    Engine(name="OnnxRuntime"),
    Engine(name="MXNet", until="0.33.0"),
    Engine(name="TensorRT", until="0.33.0"),
    Engine(name="TFLite", until="0.27.0"),
    Engine(name="PaddlePaddle", until="0.27.0"),
    Engine(name="XGBoost"),
    Engine(name="Llama", since="0.26.0", until="0.34.0"),
    # Of ai.djl.huggingface:tokenizers, which the server has along.
    Engine(name="Rust", since="0.28.0"),
    Engine(name="DLR", until="0.20.0"),
)
"""Those that the public images can run: no plug-in, no framework that somebody adds."""

MODEL_ID = "option.model_id"
SCIKIT = (".skops", ".joblib", ".pkl", ".pickle", ".cloudpkl")
"""Endings of the names of scikit-learn's models."""
_ZOO = "djl://"


@dataclass(frozen=True, kw_only=True, slots=True)
class _Sign(_Range):
    """Names that stand for a model of an engine. None: their content decides which."""

    engine: str | None
    names: tuple[str, ...]
    """In the model's folder, a folder with a `/` behind; `{name}` stands for the model's name."""


def _stems(*suffixes: str) -> tuple[str, ...]:
    return tuple(f"{stem}{suffix}" for suffix in suffixes for stem in ("{name}", "model"))


# In the order in which they are looked for; the two orders of 0.27 and 0.28 differ, so some stand
# twice.
_SIGNS = (
    _Sign(engine=None, names=("metadata.yaml",), since="0.25.0"),
    _Sign(engine="Python", names=("MAR-INF/", "model.py", "{name}.py"), until="0.27.0"),
    _Sign(engine="Python", names=("config.json", MODEL_ID), since="0.22.1", until="0.27.0"),
    _Sign(engine=None, names=(_ZOO,), since="0.28.0"),
    _Sign(engine="Python", names=("MAR-INF/",), since="0.35.0"),
    _Sign(engine="PyTorch", names=("{name}.pt",)),
    _Sign(engine="PyTorch", names=("model.pt",), since="0.21.0"),
    _Sign(engine="TritonServer", names=("config.pbtxt",), since="0.22.1"),
    _Sign(engine="TensorFlow", names=("saved_model.pb",)),
    _Sign(engine="MXNet", names=("{name}-symbol.json",), until="0.33.0"),
    _Sign(engine="OnnxRuntime", names=("{name}.onnx",)),
    _Sign(engine="OnnxRuntime", names=("model.onnx",), since="0.21.0"),
    _Sign(engine="TensorRT", names=("{name}.trt", "{name}.uff"), until="0.33.0"),
    _Sign(engine="TFLite", names=("{name}.tflite",), until="0.27.0"),
    _Sign(engine="PaddlePaddle", names=("model", "__model__", "inference.pdmodel"), until="0.27.0"),
    _Sign(engine="XGBoost", names=("{name}.json",)),
    _Sign(engine="XGBoost", names=("{name}.xgb", "model.xgb"), since="0.25.0"),
    _Sign(engine="XGBoost", names=_stems(".json", ".bst"), since="0.35.0"),
    _Sign(engine="Llama", names=("{name}.gguf",), since="0.26.0", until="0.34.0"),
    _Sign(
        engine="Python",
        names=_stems(*SCIKIT),
        since="0.35.0",
    ),
    _Sign(
        engine="Python",
        names=("model.py", "{name}.py", MODEL_ID, "config.json", "MAR-INF/"),
        since="0.28.0",
    ),
    _Sign(engine="DLR", names=("{name}.dylib", "{name}.so"), until="0.20.0"),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Guess:
    """What a version makes of a folder's files."""

    engine: str | None
    """None: known to the server alone, which reads metadata.yaml or asks the model zoo."""


def engine_names(version: str) -> tuple[str, ...]:
    """Return the names of the engines that DJL Serving *version* knows; they are case sensitive."""
    return tuple(engine.name for engine in ENGINES if engine.has(version))


def versions_of(name: str) -> tuple[str, str | None] | None:
    """
    Return the first and the last version with the engine *name*; None: no version has it. The last
    one is None where the newest still has it.
    """
    return next(
        ((engine.since, engine.until) for engine in ENGINES if engine.name == name),
        None,
    )


def uses_mpi(name: str | None) -> bool:
    """Return whether the engine *name* runs Python under `mpirun`."""
    return any(engine.uses_mpi for engine in ENGINES if engine.name == name)


def runs_python(name: str | None) -> bool:
    """Return whether models of the engine *name* are Python modules."""
    return name == "Python" or uses_mpi(name)


def guess_engine(
    names: Collection[str], options: Mapping[str, str], name: str, version: str
) -> Guess | None:
    """
    Return what DJL Serving *version* takes a folder for whose options name no engine; None: for no
    model.

    From 0.22.1 to 0.27 a model of Python with a Hugging Face configuration can get another of the
    engines that run Python, by its type.

    Args:
        names: what lies in the folder itself; a folder's name ends in `/`.
        options: of serving.properties and the environment.
        name: the model's, unless `option.modelName` says otherwise.
        version: of DJL Serving.
    """
    key = "modelName" if version_numbers(version) < (0, 21, 0) else "option.modelName"
    stem = options.get(key, name)
    present = set(names)
    if MODEL_ID in options:
        present.add(MODEL_ID)
        if options[MODEL_ID].startswith(_ZOO):
            present.add(_ZOO)
    for sign in _SIGNS:
        if sign.has(version) and any(each.format(name=stem) in present for each in sign.names):
            return Guess(engine=sign.engine)
    # A DJL model of its default engine: Utils.getCurrentEpoch of ai.djl:api.
    parameters = re.compile(re.escape(stem) + r"-\d{4}.params")
    if version_numbers(version) >= (0, 22, 1) and any(map(parameters.fullmatch, names)):
        return Guess(engine="PyTorch")
    return None
