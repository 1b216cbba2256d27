"""Rules about rolling batches: which image and which handler has one, and what excludes it."""

from collections.abc import Iterator

from lmi.djl.handlers import family, inferred_rolling_batches
from lmi.rules.finding import Severity
from lmi.rules.rule import Hit, properties, rule
from lmi.rules.subject import Subject

_KEY = "option.rolling_batch"
_ENGINES = (
    "https://github.com/deepjavalibrary/djl-serving, its release branches: "
    "engines/python/setup/djl_python"
)
_V24 = "0.24.0-deepspeed0.10.0-cu118"
_V26 = "0.26.0-deepspeed0.12.6-cu121"
_V27 = "0.27.0-deepspeed0.12.6-cu121"
_CPU = "0.36.0-cpu-full"
_V30 = "0.30.0-lmi12.0.0-cu124"
_V32 = "0.32.0-lmi14.0.0-cu126"
_V33 = "0.33.0-lmi15.0.0-cu128"
_V34 = "0.34.0-lmi16.0.0-cu128"
_MODEL = "option.model_id=gpt2\n"
_HF = f"{_MODEL}option.entryPoint=djl_python.huggingface\n"

_WITH_VLLM = ("deepspeed", "lmi", "neuronx")


@rule(
    id="rolling-batch-not-here",
    severity="error",
    title="The image has the library of the rolling batch",
    reason=(
        "Each rolling batch is a library of some images: vllm and lmi-dist come with DeepSpeed, "
        "LMI and Neuron images alone. In others the import fails, and with it the model."
    ),
    fix="name a rolling batch of this image, or leave the choice to it with auto",
    source=f"{_ENGINES}/huggingface.py, get_rolling_batch_class_from_str; serving/docker",
    passes=(properties(f"engine=Python\n{_HF}option.rolling_batch=vllm\n", image=_V27),),
    fails=(properties(f"engine=Python\n{_HF}option.rolling_batch=vllm\n", image=_CPU),),
    needs=("image",),
)
def rolling_batch_not_here(subject: Subject) -> Iterator[Hit]:
    """Yield a rolling batch that cannot start."""
    assert subject.image is not None  # noqa: S101 -- needs
    chosen, who = subject.readers.rolling_batch, subject.readers
    if "huggingface" not in who.certain or chosen is None or "lmi_vllm" in who.possible:
        return
    kind = family(subject.image)
    if chosen in ("vllm", "lmi-dist") and kind not in _WITH_VLLM:
        yield Hit(
            message=f"rolling batch {chosen!r} is in no image of the family {kind}",
            location=subject.value_location(_KEY),
            key=_KEY,
        )


@rule(
    id="rolling-batch-engine",
    severity="error",
    title="vllm runs with engine=Python, and lmi-dist under MPI",
    reason=(
        "vLLM starts its own processes and refuses to run under mpirun; lmi-dist asks for it. From "
        "0.28.0 on the server turns MPI on for lmi-dist by itself, and from 0.33.0 on it puts vllm "
        "in its place, which then asks for engine=Python; as this is meant to be a drop-in and was "
        "not seen to fail, it is a warning."
    ),
    fix="write engine=Python for vllm, and engine=MPI for lmi-dist before 0.33.0",
    source=(
        f"{_ENGINES}/rolling_batch/vllm_rolling_batch.py (0.23 to 0.25), "
        "properties_manager/vllm_rb_properties.py, lmi_dist_rb_properties.py (0.26 to 0.36)"
    ),
    passes=(
        properties(f"engine=Python\n{_HF}option.rolling_batch=vllm\n", image=_V27),
        properties(f"engine=MPI\n{_HF}option.rolling_batch=lmi-dist\n", image=_V32),
        properties(f"engine=Python\n{_HF}option.rolling_batch=lmi-dist\n", image=_V30),
        properties(f"engine=Python\n{_HF}option.rolling_batch=lmi-dist\n", image=_V26),
    ),
    fails=(
        properties(f"engine=MPI\n{_HF}option.rolling_batch=vllm\n", image=_V24),
        properties(f"engine=MPI\n{_HF}option.rolling_batch=lmi-dist\n", image=_V33),
        properties(f"engine=Python\n{_HF}option.rolling_batch=lmi-dist\n", image=_V27),
    ),
    needs=("image",),
)
def rolling_batch_engine(subject: Subject) -> Iterator[Hit]:
    """Yield an engine with which the rolling batch does not start."""
    who = subject.readers
    if who.is_open or "huggingface" not in who.possible or who.engine is None:
        return
    written = subject.options.get(_KEY, "")
    severity: Severity | None = None
    if who.rolling_batch == "vllm" and who.engine in ("MPI", "DeepSpeed"):
        rewritten = "" if written.strip() == "vllm" else ", which this version starts as vllm,"
        severity = "warning" if rewritten else None
        message = (
            f"engine is {who.engine!r}, and rolling batch {written!r}{rewritten} needs 'Python'"
        )
    elif (
        who.rolling_batch == "lmi-dist"
        and who.engine == "Python"
        and subject.version[:2] == (0, 27)
    ):
        message = "engine is 'Python', and rolling batch 'lmi-dist' needs 'MPI'"
    else:
        return
    yield Hit(
        message=message,
        location=subject.value_location("engine"),
        key="engine",
        severity=severity,
    )


