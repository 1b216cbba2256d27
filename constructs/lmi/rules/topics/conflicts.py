"""Rules about keys that say the same twice, and about limits around the model."""

from collections.abc import Iterator

from lmi.djl.loading import positive_int
from lmi.rules.reading import settings_of, uses_read
from lmi.rules.rule import Hit, properties, rule
from lmi.rules.subject import Subject

_V26 = "0.26.0-deepspeed0.12.6-cu121"
_V27 = "0.27.0-deepspeed0.12.6-cu121"
_V31 = "0.31.0-lmi13.0.0-cu124"
_V32 = "0.32.0-lmi14.0.0-cu126"
_HF = "engine=Python\noption.entryPoint=djl_python.huggingface\noption.model_id=gpt2\n"
_VLLM = f"{_HF}option.rolling_batch=vllm\n"

_ELSEWHERE = frozenset({"option.model_id", "option.s3url", "option.rolling_batch"})
"""Keys whose conflicts have rules of their own."""

_TIMEOUT = "option.model_loading_timeout"
LONGEST_STARTUP_SECONDS = 3600
"""Most that SageMaker waits for a container to become healthy."""


@rule(
    id="conflicting-keys",
    severity="warning",
    title="No two keys set the same thing differently",
    reason=(
        "Where vLLM and DJL Serving have two names for one argument, or a version has an old and a "
        "new one, only one of the two values is taken."
    ),
    fix="keep one of the two",
    source=(
        "deepjavalibrary/djl-serving 0.36.0: engines/python/setup/djl_python/properties_manager/"
        "vllm_rb_properties.py; wlm/src/main/java/ai/djl/serving/wlm/ModelInfo.java"
    ),
    passes=(
        properties(f"{_VLLM}option.quantize=awq\noption.quantization=awq\n", image=_V32),
        properties(f"{_HF}batch_size=4\n", image=_V27),
    ),
    fails=(
        properties(f"{_VLLM}option.quantize=awq\noption.quantization=gptq\n", image=_V32),
        properties(f"{_HF}batch_size=4\nmax_dynamic_batch_size=8\n", image=_V27),
    ),
    needs=("image",),
)
def conflicting_keys(subject: Subject) -> Iterator[Hit]:
    """Yield the keys whose other name has another value."""
    for setting in settings_of(subject):
        key = setting.key
        if key in _ELSEWHERE:
            continue
        others = {name for use in uses_read(subject, key) for name in use.conflicts}
        for other in sorted(others - _ELSEWHERE):
            value = subject.options.get(other)
            if value is None or value.strip() == setting.value.strip():
                continue
            yield Hit(
                message=f"{key!r} is {setting.value!r}, and {other!r} is {value!r}",
                location=subject.value_location(key),
                key=key,
            )


@rule(
    id="loading-timeout-beyond-sagemaker",
    severity="warning",
    title="The model server gives up loading no later than SageMaker does",
    reason=(
        "SageMaker waits at most 3600 seconds for the container to become healthy, and then ends "
        "it whatever it is doing."
    ),
    fix=f"write {LONGEST_STARTUP_SECONDS} or less",
    source=(
        "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ProductionVariant.html, "
        "ContainerStartupHealthCheckTimeoutInSeconds"
    ),
    passes=(properties(f"{_HF}{_TIMEOUT}=3600\n", image=_V26),),
    fails=(properties(f"{_HF}{_TIMEOUT}=7200\n", image=_V26),),
)
def loading_timeout_beyond_sagemaker(subject: Subject) -> Iterator[Hit]:
    """Yield a time-out that cannot be reached."""
    seconds = positive_int(subject.options.get(_TIMEOUT, ""))
    if seconds is not None and seconds > LONGEST_STARTUP_SECONDS:
        yield Hit(
            message=f"{_TIMEOUT} is {seconds} s, and SageMaker waits {LONGEST_STARTUP_SECONDS} s",
            location=subject.value_location(_TIMEOUT),
            key=_TIMEOUT,
        )


@rule(
    id="quantized-with-dtype",
    severity="error",
    title="option.quantize and option.dtype do not exclude each other",
    reason=(
        "0.26.0's lmi-dist raises `Can't set both dtype and quantize`; other versions take both."
    ),
    fix="remove option.dtype",
    source=(
        "deepjavalibrary/djl-serving 0.26.0: engines/python/setup/djl_python/properties_manager/"
        "lmi_dist_rb_properties.py"
    ),
    passes=(
        properties(
            f"{_HF}option.rolling_batch=lmi-dist\noption.quantize=gptq\noption.dtype=fp16\n".replace(
                "Python", "MPI", 1
            ),
            image=_V27,
        ),
    ),
    fails=(
        properties(
            f"{_HF}option.rolling_batch=lmi-dist\noption.quantize=gptq\noption.dtype=fp16\n".replace(
                "Python", "MPI", 1
            ),
            image=_V26,
        ),
    ),
    needs=("image",),
)
def quantized_with_dtype(subject: Subject) -> Iterator[Hit]:
    """Yield a dtype beside a quantization that refuses it."""
    keys = ("option.quantize", "option.dtype")
    if subject.version != (0, 26, 0) or "lmi-dist" not in subject.readers.certain:
        return
    if all(subject.options.get(key) for key in keys):
        yield Hit(
            message="option.dtype and option.quantize are both set, which lmi-dist refuses",
            location=subject.key_location("option.dtype"),
            key="option.dtype",
        )


@rule(
    id="non-ascii-value",
    severity="warning",
    title="Values are ASCII, with \\uXXXX for other characters",
    reason=(
        "From 0.22.1 on DJL Serving reads serving.properties as ISO-8859-1, whatever it was "
        "written in, so that UTF-8 letters become two others each. Earlier versions read "
        "it twice, and only the options as UTF-8."
    ),
    fix="write \\uXXXX",
    source=(
        "deepjavalibrary/djl-serving 0.22.1: wlm/src/main/java/ai/djl/serving/wlm/ModelInfo.java; "
        "deepjavalibrary/djl 0.20.0: api/src/main/java/ai/djl/repository/zoo/BaseModelLoader.java"
    ),
    passes=(
        properties(f"{_HF}option.prompt=Gr\\u00fc\\u00dfe\n", image=_V31),
        properties(f"{_HF}option.task=Grüße\n", image="0.21.0-deepspeed0.8.3-cu117"),
    ),
    fails=(
        properties(f"{_HF}option.task=Grüße\n", image="0.22.1-deepspeed0.9.2-cu118"),
        properties("engine=Python\nmodelName=Grüße\n", image="0.20.0-deepspeed0.7.5-cu116"),
    ),
    needs=("image", "properties"),
)
def non_ascii_value(subject: Subject) -> Iterator[Hit]:
    """Yield the lines that hold bytes beyond ASCII which the version misreads."""
    assert subject.written is not None  # noqa: S101 -- needs
    for entry in subject.written_entries:
        setting = subject.settings.get(entry.key)
        if setting is None or setting.is_override:
            continue
        if not subject.since("0.22.1") and entry.key.startswith("option."):
            continue
        raw = subject.written.text[entry.span.key_start : entry.span.content_end]
        if raw.isascii():
            continue
        meant = entry.value.encode("latin-1", "replace").decode("utf-8", "replace")
        yield Hit(
            message=f"{entry.key!r} is read as {entry.value[:60]!r}, and not as {meant[:60]!r}",
            location=subject.value_location(entry.key),
            key=entry.key,
        )
