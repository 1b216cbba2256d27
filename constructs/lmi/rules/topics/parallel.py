"""Rules about how a model is spread over the accelerators of an instance."""

from collections.abc import Iterator

from lmi.djl.loading import Loading, positive_int
from lmi.rules.rule import Hit, properties, rule
from lmi.rules.subject import Subject

_TP = "option.tensor_parallel_degree"
_PP = "option.pipeline_parallel_degree"

_V20 = "0.20.0-deepspeed0.7.5-cu116"
_V22 = "0.22.1-deepspeed0.9.2-cu118"
_V23 = "0.23.0-deepspeed0.9.5-cu118"
_FOUR = "ml.g5.12xlarge"

_PY_MODEL = (
    "deepjavalibrary/djl-serving: engines/python/src/main/java/ai/djl/python/engine/PyModel.java"
)


def _loading(subject: Subject) -> Loading:
    assert subject.image is not None  # noqa: S101 -- needs
    return Loading(
        image=subject.image,
        options=subject.options,
        environment={} if subject.hosting is None else subject.hosting.environment,
        host=subject.host,
    )


def _devices(loading: Loading) -> str:
    assert loading.host is not None  # noqa: S101 -- needs
    kind = "GPU" if loading.host.accelerator == "gpu" else "Neuron core"
    plural = "" if loading.devices == 1 else "s"
    return f"{loading.host.name} has {loading.devices} {kind}{plural}"


@rule(
    id="too-few-accelerators",
    severity="error",
    title="The instance has as many accelerators as one copy of the model takes",
    reason=(
        "A copy takes tensor parallel degree times pipeline parallel degree devices. Where there "
        'are fewer, loading ends with "GPU devices are not enough to run N partitions".'
    ),
    fix="lower the degree, or take an instance type with more accelerators",
    source=f"{_PY_MODEL} (0.20.0 to 0.36.0), ModelServer.parseDevices, ModelInfo.getLoadOnDevices",
    passes=(
        properties(f"engine=DeepSpeed\n{_TP}=4\n", image=_V20, instance_type=_FOUR),
        properties(f"engine=Python\n{_TP}=2\n{_PP}=2\n", instance_type=_FOUR),
    ),
    fails=(
        properties(f"engine=DeepSpeed\n{_TP}=8\n", image=_V20, instance_type=_FOUR),
        properties(f"engine=Python\n{_TP}=4\n{_PP}=2\n", instance_type=_FOUR),
    ),
    needs=("image", "host"),
)
def too_few_accelerators(subject: Subject) -> Iterator[Hit]:
    """Yield a degree that the instance type cannot serve."""
    loading = _loading(subject)
    if loading.host is None or not loading.host.accelerator:
        return
    if positive_int(loading.degree) is None or loading.devices_of_a_copy <= loading.devices:
        return
    stages = f" x {loading.pipeline_degree}" if loading.pipeline_degree > 1 else ""
    yield Hit(
        message=f"{_TP}={loading.degree}{stages} takes {loading.devices_of_a_copy} devices, and "
        f"{_devices(loading)}",
        location=subject.value_location(_TP),
        key=_TP,
    )


@rule(
    id="idle-accelerators",
    severity="warning",
    title="Every accelerator of the instance is used",
    reason=(
        "DJL Serving loads as many copies as whole groups of devices fit, and at most maxWorkers; "
        "what is left over idles, without a message, and is paid for."
    ),
    fix="choose a degree that divides the number of accelerators, or a smaller instance type",
    source=f"{_PY_MODEL}, PyEnv.getMpiWorkers, ModelInfo.getLoadOnDevices (0.20.0 to 0.36.0)",
    passes=(
        properties(f"engine=DeepSpeed\n{_TP}=2\n", image=_V20, instance_type=_FOUR),
        properties(f"engine=DeepSpeed\n{_TP}=2\nmaxWorkers=2\n", image=_V20, instance_type=_FOUR),
        properties(f"engine=Python\n{_TP}=max\n", instance_type=_FOUR),
    ),
    fails=(
        properties(f"engine=DeepSpeed\n{_TP}=3\n", image=_V20, instance_type=_FOUR),
        properties(f"engine=DeepSpeed\n{_TP}=2\nmaxWorkers=1\n", image=_V20, instance_type=_FOUR),
    ),
    needs=("image", "host"),
)
def idle_accelerators(subject: Subject) -> Iterator[Hit]:
    """Yield a degree, or a number of workers, that leaves devices idle."""
    loading = _loading(subject)
    taken = loading.devices_of_a_copy
    if loading.host is None or not loading.host.accelerator or taken > loading.devices:
        return
    groups = loading.devices // taken
    limit = _max_workers(loading, subject)
    copies = groups if limit is None else min(groups, limit)
    idle = loading.devices - copies * taken
    if idle == 0:
        return
    key = _TP if copies == groups else _workers_key(subject)
    yield Hit(
        message=f"{copies} cop{'y' if copies == 1 else 'ies'} of {taken} leave {idle} idle: "
        f"{_devices(loading)}",
        location=subject.value_location(key),
        key=key,
    )


