"""Comments, blanks and duplicates: what they do to a value decides how bad they are."""

import pytest

from lmi.rules import Example, Finding, check, subject_of_example

IMAGE = "0.21.0-deepspeed0.8.3-cu117"
HEAD = "engine=Python\noption.entryPoint=djl_python.huggingface\noption.model_id=gpt2\n"


def found(text: str, rule: str, **example: object) -> list[Finding]:
    given = Example(files={"serving.properties": text}, **{"image": IMAGE, **example})  # type: ignore[arg-type]
    return [finding for finding in check(subject_of_example(given)) if finding.rule == rule]


@pytest.mark.parametrize(
    ("line", "severity"),
    [
        ("option.tensor_parallel_degree=2 ", "error"),
        ("option.tensor_parallel_degree=2\t", "error"),
        ("batch_size=4 ", "error"),
        ("option.dtype=fp16 ", "error"),
        ("option.parallel_loading=true ", "warning"),
        ("option.model_loading_timeout=600 ", "warning"),
        ("option.revision=main ", "warning"),
    ],
)
def test_a_blank_behind_a_value_is_as_bad_as_what_its_reader_makes_of_it(
    line: str, severity: str
) -> None:
    (finding,) = found(f"{HEAD}{line}\n", "trailing-blank")

    assert finding.severity == severity
    assert finding.location.line == 4
    assert finding.key == line.partition("=")[0]


def test_a_blank_alone_is_said_once() -> None:
    text = f"{HEAD}option.tensor_parallel_degree=2 \n"

    assert found(text, "value-type") == []


def test_a_word_with_a_blank_is_said_for_the_word() -> None:
    (finding,) = found(f"{HEAD}option.tensor_parallel_degree=two \n", "value-type")

    assert finding.severity == "error"


def test_a_value_of_blanks_is_empty_and_no_trailing_blank() -> None:
    text = f"{HEAD}option.revision=\\ \n"

    assert found(text, "trailing-blank") == []
    assert [finding.key for finding in found(text, "empty-value")] == ["option.revision"]


def test_a_blank_before_the_line_ending_of_another_line_counts_no_less() -> None:
    (finding,) = found(f"{HEAD}batch_size=2 \nbatch_size=4\n", "trailing-blank")

    assert finding.severity == "warning"


@pytest.mark.parametrize(
    "line",
    [
        "option.model_id=s3://bucket/model#1/",
        "option.env=GREETING=Hello#there",
        "option.chat_template=Answer as # one",
        "option.chat_template=Stop it !",
        "option.chat_template=# first",
    ],
)
def test_a_sign_within_a_text_is_no_comment(line: str) -> None:
    assert found(f"{HEAD}{line}\n", "inline-comment") == []


@pytest.mark.parametrize(
    ("line", "severity"),
    [
        ("option.tensor_parallel_degree=2 # GPUs", "error"),
        ("option.dtype=fp16 ! half", "error"),
        ("option.parallel_loading=true # faster", "warning"),
        ("option.revision=main #", "warning"),
        ('option.device_map={"": 0} # the first', "warning"),
    ],
)
def test_a_comment_behind_a_value_is_found(line: str, severity: str) -> None:
    (finding,) = found(f"{HEAD}{line}\n", "inline-comment")

    assert finding.severity == severity
    assert finding.location.line == 4


def test_the_caret_is_under_the_sign() -> None:
    (finding,) = found(f"{HEAD}option.revision=main # the branch\n", "inline-comment")

    assert finding.location.line == 4
    assert finding.location.column == len("option.revision=main ") + 1


@pytest.mark.parametrize(
    "line", ["option.enable_venv", "option.enable_venv=", "option.enable_venv: "]
)
def test_a_key_without_a_value_is_found(line: str) -> None:
    (finding,) = found(f"{HEAD}{line}\n", "empty-value")

    assert finding.severity == "warning"
    assert ("stands alone" in finding.message) == (line == "option.enable_venv")


def test_no_value_where_a_number_belongs_is_an_error_and_said_once() -> None:
    text = f"{HEAD}option.tensor_parallel_degree=\n"

    assert [finding.severity for finding in found(text, "empty-value")] == ["error"]
    assert found(text, "value-type") == []


def test_letters_beyond_ascii_are_what_the_version_makes_of_them() -> None:
    text = f"{HEAD}option.task=Grüße\n"
    (finding,) = found(text, "non-ascii-value", image="0.22.1-deepspeed0.9.2-cu118")

    assert finding.message.startswith("'option.task' is read as 'GrÃ¼Ã")
    assert finding.message.endswith("and not as 'Grüße'")
    assert finding.location.line == 4
    assert found(text, "non-ascii-value") == []


def test_escaped_letters_are_fine() -> None:
    assert found(f"{HEAD}option.revision=gr\\u00fcn\n", "non-ascii-value") == []
