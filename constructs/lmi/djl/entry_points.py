"""
The Python module that answers a model's requests, as each DJL Serving version finds it.

From deepjavalibrary/djl-serving, branches 0.19.0-dlc to 0.36.0-lmi27-dlc: the modules with a
`handle` below engines/python/setup/djl_python; `PyModel.java` (load, findModelFile) for the
default; `djl_python/service_loader.py` for what a value means; the Dockerfiles for
SERVING_FEATURES.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal

from lmi import catalog
from lmi.catalog.image_tag import Accelerator
from lmi.catalog.version import version_numbers
from lmi.djl.engines import MODEL_ID, SCIKIT

PREFIX = "djl_python."
KEY = "option.entryPoint"
ROLLING_BATCH = "option.rolling_batch"
MODEL_FILE = "model.py"


@dataclass(frozen=True, kw_only=True, slots=True)
class BuiltIn:
    """A module of DJL's own with a `handle`, and the versions that have it."""

    name: str
    """Without ``djl_python.``."""
    since: str
    until: str | None = None
    missing_in: tuple[str, ...] = ()
    renamed_to: str | None = None
    is_async: bool = False
    accelerator: Accelerator | None = None
    """What it needs; None: nothing that only some images have."""

    def is_in(self, version: str) -> bool:
        """Return whether DJL Serving *version* has it."""
        wanted = version_numbers(version)
        until = self.until is None or wanted <= version_numbers(self.until)
        return version_numbers(self.since) <= wanted and until and version not in self.missing_in


BUILT_IN = (
    BuiltIn(name="huggingface", since="0.19.0"),
    BuiltIn(name="deepspeed", since="0.19.0", until="0.27.0"),
    BuiltIn(name="stable-diffusion", since="0.20.0", until="0.27.0"),
    BuiltIn(name="fastertransformer", since="0.22.1", until="0.24.0"),
    BuiltIn(
        name="transformers-neuronx",
        since="0.22.1",
        until="0.23.0",
        renamed_to="transformers_neuronx",
        accelerator="neuron",
    ),
    BuiltIn(name="transformers_neuronx", since="0.24.0", until="0.34.0", accelerator="neuron"),
    BuiltIn(name="stable_diffusion_inf2", since="0.22.1", until="0.34.0", accelerator="neuron"),
    BuiltIn(name="tensorrt_llm", since="0.25.0", accelerator="gpu"),
    BuiltIn(name="sagemaker", since="0.25.0"),
    BuiltIn(name="lmi_vllm.vllm_async_service", since="0.33.0", is_async=True, accelerator="gpu"),
    BuiltIn(
        name="lmi_trtllm.trtllm_async_service",
        since="0.33.0",
        missing_in=("0.34.0",),
        is_async=True,
        accelerator="gpu",
    ),
    BuiltIn(name="sklearn_handler", since="0.35.0"),
    BuiltIn(name="xgboost_handler", since="0.35.0"),
)