@rule(
    id="rolling-batch-overruled",
    severity="warning",
    title="Nothing else keeps the rolling batch from running",
    reason=(
        "From 0.27.0 on a batch_size above 1 turns rolling batching off. Asynchronous mode, from "
        "0.33.0 on, runs a handler that batches by itself and does not start one."
    ),
    fix="remove one of the two",
    source=(
        "deepjavalibrary/djl-serving 0.36.0: wlm/src/main/java/ai/djl/serving/wlm/"
        "LmiConfigRecommender.java; engines/python: PyModel.java; docs/lmi/announcements"
    ),
    passes=(
        properties(f"{_MODEL}batch_size=4\noption.rolling_batch=disable\n", image=_V27),
        properties(f"{_HF}batch_size=4\noption.rolling_batch=auto\n", image=_V26),
        properties(f"{_MODEL}option.async_mode=true\noption.rolling_batch=disable\n"),
    ),
    fails=(
        properties(f"{_MODEL}batch_size=4\noption.rolling_batch=auto\n", image=_V27),
        properties(f"{_MODEL}option.async_mode=true\noption.rolling_batch=vllm\n"),
    ),
    needs=("image",),
)
def rolling_batch_overruled(subject: Subject) -> Iterator[Hit]:
    """Yield a rolling batch that the server or the handler passes over."""
    written = subject.options.get(_KEY, "").strip()
    if written in ("", "disable") or not subject.readers.has_python:
        return
    if subject.since("0.27.0"):
        for key in ("batch_size", "max_dynamic_batch_size"):
            size = subject.options.get(key, "").strip()
            if size.isascii() and size.isdigit() and int(size[:9]) > 1:
                yield Hit(
                    message=f"{_KEY} is {written!r}, and {key}={size} turns it off",
                    location=subject.value_location(_KEY),
                    key=_KEY,
                )
                return
    if subject.options.get("option.async_mode", "").lower() == "true" and subject.since("0.33.0"):
        yield Hit(
            message=f"{_KEY} is {written!r}, and option.async_mode=true runs none",
            location=subject.value_location(_KEY),
            key=_KEY,
        )


@rule(
    id="rolling-batch-size-without-one",
    severity="warning",
    title="Settings of a rolling batch stand where one runs",
    reason="Without a rolling batch, requests are handled one after another, whatever its size.",
    fix="name a rolling batch, or remove the key",
    source=f"{_ENGINES}/huggingface.py, is_rolling_batch_enabled",
    passes=(
        properties(
            f"engine=Python\n{_HF}option.rolling_batch=auto\noption.max_rolling_batch_size=8\n",
            image=_V26,
        ),
        properties(f"engine=Python\n{_HF}option.max_rolling_batch_size=8\n", image=_V27),
    ),
    fails=(
        properties(f"engine=Python\n{_HF}option.max_rolling_batch_size=8\n", image=_V26),
        properties(
            f"{_HF}option.rolling_batch=disable\noption.max_rolling_batch_size=8\n", image=_V34
        ),
    ),
    needs=("image",),
)
def rolling_batch_size_without_one(subject: Subject) -> Iterator[Hit]:
    """Yield a size for a rolling batch that is not turned on."""
    assert subject.image is not None  # noqa: S101 -- needs
    who, key = subject.readers, "option.max_rolling_batch_size"
    if key not in subject.settings or who.certain != {"huggingface"} or not subject.since("0.23.0"):
        return
    batches = (
        inferred_rolling_batches(subject.image, who.rolling_batch)
        if who.rolling_batch in (None, "auto")
        else {who.rolling_batch}
    )
    if batches == {"disable"}:
        yield Hit(
            message=f"{key} has no rolling batch to set the size of",
            location=subject.key_location(key),
            key=key,
        )
