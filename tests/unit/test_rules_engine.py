"""What is found about `engine`."""

import pytest

from lmi.rules import Example, Finding, subject_of_example
from lmi.rules.topics.engine import mpi_without_gpu, unknown_engine

OLD = "0.20.0-deepspeed0.7.5-cu116"


def unknown(image: str, text: str, **rest: object) -> list[Finding]:
    example = Example(files={"serving.properties": text}, image=image, **rest)  # type: ignore[arg-type]
    return list(unknown_engine.findings(subject_of_example(example)))


@pytest.mark.parametrize(
    ("engine", "fix"),
    [
        ("python", "write engine=Python"),
        ("PYTHON", "name an engine that this version has, mostly Python"),
        ("Python ", "write engine=Python"),
        ("Python # for Hugging Face Accelerate", "write engine=Python"),
        ("Deepspeed", "write engine=DeepSpeed"),
        ("MPI", "write engine=Python"),
        ("", "name an engine that this version has, mostly Python"),
    ],
)
def test_an_unknown_engine_is_told_with_the_nearest(engine: str, fix: str) -> None:
    (finding,) = unknown(OLD, f"engine={engine}\n")

    assert finding.fix == fix
    assert finding.severity == "error"
    assert (finding.location.line, finding.location.column) == (1, 8)
    assert f"has no engine {engine!r}" in finding.message


@pytest.mark.parametrize("only_properties", [True, False])
def test_the_folder_need_not_be_known(only_properties: bool) -> None:
    (finding,) = unknown("0.28.0-cpu-full", "engine=DeepSpeed\n", only_properties=only_properties)

    assert "which there is from 0.19.0 to 0.27.0" in finding.message


def test_a_template_is_a_warning() -> None:
    (finding,) = unknown(OLD, "engine={{engine}}\n")

    assert finding.severity == "warning"


def test_the_engine_of_an_environment_is_looked_at() -> None:
    (finding,) = unknown(OLD, "engine=Python\n", options={"engine": "python"}, only_properties=True)

    assert "'python'" in finding.message
    assert unknown(OLD, "engine=python\n", options={"engine": "Python"}) == []


def test_the_engine_of_a_model_in_a_folder_is_looked_at() -> None:
    example = Example(
        files={"a/serving.properties": "engine=python\n", "b/serving.properties": "engine=Python"},
        image=OLD,
        layout="flat",
    )
    (finding,) = unknown_engine.findings(subject_of_example(example))

    assert finding.location.file == "a/serving.properties"


@pytest.mark.parametrize(
    ("image", "number"),
    [("0.25.0-cpu-full", 1), ("0.25.0-neuronx-sdk2.15.0", 1), ("0.25.0-deepspeed0.11.0-cu118", 0)],
)
def test_processes_for_gpus_need_gpus(image: str, number: int) -> None:
    example = Example(files={"serving.properties": "engine=MPI\n", "model.py": ""}, image=image)

    assert len(list(mpi_without_gpu.findings(subject_of_example(example)))) == number