@rule(
    id="too-many-workers",
    severity="error",
    title="Under mpirun, maxWorkers is not above the number of copies that fit",
    reason='Loading ends with "We can only expand worker to N but the value is set to M".',
    fix="remove the key: DJL Serving then loads as many copies as fit",
    source=f"{_PY_MODEL} (0.20.0 to 0.36.0)",
    passes=(
        properties(f"engine=DeepSpeed\n{_TP}=2\nmaxWorkers=2\n", image=_V20, instance_type=_FOUR),
    ),
    fails=(
        properties(f"engine=DeepSpeed\n{_TP}=2\nmaxWorkers=3\n", image=_V20, instance_type=_FOUR),
    ),
    needs=("image", "host"),
)
def too_many_workers(subject: Subject) -> Iterator[Hit]:
    """Yield a number of workers that an MPI engine refuses."""
    loading = _loading(subject)
    taken = loading.devices_of_a_copy
    if not loading.is_mpi or loading.host is None or loading.host.accelerator != "gpu":
        return
    limit = _max_workers(loading, subject)
    copies = loading.devices // taken
    if limit is None or copies == 0 or limit <= copies:
        return
    key = _workers_key(subject)
    yield Hit(
        message=f"{key}={limit} is above the {copies} that fit: {_devices(loading)}, and a copy "
        f"takes {taken}",
        location=subject.value_location(key),
        key=key,
    )


@rule(
    id="tensor-parallel-degree-missing",
    severity="error",
    title="Before 0.23.0, an engine that runs under mpirun is told its tensor parallel degree",
    reason=(
        "Without one it counts the files named partitioned_model_* in the model's folder, and "
        'stops with "partitioned_model_ file not found" where there are none.'
    ),
    fix=f"set {_TP}",
    source=f"{_PY_MODEL} (0.19.0 to 0.22.1; from 0.23.0 on all GPUs are taken)",
    passes=(
        properties(f"engine=DeepSpeed\n{_TP}=2\n", image=_V22),
        properties("engine=DeepSpeed\n", image=_V23),
    ),
    fails=(properties("engine=DeepSpeed\n", image=_V22),),
    needs=("image", "files"),
)
def tensor_parallel_degree_missing(subject: Subject) -> Iterator[Hit]:
    """Yield an MPI engine without a degree where the version needs one."""
    loading = _loading(subject)
    if not loading.is_mpi or loading.degree or subject.since("0.23.0"):
        return
    if any(name.rpartition("/")[2].startswith("partitioned_model_") for name in subject.names()):
        return
    yield Hit(
        message=f"engine {subject.options.get('engine')!r} of DJL Serving "
        f"{loading.image.djl_version} needs {_TP}, which is not set",
        location=subject.key_location("engine"),
        key=_TP,
    )


SPLITS_HEADS = frozenset({"vllm", "lmi-dist", "trtllm", "lmi_vllm", "deepspeed"})
"""
Engines that split attention heads over the devices; Hugging Face Accelerate splits by layers.

DeepSpeed (https://github.com/deepspeedai/DeepSpeed/issues/3634), vLLM (vllm/config.py:
verify_with_parallel_config), TensorRT-LLM (convert_checkpoint.py).
"""


@rule(
    id="attention-heads",
    severity="error",
    title="The tensor parallel degree divides the attention heads",
    reason=(
        "DeepSpeed, vLLM and TensorRT-LLM give each device the same number of heads, and refuse to "
        "load where that does not work out."
    ),
    fix="choose a degree that divides the number of attention heads",
    source=(
        "https://github.com/deepspeedai/DeepSpeed/issues/3634; vLLM: "
        "ModelConfig.verify_with_parallel_config"
    ),
    passes=(
        properties(f"engine=DeepSpeed\n{_TP}=4\n", image=_V20, attention_heads=16),
        # Accelerate splits by layers.
        properties(
            f"engine=Python\noption.entryPoint=djl_python.huggingface\n{_TP}=3\n",
            image=_V20,
            attention_heads=16,
        ),
    ),
    fails=(
        properties(
            f"engine=DeepSpeed\noption.entryPoint=djl_python.deepspeed\n{_TP}=3\n",
            image=_V20,
            attention_heads=16,
        ),
        properties(f"engine=Python\noption.rolling_batch=vllm\n{_TP}=6\n", attention_heads=32),
    ),
    needs=("image", "attention_heads"),
)
def attention_heads(subject: Subject) -> Iterator[Hit]:
    """Yield a degree that does not divide the heads, where the engine splits by heads."""
    loading = _loading(subject)
    heads, degree = subject.attention_heads, positive_int(loading.degree)
    if heads is None or degree is None or heads % degree == 0 or not _splits_heads(subject):
        return
    yield Hit(
        message=f"{_TP}={degree} does not divide the model's {heads} attention heads",
        location=subject.value_location(_TP),
        key=_TP,
    )


def _splits_heads(subject: Subject) -> bool:
    options = subject.options
    entry_point = options.get("option.entryPoint", "")
    if entry_point in ("djl_python.deepspeed", "djl_python.lmi_vllm.vllm_async_service"):
        return True
    if options.get("option.rolling_batch") in SPLITS_HEADS:
        return True
    has_vllm = subject.image is not None and subject.image.framework_key == "djl-lmi"
    # From 0.35.0 on vLLM serves whatever says nothing (LmiConfigRecommender.java).
    silent = not entry_point and "option.rolling_batch" not in options
    return has_vllm and silent and subject.since("0.35.0") and "option.model_id" in options


def _max_workers(loading: Loading, subject: Subject) -> int | None:
    """Return the limit of copies that counts: always under mpirun, for Python from 0.27.0 on."""
    if not loading.is_mpi and not subject.since("0.27.0"):
        return None
    return positive_int(subject.options.get(_workers_key(subject), ""))


def _workers_key(subject: Subject) -> str:
    return "gpu.maxWorkers" if "gpu.maxWorkers" in subject.options else "maxWorkers"
