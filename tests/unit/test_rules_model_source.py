"""What is found about where the model comes from."""

import pytest

from lmi.rules import Example, Finding, Rule, check, subject_of_example
from lmi.rules.topics.model_source import (
    no_model_source,
    s3_model_id,
    s3url_prefix,
    s3url_scheme,
    two_model_sources,
    unread_s3url,
)

OLD = "0.20.0-deepspeed0.7.5-cu116"
LAST = "0.26.0-deepspeed0.12.6-cu121"
AFTER = "0.27.0-deepspeed0.12.6-cu121"
HUGGINGFACE = "engine=Python\noption.entryPoint=djl_python.huggingface\n"


def found(rule: Rule, image: str, text: str, *names: str, **rest: object) -> list[Finding]:
    example = Example(
        files={"serving.properties": f"{HUGGINGFACE}{text}", **dict.fromkeys(names, "")},
        image=image,
        **rest,  # type: ignore[arg-type]
    )
    return list(rule.findings(subject_of_example(example)))


def test_both_sources_are_one_too_many_up_to_026() -> None:
    both = "option.model_id=gpt2\noption.s3url=s3://b/p/\n"

    (finding,) = found(two_model_sources, LAST, both)
    assert (finding.location.line, finding.key) == (4, "option.s3url")
    assert found(two_model_sources, AFTER, both) == []


@pytest.mark.parametrize(
    ("options", "names", "number"),
    [
        ("", (), 1),
        ("", ("serving.py", "requirements.txt", "LICENSE"), 1),
        ("option.model_id=gpt2\n", (), 0),
        ("", ("model.safetensors",), 0),
    ],
)
def test_an_unread_s3url_is_an_error_where_it_was_the_model(
    options: str, names: tuple[str, ...], number: int
) -> None:
    text = f"option.s3url=s3://b/p/\n{options}"

    assert len(found(unread_s3url, AFTER, text, *names)) == number
    assert found(unread_s3url, LAST, text, *names) == []


def test_a_custom_handler_may_read_any_option() -> None:
    options = {"option.entryPoint": "model.py"}

    assert found(unread_s3url, AFTER, "option.s3url=s3://b/p/\n", "model.py", options=options) == []
    assert found(s3_model_id, OLD, "option.model_id=s3://b/p/\n", "model.py", options=options) == []
    assert found(no_model_source, OLD, "", "model.py", options=options) == []


@pytest.mark.parametrize(
    ("image", "value", "number"),
    [
        (OLD, "s3://b/p", 1),
        (OLD, "s3://b/p/", 0),
        ("0.21.0-deepspeed0.8.3-cu117", "s3://b/p", 1),
        ("0.22.1-deepspeed0.9.2-cu118", "s3://b/p", 0),
    ],
)
def test_a_prefix_without_a_slash_matters_to_the_first_versions(
    image: str, value: str, number: int
) -> None:
    assert len(found(s3url_prefix, image, f"option.s3url={value}\n")) == number


@pytest.mark.parametrize(
    ("value", "severities"),
    [
        ("s3://b/p/", []),
        ("your-s3-url", ["error"]),
        ("s3:/b/p/", ["error"]),
        ("{{model_url}}", ["warning"]),
    ],
)
def test_an_address_of_s3_has_its_scheme(value: str, severities: list[str]) -> None:
    findings = found(s3url_scheme, OLD, f"option.s3url={value}\n")

    assert [finding.severity for finding in findings] == severities


def test_model_id_in_s3_is_fetched_since_0221() -> None:
    options = "option.model_id=s3://b/p/\n"

    assert len(found(s3_model_id, "0.21.0-deepspeed0.8.3-cu117", options)) == 1
    assert found(s3_model_id, "0.22.1-deepspeed0.9.2-cu118", options) == []


@pytest.mark.parametrize(
    ("image", "options", "names", "number"),
    [
        (OLD, "", (), 1),
        (OLD, "", ("serving.py", "README.md"), 1),
        (OLD, "opiton.s3url=s3://b/p/\n", (), 1),
        (OLD, "option.model_id=\n", (), 1),
        (OLD, "option.s3url=s3://b/p/\n", (), 0),
        (OLD, "option.model_id=gpt2\n", (), 0),
        (OLD, "", ("config.json",), 0),
        (OLD, "", ("unet/diffusion_pytorch_model.bin",), 0),
        (AFTER, "option.s3url=s3://b/p/\n", (), 0),  # unread-s3url says so.
    ],
)
def test_a_handler_of_djl_serving_needs_a_model(
    image: str, options: str, names: tuple[str, ...], number: int
) -> None:
    assert len(found(no_model_source, image, options, *names)) == number


def test_the_environment_can_name_the_model() -> None:
    environment = {"environment": {"OPTION_MODEL_ID": "gpt2"}}

    assert found(no_model_source, AFTER, "", hosting=environment) == []
    assert len(found(no_model_source, OLD, "", hosting=environment)) == 1


def test_behind_a_model_file_without_a_handler_stands_one_that_needs_a_model() -> None:
    files = {"serving.properties": "engine=Python\n", "model.py": "def format(x): ...\n"}
    findings = check(subject_of_example(Example(files=files)))

    assert [finding.rule for finding in findings if finding.severity == "error"] == [
        "no-model-source"
    ]
