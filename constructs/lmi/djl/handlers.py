"""
Which code reads the options of a model: DJL Serving itself, its Python handlers, or a user's own.

From deepjavalibrary/djl-serving, branches 0.19.0-dlc to 0.36.0-lmi27-dlc: what
`LmiConfigRecommender.java` (from 0.27.0) sets where the author says nothing, `SERVING_FEATURES` of
the Dockerfiles in serving/docker, and the rolling batch classes that the handlers in
engines/python/setup/djl_python start.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from lmi.catalog import Image
from lmi.catalog.version import version_numbers
from lmi.djl.engines import ENGINES
from lmi.djl.entry_points import KEY, MODEL_FILE, PREFIX, default_entry_points
from lmi.properties.option import OptionUse

PYTHON_ENGINES = frozenset(
    {"Python", *(engine.name for engine in ENGINES if engine.uses_mpi)},
)
"""Engines that hand a model's options to a Python handler."""

OTHER_ENGINES = frozenset(
    {"LightGBM", "TritonServer", *(engine.name for engine in ENGINES)} - PYTHON_ENGINES
)
"""Engines in Java, whose options and translator arguments are their own."""

BARE_KEYS_REACH_PYTHON_SINCE = (0, 22, 1)
"""Since when a handler is given the keys without ``option.`` as well (PyModel.java)."""

_ENTRY_POINTS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "huggingface": frozenset({"huggingface"}),
        "deepspeed": frozenset({"deepspeed"}),
        "stable-diffusion": frozenset({"stable-diffusion"}),
        "fastertransformer": frozenset({"fastertransformer"}),
        "transformers-neuronx": frozenset({"transformers_neuronx"}),
        "transformers_neuronx": frozenset({"transformers_neuronx"}),
        "stable_diffusion_inf2": frozenset({"stable_diffusion_inf2"}),
        "tensorrt_llm": frozenset({"tensorrt_llm"}),
        "tensorrt_llm_python": frozenset({"tensorrt_llm"}),
        "lmi_vllm.vllm_async_service": frozenset({"lmi_vllm", "huggingface"}),
        "lmi_trtllm.trtllm_async_service": frozenset({"lmi_trtllm"}),
        "sklearn_handler": frozenset({"sklearn"}),
        "xgboost_handler": frozenset({"xgboost"}),
    }
)
"""Entry points by their names after ``djl_python.``, and who in the option tables reads there."""

_WITH_COMMON_OPTIONS = frozenset(
    {"huggingface", "deepspeed", "tensorrt_llm", "transformers_neuronx"}
    | {"stable_diffusion_inf2", "lmi_vllm", "lmi_trtllm"}
)
"""Handlers whose options begin with those that all of them have (properties.py)."""

_ROLLING_BATCHES = frozenset({"vllm", "lmi-dist", "scheduler"})
"""Rolling batches that read options of their own."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Readers:
    """Who reads the options of one model."""

    engine: str | None
    """Value of ``engine``; None: DJL Serving finds out."""
    entry_point: str | None
    """As it is written or taken by default; None: several are possible, or there is none."""
    rolling_batch: str | None
    """As it is written; None: not at all, or ``auto``."""
    possible: frozenset[str]
    """Handlers and rolling batches, by the names of the option tables, of which some may run."""
    certain: frozenset[str]
    """Those that run whatever the server finds out."""
    is_open: bool
    """Whether code that is not DJL Serving's may read any option."""

    @property
    def has_python(self) -> bool:
        """Whether the model is run by Python, as far as one can tell."""
        return self.engine not in OTHER_ENGINES

    def reads(self, use: OptionUse) -> bool:
        """Return whether *use* can be what becomes of its key here."""
        if not self._has_engine(use):
            return False
        return bool(self.possible.union(("any", "server")).intersection(use.handlers))

    def surely_reads(self, use: OptionUse) -> bool:
        """Return whether *use* is what becomes of its key here, whatever the server finds out."""
        if not self._has_engine(use):
            return False
        if self.certain.intersection(use.handlers) or "server" in use.handlers:
            return True
        # Of the keys that any handler reads, those of a Java parser are read before it starts.
        in_java = use.parser.startswith("java-") or not use.key.startswith("option.")
        return "any" in use.handlers and (in_java or bool(_WITH_COMMON_OPTIONS & self.certain))

    def _has_engine(self, use: OptionUse) -> bool:
        if "*" in use.engines:
            return True
        engines = PYTHON_ENGINES if self.has_python else {self.engine}
        return bool(engines.intersection(use.engines))

    @property
    def names(self) -> str:
        """The handlers in words, for messages."""
        return " or ".join(sorted(self.possible)) or "the model's own code"


