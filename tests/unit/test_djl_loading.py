import pytest

from cdk_lmi.timeouts import default_startup_seconds
from lmi import catalog
from lmi.djl.loading import Loading

V20 = "0.20.0-deepspeed0.7.5-cu116"
V23 = "0.23.0-deepspeed0.9.5-cu118"
V27 = "0.27.0-deepspeed0.12.6-cu121"
V36 = "0.36.0-lmi28.0.0-cu130"
FOUR_GPUS = "ml.g5.12xlarge"

PYTHON = {"engine": "Python"}
HUB = {"option.model_id": "Qwen/Qwen3-8B"}


def degree(value: str) -> dict[str, str]:
    return {"option.tensor_parallel_degree": value}


def loading(
    tag: str,
    options: dict[str, str],
    instance_type: str | None = FOUR_GPUS,
    **environment: str,
) -> Loading:
    """Return how an artifact with these *options* loads."""
    return Loading(
        image=catalog.image(tag),
        options=options,
        environment=environment,
        host=None if instance_type is None else catalog.instance_type(instance_type),
    )


@pytest.mark.parametrize(
    ("tag", "options", "copies"),
    [
        (V20, PYTHON | degree("2"), 2),
        (V20, PYTHON | degree("3"), 1),
        (V36, PYTHON | degree("max"), 1),
        # Python without a degree: a copy for each GPU.
        (V20, PYTHON, 4),
        (V27, PYTHON, 4),
        (V36, PYTHON, 4),
        (V20, PYTHON | HUB, 4),
        # Except for models of the Hub: from 0.28 on, in 0.27 where no engine is named.
        (V27, PYTHON | HUB, 4),
        (V27, HUB, 1),
        (V36, PYTHON | HUB, 1),
        # MPI without a degree: all GPUs, but partitioned files decided before 0.23.
        (V20, {"engine": "DeepSpeed"}, 4),
        (V23, {"engine": "DeepSpeed"}, 1),
        (V36, {"engine": "MPI"}, 1),
        (V36, PYTHON | {"option.mpi_mode": "true"}, 1),
        (V20, {"engine": "DeepSpeed"} | degree("2"), 2),
        # Workers share a group of devices where nothing pins them to one.
        (V36, PYTHON | {"minWorkers": "2"}, 8),
        (V36, PYTHON | {"gpu.minWorkers": "3", "minWorkers": "2"}, 12),
        (V36, PYTHON | {"minWorkers": "2"} | degree("2"), 2),
        (V36, PYTHON | {"minWorkers": "2", "maxWorkers": "2"} | degree("2"), 4),
    ],
)
def test_copies_are_as_many_as_djl_serving_loads(
    tag: str, options: dict[str, str], copies: int
) -> None:
    assert loading(tag, options).copies == copies


@pytest.mark.parametrize(
    ("instance_type", "options", "copies"),
    [
        ("ml.inf2.48xlarge", PYTHON | degree("8"), 3),
        ("ml.inf2.xlarge", PYTHON, 2),
        ("ml.c6i.2xlarge", PYTHON, 1),
        (None, PYTHON, 1),
    ],
)
def test_cores_are_the_devices_of_a_neuron_chip(
    instance_type: str | None, options: dict[str, str], copies: int
) -> None:
    assert loading("0.29.0-neuronx-sdk2.19.1", options, instance_type).copies == copies


@pytest.mark.parametrize(
    ("tag", "variables", "copies"),
    [
        (V20, {"TENSOR_PARALLEL_DEGREE": "2"}, 2),
        (V36, {"OPTION_TENSOR_PARALLEL_DEGREE": "2"}, 2),
        # Before 0.23 DJL Serving does not read it.
        (V20, {"OPTION_TENSOR_PARALLEL_DEGREE": "2"}, 4),
    ],
)
def test_variables_count_where_the_file_says_nothing(
    tag: str, variables: dict[str, str], copies: int
) -> None:
    assert loading(tag, PYTHON, **variables).copies == copies
    assert loading(tag, PYTHON | degree("4"), **variables).copies == 1


def test_parallel_loading_counts_where_djl_serving_heeds_it() -> None:
    parallel = {"option.parallel_loading": "True"}

    assert loading(V20, PYTHON | parallel).copies_one_after_another == 4
    assert loading(V23, PYTHON | parallel).copies_one_after_another == 1
    mpi = {"engine": "DeepSpeed"} | degree("1")
    assert loading(V20, mpi | parallel).copies_one_after_another == 1


def test_window_is_long_enough_for_all_copies_and_never_longer_than_sagemaker_takes() -> None:
    quick = PYTHON | {"option.model_loading_timeout": "100"}

    assert default_startup_seconds(loading(V20, quick)) == 4 * 100 + 300
    assert default_startup_seconds(loading(V20, PYTHON)) == 3600
    assert default_startup_seconds(loading(V36, PYTHON | HUB)) == 1200 + 300
    told = loading(V36, PYTHON | HUB, MODEL_LOADING_TIMEOUT="200")
    assert default_startup_seconds(told) == 200 + 300
