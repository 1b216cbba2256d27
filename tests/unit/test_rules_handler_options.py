"""Rules about options that are refused for what else is there, beyond their examples."""

import pytest

from lmi.rules import Example, check, subject_of_example
from lmi.rules.rule import properties

_V20 = "0.20.0-deepspeed0.7.5-cu116"
_V25 = "0.25.0-deepspeed0.11.0-cu118"
_V34 = "0.34.0-lmi16.0.0-cu128"
_HF = "engine=Python\noption.entryPoint=djl_python.huggingface\noption.model_id=gpt2\n"
_TASK = "option.task=text-classification\n"


def _found(example: Example) -> set[tuple[str, str]]:
    return {(finding.rule, finding.severity) for finding in check(subject_of_example(example))}


@pytest.mark.parametrize(
    ("text", "image", "severity"),
    [
        ("option.batch_size=four", _V25, "error"),
        ("option.batch_size=four", _V34, "error"),
        ("option.mpi_mode=perhaps", _V34, "error"),
        ("option.mpi_mode=perhaps", _V25, "warning"),
    ],
)
def test_a_handler_refuses_what_the_server_would_pass(text: str, image: str, severity: str) -> None:
    line = f"{_HF}{_TASK}option.rolling_batch=disable\n{text}\n"

    assert ("value-type", severity) in _found(properties(line, image=image))


@pytest.mark.parametrize(("image", "severity"), [(_V20, "warning"), (_V25, "error")])
def test_a_queue_without_room_is_an_error_where_the_version_reads_the_number(
    image: str, severity: str
) -> None:
    found = _found(properties(f"{_HF}{_TASK}job_queue_size=0\n", image=image))

    assert ("value-out-of-range", severity) in found


def test_mpi_mode_asks_for_no_degree_before_it_is_read() -> None:
    example = properties(f"{_HF}{_TASK}option.mpi_mode=true\n", image=_V20)

    assert "tensor-parallel-degree-missing" not in {rule for rule, _ in _found(example)}


def test_a_size_is_named_once_where_the_handler_refuses_it_too() -> None:
    text = f"{_HF}option.rolling_batch=auto\noption.max_rolling_batch_size=ten\n"

    rules = {rule for rule, _ in _found(properties(text, image=_V25))}

    assert "value-type" in rules
    assert "rolling-batch-size" not in rules


def test_a_handler_of_ones_own_may_answer_a_rolling_batch_that_is_named_disable() -> None:
    files = {
        "serving.properties": "engine=Python\noption.rolling_batch=disable\n",
        "model.py": "def handle(inputs): ...\n",
    }

    assert ("rolling-batch-disabled", "warning") in _found(Example(files=files, image=_V25))
