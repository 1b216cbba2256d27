"""What is found about `option.entryPoint`."""

import pytest

from lmi.rules import Example, Finding, Rule, subject_of_example
from lmi.rules.topics.built_in_handler import (
    handler_accelerator,
    handler_engine,
    unknown_entry_point,
)
from lmi.rules.topics.entry_point import entry_point_file, entry_point_url, no_entry_point

OLD = "0.20.0-deepspeed0.7.5-cu116"
CPU = "0.36.0-cpu-full"


def found(rule: Rule, image: str, value: str, *names: str, **rest: object) -> list[Finding]:
    text = f"engine=Python\noption.entryPoint={value}\n" if value else "engine=Python\n"
    example = Example(
        files={"serving.properties": text, **dict.fromkeys(names, "")},
        image=image,
        **rest,  # type: ignore[arg-type]
    )
    return list(rule.findings(subject_of_example(example)))


@pytest.mark.parametrize(
    ("image", "value", "fix"),
    [
        (OLD, "huggingface", "djl_python.huggingface"),
        (OLD, "deepspeed", "djl_python.deepspeed"),
        (OLD, "python.huggingface", "djl_python.huggingface"),
        (OLD, "djl_python.huggingFace", "djl_python.huggingface"),
        (OLD, "djl_python.huggingface # for Accelerate", "djl_python.huggingface"),
        (OLD, "djl_python.huggingface ", "djl_python.huggingface"),
        (
            "0.24.0-neuronx-sdk2.14.1",
            "djl_python.transformers-neuronx",
            "djl_python.transformers_neuronx",
        ),
        (
            "0.23.0-neuronx-sdk2.12.0",
            "djl_python.transformers_neuronx",
            "djl_python.transformers-neuronx",
        ),
    ],
)
def test_the_nearest_handler_is_named(image: str, value: str, fix: str) -> None:
    (finding,) = found(unknown_entry_point, image, value)

    assert finding.fix == f"write option.entryPoint={fix}"
    assert (finding.severity, finding.location.line) == ("error", 2)


@pytest.mark.parametrize(
    ("value", "names"),
    [
        ("handler", ("handler.py",)),
        ("handlers.main", ("handlers/main.py",)),
        ("handlers", ("handlers/__init__.py",)),
        ("company.handler", ("requirements.txt",)),
        ("company", ("requirements/company.whl",)),
        ("/opt/company/handler.py", ()),
    ],
)
def test_a_module_that_may_be_there_passes(value: str, names: tuple[str, ...]) -> None:
    assert found(unknown_entry_point, OLD, value, *names) == []


@pytest.mark.parametrize(
    ("value", "severity"), [("company", "error"), ("company.handler", "warning")]
)
def test_a_module_that_nothing_brings_is_told(value: str, severity: str) -> None:
    (finding,) = found(unknown_entry_point, OLD, value, "model.py")

    assert finding.severity == severity


def test_without_a_folder_only_names_of_djl_serving_are_judged() -> None:
    assert found(unknown_entry_point, OLD, "company", only_properties=True) == []
    assert len(found(unknown_entry_point, OLD, "huggingface", only_properties=True)) == 1
    assert len(found(unknown_entry_point, OLD, "djl_python.x", only_properties=True)) == 1


@pytest.mark.parametrize(
    ("image", "value", "names", "says"),
    [
        (OLD, "handler.py", ("Handler.py",), "there is no 'handler.py'"),
        (OLD, "/opt/ml/model/model.py", ("model.py",), "there is no '/opt/ml/model/model.py'"),
        (OLD, "my.handler.py", ("my.handler.py",), "imported as module 'my.handler'"),
        (OLD, "src/handler.py", ("src/handler.py",), "imported as module 'src/handler'"),
    ],
)
def test_a_file_that_is_not_found_is_told(
    image: str, value: str, names: tuple[str, ...], says: str
) -> None:
    (finding,) = found(entry_point_file, image, value, *names)

    assert says in finding.message


@pytest.mark.parametrize(
    ("image", "value", "names"),
    [
        (OLD, "handler.py", ("handler.py",)),
        (OLD, "my-handler.py", ("my-handler.py",)),
        (OLD, "/opt/ml/model/example/model.py", ("model.py",)),
        (OLD, "/opt/djl/model.py", ()),
        (CPU, "src/handler.py", ("src/handler.py",)),
    ],
)
def test_a_file_that_is_there_passes(image: str, value: str, names: tuple[str, ...]) -> None:
    assert found(entry_point_file, image, value, *names) == []


def test_the_nearest_file_is_named() -> None:
    (finding,) = found(entry_point_file, OLD, "modle.py", "model.py")

    assert finding.fix == "write option.entryPoint=model.py"


def test_a_url_passes_where_it_can_be_fetched() -> None:
    url = "https://example.com/model.py"

    assert found(entry_point_url, CPU, url) == []
    assert len(found(entry_point_url, OLD, url)) == 1
    assert len(found(entry_point_url, CPU, url, hosting={"network_isolation": True})) == 1


def test_a_file_with_nearly_the_right_name_is_no_handler() -> None:
    (finding,) = found(no_entry_point, CPU, "", "Model.py")

    assert "no option.entryPoint and no model.py, only 'Model.py'" in finding.message


@pytest.mark.parametrize("image", ["0.27.0-cpu-full", "0.28.0-cpu-full"])
def test_a_file_named_after_the_model_is_no_handler_of_its_own(image: str) -> None:
    example = Example(files={"example.py": "", "README.md": ""}, image=image)

    assert len(list(no_entry_point.findings(subject_of_example(example)))) == 1


def test_up_to_027_the_type_of_a_model_may_bring_a_handler() -> None:
    for image, number in (("0.26.0-deepspeed0.12.6-cu121", 0), ("0.34.0-lmi16.0.0-cu128", 0)):
        example = Example(files={"config.json": "{}"}, image=image)
        assert len(list(no_entry_point.findings(subject_of_example(example)))) == number


def test_an_environment_variable_names_the_entry_point() -> None:
    environment = {"environment": {"DJL_ENTRY_POINT": "djl_python.huggingface"}}

    assert found(no_entry_point, OLD, "", hosting=environment) == []


@pytest.mark.parametrize(
    ("value", "image", "number"),
    [
        ("lmi_vllm.vllm_async_service", CPU, 1),
        ("lmi_vllm.vllm_async_service", "0.36.0-lmi27.0.0-cu130", 0),
        ("tensorrt_llm", "0.25.0-tensorrtllm0.5.0-cu122", 0),
        ("transformers_neuronx", "0.25.0-tensorrtllm0.5.0-cu122", 1),
        ("huggingface", CPU, 0),
    ],
)
def test_a_handler_needs_its_accelerator(value: str, image: str, number: int) -> None:
    assert len(found(handler_accelerator, image, f"djl_python.{value}")) == number


def test_one_process_is_enough_for_one_gpu() -> None:
    assert found(handler_engine, OLD, "djl_python.deepspeed") == []
    two = {"option.tensor_parallel_degree": "2"}
    assert len(found(handler_engine, OLD, "djl_python.deepspeed", options=two)) == 1
