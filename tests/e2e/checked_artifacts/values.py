"""Artifacts in which a value decides, with a handler that works."""

from tests.e2e.checked_artifacts.artifact import VERSIONS, Artifact, settings


def _set(line: str, rule: str | None = None, versions: tuple[str, ...] = VERSIONS) -> Artifact:
    return settings(line, f"engine=Python\n{line}\n", rule, versions)


_BATCHES = """
from djl_python import Output

def handle(inputs):
    if inputs.is_empty():
        return None
    outputs = Output()
    for index, _ in enumerate(inputs.get_batches()):
        token = Output.binary_encode({"data": "works", "last": True})
        outputs.add(token, key="data", batch_index=index)
    return outputs
"""
"""A handler that answers a rolling batch."""
_DEGREE = "option.tensor_parallel_degree"
_SINCE_25 = ("0.25.0", "0.34.0")

VALUES = (
    _set(f"{_DEGREE}=1"),
    _set(f"{_DEGREE}=1 ", "trailing-blank"),
    _set(f"{_DEGREE}=two", "value-type"),
    _set(f"{_DEGREE}=max", "value-type"),
    _set(f"{_DEGREE}=+1"),
    _set(f"{_DEGREE}=", "empty-value"),
    _set("opiton.tensor_parallel_degree=two", "unknown-key"),
    _set("tensor_parallel_degree=two", "option-prefix"),
    _set("option.pipeline_parallel_degree=two", "value-type"),
    _set("option.predict_timeout=word", "value-type"),
    _set("option.model_loading_timeout=20m", "value-type"),
    _set("option.parallel_loading=ture", "value-type"),
    _set("option.mpi_mode=yes", "value-type"),
    _set(
        "option.model_id=gpt2\noption.s3url=s3://bucket/gpt2/",
        "removed-key",
        ("0.34.0",),
    ),
    _set("option.model_id=gpt2"),
    _set("option.rolling_batch=disable", None, ("0.20.0", "0.34.0")),
    *(
        settings(line, f"engine=Python\n{line}\n", rule, _SINCE_25, {"model.py": _BATCHES})
        for line, rule in (
            ("option.rolling_batch=auto", None),
            ("option.rolling_batch=auto\noption.max_rolling_batch_size=ten", "rolling-batch-size"),
            ("option.rolling_batch=auto\noption.max_rolling_batch_size=4 ", "rolling-batch-size"),
        )
    ),
    _set("option.greeting=Grüße", "non-ascii-value"),
    _set("job_queue_size=10"),
    _set("job_queue_size=ten", "value-type"),
    _set("job_queue_size=0", "value-out-of-range", _SINCE_25),
    _set("batch_size=4"),
    _set("batch_size=four", "value-type"),
    _set("max_batch_delay=1s", "value-type"),
    _set("minWorkers=2\nmaxWorkers=1"),
    _set("minWorkers=two", "value-type"),
    _set("option.env=GREETING=hello"),
)
