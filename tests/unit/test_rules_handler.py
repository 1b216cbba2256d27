"""What is found in the code that answers."""

import pytest

from lmi.rules import Example, Finding, Rule, subject_of_example
from lmi.rules.topics.async_handler import async_built_in, async_custom_handler, async_mode
from lmi.rules.topics.handler import handler_arguments, handler_syntax, no_handler

OLD = "0.20.0-deepspeed0.7.5-cu116"
CPU = "0.36.0-cpu-full"
VLLM = "0.36.0-lmi27.0.0-cu130"
PLAIN = "def handle(inputs): ...\n"
ASYNC = "async def handle(inputs): ...\n"


def found(
    rule: Rule, image: str, code: str, options: str = "", **files: str
) -> list[tuple[str, int | None, str]]:
    names = {name.replace("__", "/") + ".py": text for name, text in files.items()}
    example = Example(
        files={"serving.properties": f"engine=Python\n{options}", "model.py": code, **names},
        image=image,
    )
    return [_short(finding) for finding in rule.findings(subject_of_example(example))]


def _short(finding: Finding) -> tuple[str, int | None, str]:
    return finding.location.file or "", finding.location.line, finding.severity


def test_a_mistake_is_found_at_its_line_and_column() -> None:
    example = Example(files={"model.py": "def handle(inputs):\nreturn 1\n"}, image=OLD)
    (finding,) = handler_syntax.findings(subject_of_example(example))

    assert (finding.location.line, finding.location.column) == (2, 1)
    assert "Python 3.8 of the image does not take this: expected an indented" in finding.message


def test_what_the_handler_imports_at_its_top_is_looked_at() -> None:
    code = f"import good\nfrom lib.bad import x\n{PLAIN}"
    broken = "def f(x: str | None): ...\n"

    assert found(handler_syntax, OLD, code, good="import good\n", lib__bad=broken) == [
        ("lib/bad.py", 1, "error")
    ]
    assert found(handler_syntax, OLD, PLAIN, good="", lib__bad=broken) == []


@pytest.mark.parametrize(
    ("image", "files"), [("0.28.0-cpu-full", []), ("0.29.0-cpu-full", [("model.py", 1, "error")])]
)
def test_a_model_file_beside_another_entry_point_is_imported_since_029(
    image: str, files: list[tuple[str, int | None, str]]
) -> None:
    options = "option.entryPoint=handler.py\n"

    assert found(handler_syntax, image, "x = = 1\n", options, handler=PLAIN) == files


@pytest.mark.parametrize("code", [PLAIN, "from a import *\n", "handle = print\n", "import handle"])
def test_a_handler_that_may_be_there_passes(code: str) -> None:
    assert found(no_handler, OLD, code) == []


def test_the_missing_function_is_told_with_those_there_are() -> None:
    code = "def model_fn(x): ...\ndef predict_fn(x): ...\n"
    example = Example(files={"model.py": code}, image=CPU)
    (finding,) = no_handler.findings(subject_of_example(example))

    assert finding.message == (
        "there is no function 'handle' in 'model.py'; it defines model_fn, predict_fn"
    )


def test_the_function_that_an_option_names_is_told_at_the_option() -> None:
    options = "option.handler=answer\n"

    assert found(no_handler, OLD, PLAIN, options) == [("serving.properties", 2, "error")]
    assert found(no_handler, OLD, "def answer(inputs): ...\n", options) == []


def test_the_entry_point_may_be_a_module() -> None:
    options = "option.entryPoint=handler\n"

    assert found(no_handler, OLD, "", options, handler=PLAIN) == []
    assert found(no_handler, OLD, "", options, handler="x = 1\n") == [("handler.py", None, "error")]


def test_arguments_are_told_at_the_function() -> None:
    code = "x = 1\n\ndef handle(data, context): ...\n"

    assert found(handler_arguments, CPU, code) == [("model.py", 3, "error")]


@pytest.mark.parametrize(
    ("image", "code", "options", "severities"),
    [
        (OLD, PLAIN, "", []),
        (OLD, ASYNC, "", ["error"]),
        (CPU, ASYNC, "option.async_mode=true\n", []),
        (CPU, ASYNC, "option.async_mode=True\n", []),
        (CPU, ASYNC, "option.async_mode=yes\n", ["error"]),
        (CPU, PLAIN, "option.async_mode=true\n", ["error"]),
        (CPU, "async def handle(inputs):\n    yield 1\n", "option.async_mode=true\n", ["error"]),
        (
            CPU,
            "import service\ndef handle(inputs):\n    return service.answer(inputs)\n",
            "option.async_mode=true\n",
            [],
        ),
        # The image's own choice.
        ("0.33.0-lmi15.0.0-cu128", PLAIN, "", ["error"]),
        ("0.33.0-lmi15.0.0-cu128", PLAIN, "option.entryPoint=model.py\n", []),
        ("0.34.0-lmi16.0.0-cu128", PLAIN, "option.model_id=gpt2\n", []),
        (VLLM, PLAIN, "", []),
        (VLLM, PLAIN, "option.model_id=gpt2\n", ["warning"]),
        (VLLM, ASYNC, "option.model_id=gpt2\n", []),
        (VLLM, PLAIN, "option.model_id=gpt2\noption.rolling_batch=disable\n", []),
        (VLLM, PLAIN, "option.model_id=gpt2\nbatch_size=4\n", []),
        (VLLM, ASYNC, "option.model_id=gpt2\nbatch_size=4\n", ["error"]),
    ],
)
def test_the_mode_and_the_kind_of_function_belong_together(
    image: str, code: str, options: str, severities: list[str]
) -> None:
    assert [each[2] for each in found(async_mode, image, code, options)] == severities


def test_a_handle_beside_vllm_is_awaited() -> None:
    options = (
        "option.entryPoint=djl_python.lmi_vllm.vllm_async_service\noption.async_mode=true\n"
        "option.model_id=gpt2\n"
    )

    assert found(async_custom_handler, VLLM, PLAIN, options) == [("model.py", 1, "error")]
    assert found(async_custom_handler, VLLM, ASYNC, options) == []
    assert found(async_custom_handler, VLLM, "def format(x): ...\n", options) == []


@pytest.mark.parametrize(
    ("name", "options", "number"),
    [
        ("lmi_vllm.vllm_async_service", "option.rolling_batch=disable\n", 1),
        ("lmi_vllm.vllm_async_service", "option.model_id=gpt2\n", 0),
        ("lmi_vllm.vllm_async_service", "option.async_mode=true\n", 0),
        ("huggingface", "option.async_mode=true\n", 1),
        ("huggingface", "option.rolling_batch=vllm\n", 0),
        ("huggingface", "option.model_id=gpt2\n", 0),
    ],
)
def test_the_handlers_of_djl_serving_need_their_mode(name: str, options: str, number: int) -> None:
    text = f"option.entryPoint=djl_python.{name}\n{options}"

    assert len(found(async_built_in, VLLM, "", text)) == number