def readers(options: Mapping[str, str], names: Collection[str] | None, image: Image) -> Readers:
    """
    Return who reads *options* in *image*.

    Args:
        options: of serving.properties and the environment.
        names: of the files in the model's folder; None: not known.
        image: that runs the model.
    """
    version = image.version_numbers
    engine = options.get("engine")
    rolling = _rolling_batch(options, version)
    if engine in OTHER_ENGINES:
        return Readers(
            engine=engine,
            entry_point=None,
            rolling_batch=rolling,
            possible=frozenset(),
            certain=frozenset(),
            is_open=True,
        )
    entry_point = options.get(KEY)
    if entry_point:
        candidates: tuple[str, ...] = (entry_point,)
    elif names is not None and MODEL_FILE in names:
        candidates = (MODEL_FILE,)
    else:
        candidates = default_entry_points(options, names, engine, image)
    found = [_handlers(candidate, options, rolling, image) for candidate in candidates]
    is_open = not candidates or any(handlers is None for handlers in found)
    known = [handlers for handlers in found if handlers is not None]
    possible = frozenset[str]().union(*(handlers.possible for handlers in known))
    certain = possible.intersection(*(handlers.certain for handlers in known)) if known else set()
    return Readers(
        engine=engine,
        entry_point=candidates[0] if len(candidates) == 1 else None,
        rolling_batch=rolling,
        possible=possible,
        certain=frozenset() if is_open else frozenset(certain),
        is_open=is_open,
    )


def family(image: Image) -> str:
    """Return the family of *image* as in its tag: ``lmi``, ``deepspeed``, … or ``cpu``."""
    return "cpu" if image.framework_key is None else image.framework_key.removeprefix("djl-")


def features(image: Image) -> frozenset[str]:
    """Return `SERVING_FEATURES` of *image*, by which the server chooses a rolling batch."""
    version, kind = image.version_numbers, family(image)
    if kind == "tensorrtllm":
        return frozenset({"trtllm"})
    if version < (0, 27) or kind not in ("deepspeed", "lmi", "neuronx"):
        return frozenset()
    both = {"vllm", "lmi-dist"} if version < (0, 33) else {"vllm"}
    return frozenset({*both, "tnx"} if kind == "neuronx" else both)


def inferred_rolling_batches(image: Image, written: str | None) -> frozenset[str]:
    """
    Return the rolling batches that *image* may choose itself, ``disable`` among them.

    Args:
        image: that runs the model.
        written: ``auto``, or None where the author says nothing.
    """
    version, has = image.version_numbers, features(image)
    if version < (0, 23):
        return frozenset({"disable"})
    if "trtllm" in has:
        return frozenset({"trtllm", "disable"})
    if version < (0, 27):
        both = {"lmi-dist", "scheduler"}
        return frozenset(both) if written == "auto" else frozenset({"disable"})
    chosen = {"disable", *(has & {"vllm", "lmi-dist", "tnx"})}
    return frozenset({*chosen, "scheduler"} if version < (0, 33) else chosen)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Handlers:
    possible: frozenset[str]
    certain: frozenset[str]


def _handlers(
    entry_point: str, options: Mapping[str, str], rolling: str | None, image: Image
) -> _Handlers | None:
    """Return who reads the options at *entry_point*; None: code that is not DJL Serving's."""
    name = entry_point.strip().removeprefix(PREFIX)
    base = _ENTRY_POINTS.get(name) if entry_point.strip().startswith(PREFIX) else None
    if base is None:
        return None
    if "transformers_neuronx" in base and "option.use_stable_diffusion" in options:
        # That handler looks at nothing else, and leaves all to the other.
        other = frozenset({"stable_diffusion_inf2"})
        return _Handlers(possible=base | other, certain=other)
    extra: frozenset[str] = frozenset()
    if "huggingface" in base or "transformers_neuronx" in base:
        batches = inferred_rolling_batches(image, rolling) if _is_auto(rolling) else {rolling or ""}
        extra = _ROLLING_BATCHES.intersection(batches)
    if base & {"tensorrt_llm", "lmi_trtllm"} and image.version_numbers >= (0, 29):
        extra = extra | {"partition"}
    certain = base if len(extra) != 1 or _is_auto(rolling) else base | extra
    return _Handlers(possible=base | extra, certain=certain - {"partition"})


def _rolling_batch(options: Mapping[str, str], version: tuple[int, ...]) -> str | None:
    written = options.get("option.rolling_batch")
    if written is None and version >= BARE_KEYS_REACH_PYTHON_SINCE:
        written = options.get("rolling_batch")
    if written is None:
        return None
    value = written.strip()
    if version < version_numbers("0.25.0"):
        value = value.lower()
    return "vllm" if value == "lmi-dist" and version >= (0, 33) else value


def _is_auto(rolling: str | None) -> bool:
    return rolling in (None, "", "auto")
