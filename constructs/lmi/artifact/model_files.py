"""
Whether DJL Serving could find a model in a folder.

With no `engine` it guesses the engine from the files; where that fails, 0.20.0 starts without a
model, answers /ping with 200 and every invocation with 400, and later versions stop. This refuses
only what no version takes for a model, and what versions before 0.22.1 do not. Source: DJL Serving,
branches 0.20.0-dlc (ModelServer.inferEngine) to 0.36.0-lmi27-dlc (ModelInfo.inferEngine).
"""

from collections.abc import Collection

from lmi.catalog.version import version_numbers
from lmi.properties import PropertiesFile

_NAMES = {
    "model.py",
    "metadata.yaml",
    "config.pbtxt",
    "saved_model.pb",
    "model",
    "__model__",
    "inference.pdmodel",
}
_SUFFIXES = (
    ".py",
    ".pt",
    ".onnx",
    "-symbol.json",
    ".trt",
    ".uff",
    ".tflite",
    ".json",
    ".xgb",
    ".bst",
    ".gguf",
    ".skops",
    ".joblib",
    ".pkl",
    ".pickle",
    ".cloudpkl",
    ".dylib",
    ".so",
)
"""After the folder's name, `option.modelName`, or `model`."""


def why_no_model(
    properties: PropertiesFile, names: Collection[str], folder: str, djl_version: str
) -> str | None:
    """
    Return why DJL Serving of *djl_version* finds no model in *folder*, or None if it may.

    Args:
        properties: serving.properties with overrides.
        names: paths of the files in the folder.
        folder: name of the folder, which a model file may be named after.
        djl_version: e.g. 0.20.0.
    """
    options = properties.as_mapping()
    if "engine" in options:
        return None
    reads_hub_ids = version_numbers(djl_version) >= (0, 22, 1)
    top = {name for name in names if "/" not in name}
    if reads_hub_ids and ("option.model_id" in options or "config.json" in top):
        return None
    stems = {options.get("option.modelName", options.get("modelName", folder)), folder, "model"}
    if (
        top & _NAMES
        or top & {f"{stem}{suffix}" for stem in stems for suffix in _SUFFIXES}
        or any(name.startswith("MAR-INF/") or name.endswith(".params") for name in names)
    ):
        return None
    hint = "" if reads_hub_ids else "; this version does not guess it from option.model_id"
    return (
        f"DJL Serving {djl_version} finds no model here: serving.properties has no 'engine', and "
        f"there is no model.py or other model file at the top{hint}; set 'engine' in "
        "serving.properties, e.g. engine=Python"
    )
