"""Which code reads the options of a model, by image, engine, entry point and files."""

import pytest

from lmi import catalog
from lmi.djl.handlers import Readers, family, inferred_rolling_batches, readers
from lmi.properties.options import uses_in_image

V20 = "0.20.0-deepspeed0.7.5-cu116"
V22 = "0.22.1-deepspeed0.9.2-cu118"
V23 = "0.23.0-deepspeed0.9.5-cu118"
V26 = "0.26.0-deepspeed0.12.6-cu121"
V27 = "0.27.0-deepspeed0.12.6-cu121"
V30 = "0.30.0-lmi12.0.0-cu124"
V33 = "0.33.0-lmi15.0.0-cu128"
V34 = "0.34.0-lmi16.0.0-cu128"
V36 = "0.36.0-lmi27.0.0-cu130"
CPU = "0.36.0-cpu-full"
NEURON = "0.30.0-neuronx-sdk2.20.1"
MODEL = {"option.model_id": "gpt2"}


def of(tag: str, names: tuple[str, ...] | None = (), **options: str) -> Readers:
    return readers(
        {key.replace("__", "."): value for key, value in options.items()}, names, catalog.image(tag)
    )


@pytest.mark.parametrize(
    ("tag", "options", "possible"),
    [
        (V20, {"option.entryPoint": "djl_python.deepspeed"}, {"deepspeed"}),
        (V22, {**MODEL, "engine": "DeepSpeed"}, {"deepspeed"}),
        (V22, {**MODEL, "engine": "Python"}, {"huggingface"}),
        (V22, MODEL, {"huggingface", "deepspeed"}),
        (V23, {**MODEL, "engine": "Python"}, {"huggingface"}),
        (
            V23,
            {**MODEL, "engine": "MPI", "option.rolling_batch": "auto"},
            {"huggingface", "lmi-dist", "scheduler"},
        ),
        (V26, {**MODEL, "engine": "Python", "rolling_batch": "vllm"}, {"huggingface", "vllm"}),
        (V30, MODEL, {"huggingface", "vllm", "lmi-dist", "scheduler"}),
        (V30, {**MODEL, "option.rolling_batch": "disable"}, {"huggingface"}),
        (V33, {**MODEL, "option.rolling_batch": "lmi-dist"}, {"lmi_vllm", "huggingface", "vllm"}),
        (V34, {**MODEL, "option.rolling_batch": "vllm"}, {"huggingface", "vllm"}),
        (V36, {**MODEL, "option.async_mode": "true"}, {"lmi_vllm", "huggingface", "vllm"}),
        (V36, {**MODEL, "option.rolling_batch": "vllm"}, {"huggingface", "vllm"}),
        (NEURON, MODEL, {"transformers_neuronx", "vllm", "lmi-dist", "scheduler"}),
        ("0.27.0-tensorrtllm0.8.0-cu122", MODEL, {"tensorrt_llm"}),
        ("0.33.0-tensorrtllm0.21.0-cu128", MODEL, {"lmi_trtllm", "partition"}),
        ("0.23.0-fastertransformer5.3.0-cu118", {**MODEL, "engine": "FasterTransformer"}, None),
    ],
)
def test_those_that_come_with_the_image_are_found(
    tag: str, options: dict[str, str], possible: set[str] | None
) -> None:
    found = readers(options, (), catalog.image(tag))

    assert found.possible == (possible or {"fastertransformer"})
    assert not found.is_open


@pytest.mark.parametrize(
    ("tag", "names", "options"),
    [
        (V20, ("model.py",), {"engine": "Python"}),
        (V36, ("model.py",), MODEL),
        (V36, (), {**MODEL, "option.entryPoint": "serve.py"}),
        (V36, (), {**MODEL, "option.entryPoint": "package.module"}),
        (V36, None, {"engine": "Python"}),
        (V20, (), {"engine": "Python"}),
    ],
)
def test_code_of_ones_own_may_read_anything(
    tag: str, names: tuple[str, ...] | None, options: dict[str, str]
) -> None:
    found = readers(options, names, catalog.image(tag))

    assert found.is_open
    assert not found.certain


def test_an_engine_in_java_has_no_handler() -> None:
    found = of(V30, engine="OnnxRuntime", option__model_id="gpt2")

    assert not found.has_python
    assert found.is_open
    assert found.possible == set()


def test_a_written_rolling_batch_is_certain_and_a_chosen_one_is_not() -> None:
    written = of(V30, option__model_id="gpt2", option__rolling_batch="vllm")
    chosen = of(V30, option__model_id="gpt2")

    assert written.certain == {"huggingface", "vllm"}
    assert chosen.certain == {"huggingface"}


def test_one_file_of_sklearn_makes_its_handler_the_default() -> None:
    assert of(CPU, ("model.joblib",)).possible == {"sklearn"}


def test_java_reads_before_any_handler() -> None:
    own = of(V36, ("model.py",), engine="Python")
    image = catalog.image(V36)
    (degree,) = uses_in_image("option.tensor_parallel_degree", image)
    (revision,) = uses_in_image("option.revision", image)

    assert own.surely_reads(degree)
    assert own.reads(revision)
    assert not own.surely_reads(revision)


@pytest.mark.parametrize(
    ("tag", "name"), [(V20, "deepspeed"), (V30, "lmi"), (NEURON, "neuronx"), (CPU, "cpu")]
)
def test_the_family_is_that_of_the_tag(tag: str, name: str) -> None:
    assert family(catalog.image(tag)) == name


@pytest.mark.parametrize(
    ("tag", "written", "batches"),
    [
        (V20, None, {"disable"}),
        (V26, None, {"disable"}),
        (V26, "auto", {"lmi-dist", "scheduler"}),
        (V27, None, {"vllm", "lmi-dist", "scheduler", "disable"}),
        (V33, None, {"vllm", "disable"}),
        (NEURON, None, {"vllm", "lmi-dist", "tnx", "scheduler", "disable"}),
        ("0.27.0-tensorrtllm0.8.0-cu122", None, {"trtllm", "disable"}),
        (CPU, None, {"disable"}),
    ],
)
def test_the_server_chooses_among_what_the_image_has(
    tag: str, written: str | None, batches: set[str]
) -> None:
    assert inferred_rolling_batches(catalog.image(tag), written) == batches
