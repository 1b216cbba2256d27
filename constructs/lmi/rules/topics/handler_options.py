"""Rules about options that are refused for what else is there, or is not."""

import re
from collections.abc import Iterator

from lmi.rules.rule import Example, Hit, properties, rule
from lmi.rules.subject import Subject
from lmi.rules.topics.values import is_fatal, refused_use

_V20 = "0.20.0-deepspeed0.7.5-cu116"
_V21 = "0.21.0-deepspeed0.8.3-cu117"
_V22 = "0.22.1-deepspeed0.9.2-cu118"
_V23 = "0.23.0-deepspeed0.9.5-cu118"
_V25 = "0.25.0-deepspeed0.11.0-cu118"
_V26 = "0.26.0-deepspeed0.12.6-cu121"
_V27 = "0.27.0-deepspeed0.12.6-cu121"
_V34 = "0.34.0-lmi16.0.0-cu128"
_HF = "engine=Python\noption.entryPoint=djl_python.huggingface\noption.model_id=gpt2\n"
_OFF = "option.rolling_batch=disable\n"

_BATCH = "option.rolling_batch"
_SIZE = "option.max_rolling_batch_size"
_STREAMING = "option.enable_streaming"
_TRUE = frozenset({"true", "t", "yes", "y", "on", "1"})
_JAVA_INTEGER = re.compile(r"[+-]?\d+")

_PYTHON = "deepjavalibrary/djl-serving: engines/python/setup/djl_python"
_JAVA = "deepjavalibrary/djl-serving: engines/python/src/main/java/ai/djl/python/engine"


def _is_huggingface(subject: Subject) -> bool:
    return subject.readers.certain == {"huggingface"} and not subject.readers.is_open


def _has_no_rolling_batch(subject: Subject) -> bool:
    """Return whether rolling batching is surely off: by default, until the server chooses one."""
    written = subject.options.get(_BATCH)
    if written is None:
        written = subject.options.get("rolling_batch")
    return written == "disable" if written is not None else not subject.since("0.27.0")


@rule(
    id="task-missing",
    severity="error",
    title="Before 0.21.0, djl_python.huggingface is told the task of a model from elsewhere",
    reason=(
        "0.19.0 and 0.20.0 guess the task from a config.json beside serving.properties alone. "
        "Where there is none, they say \"You need to define 'task' options\" on every call."
    ),
    fix="set option.task, e.g. to text-generation",
    source=f"{_PYTHON}/huggingface.py (initialize; 0.20.0, 0.21.0)",
    passes=(
        properties(f"{_HF}option.task=text-generation\n", image=_V20),
        Example(files={"serving.properties": _HF, "config.json": "{}"}, image=_V20),
        properties(_HF, image=_V21),
    ),
    fails=(properties(_HF, image=_V20),),
    needs=("image", "files"),
)
def task_missing(subject: Subject) -> Iterator[Hit]:
    """Yield a model of Hugging Face without a task."""
    if (
        subject.since("0.21.0")
        or not _is_huggingface(subject)
        or subject.options.get("option.task")
    ):
        return
    for model in subject.python_models:
        if "config.json" not in model.names:
            yield Hit(
                message="option.task is missing, and there is no config.json to guess it from",
                location=model.key_location(subject, "option.entryPoint"),
                key="option.task",
            )


@rule(
    id="device-map-missing",
    severity="error",
    title="Weights of 8 or 4 bits come with option.device_map",
    reason=(
        "Without rolling batch, djl_python.huggingface hands such weights to Accelerate, and says "
        '"device_map should be set when load_in_8bit is set" where nobody sets it. Up to 0.29.0 '
        "a tensor parallel degree sets it too."
    ),
    fix="set option.device_map=auto",
    source=(
        f"{_PYTHON}/huggingface.py (0.20.0 to 0.24.0), "
        "properties_manager/hf_properties.py (0.25.0 to 0.36.0)"
    ),
    passes=(
        properties(f"{_HF}option.load_in_8bit=true\noption.device_map=auto\n", image=_V25),
        properties(f"{_HF}option.load_in_8bit=true\noption.tensor_parallel_degree=1\n", image=_V25),
        properties(f"{_HF}option.quantize=bitsandbytes8\noption.rolling_batch=vllm\n", image=_V34),
        properties(f"{_HF}option.load_in_8bit=false\n", image=_V25),
    ),
    fails=(
        properties(f"{_HF}option.task=text-generation\noption.load_in_8bit=true\n", image=_V20),
        properties(f"{_HF}option.quantize=bitsandbytes8\n", image=_V25),
        properties(f"{_HF}{_OFF}option.quantize=bitsandbytes4\n", image=_V34),
    ),
    needs=("image",),
)
def device_map_missing(subject: Subject) -> Iterator[Hit]:
    """Yield the key that needs a device_map, where there is none."""
    options = subject.options
    by_degree = not subject.since("0.30.0") and (
        # From 0.27.0 on, the server may choose a degree.
        subject.since("0.27.0")
        or any(key.endswith("tensor_parallel_degree") for key in options)
        or (subject.hosting is not None and bool(subject.hosting.environment))
    )
    if not _is_huggingface(subject) or not _has_no_rolling_batch(subject) or by_degree:
        return
    if "option.device_map" in options or "device_map" in options:
        return
    for key, value in options.items():
        if _asks_for_few_bits(subject, key, value):
            yield Hit(
                message=f"{key!r} is {value[:60]!r}, and option.device_map is not set",
                location=subject.key_location(key),
                key=key,
            )


