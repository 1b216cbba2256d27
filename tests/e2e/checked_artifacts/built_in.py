"""Artifacts that DJL Serving's own handler for Hugging Face serves."""

from tests.e2e.checked_artifacts.artifact import VERSIONS, Artifact

_HANDLER = (
    "engine=Python\noption.entryPoint=djl_python.huggingface\noption.model_id=gpt2\n"
    "option.task=text-classification\n"
)
_LAST = "option.rolling_batch=disable\n"
"""Without it, 0.34.0 asks for vLLM."""


def _set(
    line: str, rule: str | None = None, versions: tuple[str, ...] = VERSIONS
) -> tuple[Artifact, ...]:
    """Return the artifacts with *line*: one for 0.34.0, and one for what was before."""
    before = tuple(version for version in versions if version != "0.34.0")
    found = []
    if before:
        found.append(_artifact(f"Hugging Face: {line}", f"{_HANDLER}{line}\n", rule, before))
    if before != versions:
        text = f"{_HANDLER}{_LAST}{line}\n"
        found.append(_artifact(f"Hugging Face of 0.34.0: {line}", text, rule, ("0.34.0",)))
    return tuple(found)


def _artifact(name: str, text: str, rule: str | None, versions: tuple[str, ...]) -> Artifact:
    return Artifact(
        name=name,
        files={"serving.properties": text},
        rule=rule,
        versions=versions,
        has_hollow_packages=True,
    )


_SINCE_25 = ("0.25.0", "0.34.0")

BUILT_IN = (
    *_set("option.revision=main"),
    *_set("option.dtype=fp16", None, _SINCE_25),
    *_set("option.dtype=float16", "value-outside-set", _SINCE_25),
    *_set("option.dtype=fp16 ", "trailing-blank", _SINCE_25),
    *_set("option.enable_streaming=yes", "value-outside-set", _SINCE_25),
    *_set("option.enable_streaming=False", None, _SINCE_25),
    *_set("option.quantize=int8", "value-outside-set", ("0.25.0",)),
    *_set("option.quantize=int8", None, ("0.34.0",)),
    *_set("option.quantize=bitsandbytes8", "device-map-missing", _SINCE_25),
    *_set("option.load_in_8bit=true", "device-map-missing"),
    *_set("option.load_in_8bit=maybe", "value-type", _SINCE_25),
    *_set("option.trust_remote_code=yes", None, _SINCE_25),
    *_set("option.max_rolling_batch_size=ten", "value-type", _SINCE_25),
    *_set("option.tensor_parallel_degree=1", None, _SINCE_25),
    *_set("option.rolling_batch=disable", "rolling-batch-disabled", ("0.25.0",)),
    *_set("option.rolling_batch=vlm", "value-outside-set", ("0.34.0",)),
    *_set("option.mpi_mode=perhaps", "value-type", ("0.34.0",)),
    *_set("option.batch_size=four", "value-type", _SINCE_25),
    *_set("batch_size=2\noption.enable_streaming=true", "streaming-with-batches", _SINCE_25),
    Artifact(
        name="Hugging Face of 0.34.0 in asynchronous mode",
        files={"serving.properties": f"{_HANDLER}{_LAST}option.async_mode=true\n"},
        rule="async-built-in",
        versions=("0.34.0",),
        has_hollow_packages=True,
        never_loads=True,
    ),
    _artifact(
        "Hugging Face without a task",
        _HANDLER.replace("option.task=text-classification\n", ""),
        "task-missing",
        ("0.20.0",),
    ),
)
