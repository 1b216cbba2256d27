"""
Why an endpoint needs the network: what the container would download while it starts.

SageMaker can isolate a container from every network; then only what is in the tarball or in the
image is there.
https://docs.aws.amazon.com/sagemaker/latest/dg/mkt-algo-model-internet-free.html
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import PurePosixPath

from lmi.catalog.version import version_numbers

MODEL_KEYS = (
    "option.model_id",
    "option.speculative_draft_model",
    "option.draft_model_id",
    "option.speculative_model",
    "option.qlora_adapter_name_or_path",
    "option.tokenizer",
)
"""
Options that name a model, an adapter or a tokenizer by Hub id, location or path.

Source: DJL Serving 0.19 to 0.36, engines/python/setup/djl_python/properties_manager/.
"""

S3_KEYS = ("option.s3url", "option.sessions_s3url")
"""Options that name an S3 prefix."""

_WHEELHOUSE_SINCE = (0, 23)
"""DJL version since which `requirements/` is given to pip: PyEnv.installDependency."""


def network_reasons(
    options: Mapping[str, str], names: Iterable[str], djl_version: str
) -> tuple[str, ...]:
    """
    Return why the container needs the network, a sentence for each cause; nothing if it can be
    isolated.

    Args:
        options: keys and values of serving.properties, overrides included.
        names: paths of the files in the folder.
        djl_version: of the image.
    """
    files = frozenset(names)
    folders = {str(parent) for name in files for parent in PurePosixPath(name).parents}
    return (
        *_options(options, files | folders),
        *_entry_point(options),
        *_requirements(files, djl_version),
    )


def _options(options: Mapping[str, str], inside: frozenset[str]) -> Iterator[str]:
    for key in MODEL_KEYS:
        if where := _source(options.get(key, ""), inside):
            yield f"{_place(options, key)} is {where}, which the container downloads"
    for key in S3_KEYS:
        if key in options:
            yield f"{_place(options, key)} is in S3, which the container reads itself"


def _entry_point(options: Mapping[str, str]) -> Iterator[str]:
    key = "option.entryPoint"
    if options.get(key, "").lower().startswith("http"):
        yield f"{_place(options, key)} is a URL, which the container downloads"


def _requirements(files: frozenset[str], djl_version: str) -> Iterator[str]:
    if "requirements.txt" not in files:
        return
    wheels = any(name.startswith("requirements/") and name.endswith(".whl") for name in files)
    if not wheels:
        yield (
            "requirements.txt is installed from a package index; put the wheels into "
            "requirements/ to do without"
        )
    elif version_numbers(djl_version)[:2] < _WHEELHOUSE_SINCE:
        yield (
            f"requirements.txt is installed from a package index: DJL Serving {djl_version} does "
            "not look into "
            f"requirements/, 0.23.0 is the first that does"
        )


def is_hub_id(value: str, inside: Collection[str]) -> bool:
    """
    Return whether *value* is the id of a model on the Hugging Face Hub.

    Args:
        value: of an option in MODEL_KEYS.
        inside: paths of the files and folders in the model's folder, where the handler runs.
    """
    is_path = value.startswith(("/", ".")) or value.rstrip("/") in inside
    return bool(value) and "://" not in value and not is_path


def _source(value: str, inside: frozenset[str]) -> str | None:
    """Return what remote thing *value* names, or None if it lies in the container."""
    if value.startswith("s3://"):
        return "in S3"
    if "://" in value:
        return "a URL"
    return "the id of a model on the Hugging Face Hub" if is_hub_id(value, inside) else None


def _place(options: Mapping[str, str], key: str) -> str:
    return f"serving.properties: {key}={options[key]}"