Kind = Literal["built-in", "file", "module", "url", "outside", "torchserve"]
"""
`file`: a .py of the model's folder. `module`: what Python finds on its path, the model's folder
first. `outside`: an absolute path. `torchserve`: what MAR-INF/MANIFEST.json says.
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class EntryPoint:
    """Where the requests of a model of Python go."""

    value: str
    kind: Kind
    is_written: bool
    """Whether an option or a variable names it, and not DJL Serving."""
    fallback: str | None = None
    """From 0.29.0 on: the built-in module that answers if the one of `value` has no handler."""


def built_in_names(version: str) -> tuple[str, ...]:
    """Return the entry points that DJL Serving *version* has, as they are written."""
    return tuple(f"{PREFIX}{each.name}" for each in BUILT_IN if each.is_in(version))


def built_in(value: str) -> BuiltIn | None:
    """Return the module that *value* names, of any version, with ``djl_python.`` or without."""
    name = value.removeprefix(PREFIX)
    return next((each for each in BUILT_IN if each.name == name), None)


def kind_of(value: str) -> Kind:
    """Return what the value of `option.entryPoint` means."""
    if value.lower().startswith("http"):
        return "url"
    if value.startswith("/"):
        return "outside"
    if value.endswith(".py"):
        return "file"
    return "built-in" if value.startswith(PREFIX) else "module"


def find_entry_point(
    options: Mapping[str, str],
    names: Collection[str],
    engine: str | None,
    image: catalog.Image,
    environment: Mapping[str, str],
) -> EntryPoint | None:
    """
    Return where the requests of a model of Python go; None: DJL Serving stops, for it finds none.

    Args:
        options: of the model, with what the environment adds.
        names: what lies in its folder; those of folders do not matter but for MAR-INF.
        engine: of the model; None: unknown.
        image: that serves it.
        environment: of the container.
    """
    written = options.get(KEY) or environment.get("DJL_ENTRY_POINT")
    if "MAR-INF/MANIFEST.json" in names:
        return EntryPoint(value="MAR-INF", kind="torchserve", is_written=False)
    if written:
        return EntryPoint(value=written, kind=kind_of(written), is_written=True)
    defaults = default_entry_points(options, names, engine, image)
    fallback = defaults[-1] if defaults else None
    if MODEL_FILE in names:
        has_fallback = image.version_numbers >= (0, 29, 0)
        return EntryPoint(
            value=MODEL_FILE,
            kind="file",
            is_written=False,
            fallback=fallback if has_fallback else None,
        )
    if fallback is None:
        return None
    return EntryPoint(value=fallback, kind="built-in", is_written=False)


def default_entry_points(
    options: Mapping[str, str],
    names: Collection[str] | None,
    engine: str | None,
    image: catalog.Image,
) -> tuple[str, ...]:
    """
    Return the built-in modules of which `PyModel.load` takes one where nothing is written.

    The last is the one for a model of which the server finds out nothing more; none: it refuses, or
    that is not known.

    Args:
        options: of the model, with what the environment adds.
        names: what lies in its folder; None: not known.
        engine: of the model; None: the server finds out.
        image: that serves it.
    """
    return tuple(f"{PREFIX}{name}" for name in _defaults(options, names, engine, image))


def _defaults(
    options: Mapping[str, str],
    names: Collection[str] | None,
    engine: str | None,
    image: catalog.Image,
) -> tuple[str, ...]:
    version = image.version_numbers
    if version < (0, 22, 1):
        return ()
    if version >= (0, 35) and any(name.endswith(SCIKIT) for name in names or ()):
        return ("sklearn_handler",)
    has_model = MODEL_ID in options or ("option.s3url" in options and version < (0, 27))
    has_model = has_model or ("config.json" in (names or ()) and version >= (0, 28))
    if names is None and not has_model:
        return ()
    if version < (0, 28) and engine in ("DeepSpeed", "FasterTransformer"):
        return (engine.lower(),)
    if image.accelerator == "neuron" and version < (0, 35):
        # Without a degree it would be huggingface; both are handlers.
        return ("transformers_neuronx" if version >= (0, 24) else "transformers-neuronx",)
    if image.framework_key == "djl-tensorrtllm" or options.get(ROLLING_BATCH) == "trtllm":
        is_async = version >= (0, 33) and version[:2] != (0, 34)
        return ("lmi_trtllm.trtllm_async_service" if is_async else "tensorrt_llm",)
    if image.framework_key == "djl-lmi" and version >= (0, 33):
        return _defaults_of_vllm(options, version, has_model=has_model)
    if not has_model:
        return ()
    inferred = version < (0, 28) and engine is None and image.framework_key == "djl-deepspeed"
    return (*(("deepspeed",) if inferred else ()), "huggingface")


def _defaults_of_vllm(
    options: Mapping[str, str], version: tuple[int, ...], *, has_model: bool
) -> tuple[str, ...]:
    both = ("lmi_vllm.vllm_async_service", "huggingface")
    if version < (0, 34):
        return both[:1]
    if version < (0, 35):
        # 0.34 does not ask for SERVING_FEATURES.
        return both[1:] if has_model else ()
    if options.get("option.async_mode", "").lower() == "true":
        return both[:1]
    # For a text model the server turns asynchronous mode on, unless it has a rolling batch.
    return both if options.get(ROLLING_BATCH, "auto") in ("", "auto") else both[1:]