def _asks_for_few_bits(subject: Subject, key: str, value: str) -> bool:
    if key == "option.quantize":
        return subject.since("0.25.0") and value in {"bitsandbytes8", "bitsandbytes4"}
    is_known = key == "option.load_in_8bit" and subject.since("0.20.0")
    is_known = is_known or (key == "option.load_in_4bit" and subject.since("0.23.0"))
    # Before 0.25.0 the key alone counts.
    return is_known and (not subject.since("0.25.0") or value.strip().lower() in _TRUE)


@rule(
    id="streaming-with-batches",
    severity="error",
    title="Streaming without rolling batch goes without dynamic batches",
    reason='"We cannot enable streaming for dynamic batching", says 0.25.0 and later.',
    fix="remove option.enable_streaming, or batch_size",
    source=f"{_PYTHON}/properties_manager/properties.py (0.25.0 to 0.36.0)",
    passes=(
        properties(f"{_HF}batch_size=1\n{_STREAMING}=true\n", image=_V25),
        properties(f"{_HF}batch_size=2\n{_STREAMING}=false\n", image=_V25),
    ),
    fails=(
        properties(f"{_HF}batch_size=2\n{_STREAMING}=true\n", image=_V25),
        properties(f"{_HF}{_OFF}batch_size=2\n{_STREAMING}=huggingface\n", image=_V34),
    ),
    needs=("image",),
)
def streaming_with_batches(subject: Subject) -> Iterator[Hit]:
    """Yield streaming beside a size of batches."""
    streaming = subject.options.get(_STREAMING, "").lower()
    if streaming not in {"true", "huggingface"} or not subject.since("0.25.0"):
        return
    if not _is_huggingface(subject) or not _has_no_rolling_batch(subject):
        return
    for key in ("option.batch_size", "batch_size"):
        size = subject.options.get(key, "").strip()
        if _JAVA_INTEGER.fullmatch(size) and len(size) < 10 and int(size) > 1:
            yield Hit(
                message=f"{_STREAMING} is {streaming!r}, and {key} is {size}",
                location=subject.value_location(_STREAMING),
                key=_STREAMING,
            )
            return


@rule(
    id="rolling-batch-disabled",
    severity="error",
    title="Before 0.27.0, rolling batching is switched off by leaving the key out",
    reason=(
        "From 0.23.0 to 0.26.0 DJL Serving batches in rounds wherever option.rolling_batch is set "
        "at all, `disable` included, which only the Python handler understands: what the handler "
        "then answers is not understood, and no call ever ends. A handler of one's own may answer "
        "as a rolling batch does (warning)."
    ),
    fix="remove option.rolling_batch",
    source=f"{_JAVA}/PyPredictor.java (0.23.0 to 0.27.0)",
    passes=(
        properties(f"{_HF}{_OFF}", image=_V22),
        properties(f"{_HF}{_OFF}", image=_V27),
        properties(f"{_HF}", image=_V26),
    ),
    fails=(
        properties(f"{_HF}{_OFF}", image=_V23),
        properties(f"{_HF}{_OFF}", image=_V26),
    ),
    needs=("image",),
)
def rolling_batch_disabled(subject: Subject) -> Iterator[Hit]:
    """Yield `disable` where it switches nothing off."""
    if not subject.since("0.23.0") or subject.since("0.27.0") or not subject.readers.has_python:
        return
    if subject.options.get(_BATCH) == "disable":
        yield Hit(
            message="this version takes 'disable' for the name of a rolling batch",
            location=subject.value_location(_BATCH),
            key=_BATCH,
            severity="warning" if subject.readers.is_open else None,
        )


@rule(
    id="rolling-batch-size",
    severity="error",
    title="The size of a rolling batch is a number to Java",
    reason=(
        "Wherever a rolling batch runs, DJL Serving itself reads its size, with Integer.parseInt, "
        "which takes no blank, whatever the handler would take."
    ),
    fix="write a whole number, with no blank around it",
    source=f"{_JAVA}/PyPredictor.java (0.23.0), RollingBatch.java (0.27.0, 0.34.0)",
    passes=(
        properties(f"{_HF}{_BATCH}=auto\n{_SIZE}=4\n", image=_V25),
        properties(f"{_HF}{_OFF}{_SIZE}=4 \n", image=_V34),
        properties(f"engine=Python\n{_BATCH}=auto\n{_SIZE}=4 \n", image=_V22),
    ),
    fails=(
        properties(f"{_HF}{_BATCH}=auto\n{_SIZE}=4 \n", image=_V25),
        properties(f"{_HF}{_BATCH}=vllm\n{_SIZE}=4 \n", image=_V34),
        Example(
            files={
                "serving.properties": f"engine=Python\n{_BATCH}=auto\n{_SIZE}=ten\n",
                "model.py": "def handle(inputs): ...\n",
            },
            image=_V23,
        ),
    ),
    needs=("image",),
)
def rolling_batch_size(subject: Subject) -> Iterator[Hit]:
    """Yield a size that Java cannot read."""
    batch, size = subject.options.get(_BATCH), subject.options.get(_SIZE)
    if batch is None or size is None or not subject.since("0.23.0"):
        return
    is_off = batch == "disable" and subject.since("0.27.0")
    is_async = subject.options.get("option.async_mode", "").lower() == "true"
    if is_off or (is_async and subject.since("0.33.0")) or not subject.readers.has_python:
        return
    found = refused_use(subject, _SIZE, size)
    if _JAVA_INTEGER.fullmatch(size) or "{" in size or (found and is_fatal(subject, *found)):
        return
    yield Hit(
        message=f"{_SIZE!r} is {size[:60]!r}; must be an integer with no blank around it",
        location=subject.value_location(_SIZE),
        key=_SIZE,
    )
