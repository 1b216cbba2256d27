"""
Every mistake of AWS's tutorial that an artifact can carry is found on its own text.

https://docs.aws.amazon.com/sagemaker/latest/dg/large-model-inference-tutorials-deepspeed-djl.html
(text of the DJL Serving 0.20.0 edition): the serving.properties of step 2, with a line or two of it
switched on as its comments say.
"""

import pytest

from lmi.rules import Example, Finding, check, subject_of_example

IMAGE = "0.20.0-deepspeed0.7.5-cu116"

TUTORIAL = """\
engine=DeepSpeed
#engine=Python # for Hugging Face Accelerate
option.entryPoint=djl_python.deepspeed
#option.entryPoint=djl_python.huggingface # for Hugging Face Accelerate
option.tensor_parallel_degree=2
option.model_id=EleutherAI/gpt-j-6B
#opiton.s3url=your-s3-url # downloads through s5cmd command, faster download
option.task=text-generation
option.dtype=fp16
"""


def edited(*, on: tuple[str, ...] = (), off: tuple[str, ...] = ()) -> str:
    """Return the tutorial's text with some lines switched on or off, each given by its start."""
    lines = []
    for line in TUTORIAL.splitlines():
        if line.startswith(tuple(f"#{start}" for start in on)):
            line = line.removeprefix("#")
        elif line.startswith(off or "\n"):
            line = f"#{line}"
        lines.append(line)
    return "\n".join(lines) + "\n"


ACCELERATE = edited(on=("engine", "option.entryPoint"), off=("engine", "option.entryPoint"))
"""The variant for Hugging Face Accelerate, switched on as it is written."""

S3 = edited(on=("opiton.s3url",), off=("option.model_id",))
"""The variant that fetches from S3, switched on as it is written."""


def findings(text: str, image: str = IMAGE) -> dict[str, Finding]:
    example = Example(files={"serving.properties": text}, image=image)
    return {finding.rule: finding for finding in check(subject_of_example(example))}


def lines(rule: str, text: str) -> list[int | None]:
    example = Example(files={"serving.properties": text}, image=IMAGE)
    found = check(subject_of_example(example))
    return [finding.location.line for finding in found if finding.rule == rule]


def errors(text: str) -> set[str]:
    return {rule for rule, finding in findings(text).items() if finding.severity == "error"}


def test_the_text_as_it_stands_loads() -> None:
    assert errors(TUTORIAL) == set()


def test_a_comment_behind_the_engine_makes_it_another_engine() -> None:
    found = findings(ACCELERATE)["unknown-engine"]

    assert "no engine 'Python # for Hugging Face Accelerate'" in found.message
    assert found.fix == "write engine=Python"
    assert found.location.line == 2
    assert lines("inline-comment", ACCELERATE) == [2, 4]


def test_a_comment_behind_the_entry_point_makes_it_another_module() -> None:
    text = ACCELERATE.replace("engine=Python # for Hugging Face Accelerate", "engine=Python")
    found = findings(text)["unknown-entry-point"]

    assert found.location.line == 4
    assert found.fix == "write option.entryPoint=djl_python.huggingface"


def test_a_misspelt_prefix_leaves_the_handler_without_a_model() -> None:
    found = findings(S3)

    assert found["no-model-source"].severity == "error"
    assert "no option.s3url and no weights in the folder" in found["no-model-source"].message


def test_a_placeholder_with_a_comment_is_no_address_of_s3() -> None:
    text = S3.replace("opiton.s3url", "option.s3url")

    assert findings(text)["s3url-scheme"].location.line == 7
    assert findings(text)["inline-comment"].location.line == 7


def test_s3_url_with_an_underscore_is_another_key() -> None:
    text = S3.replace("opiton.s3url=your-s3-url", "option.s3_url=s3://bucket/gpt-j/")

    assert "no-model-source" in errors(text)


def test_s3url_beside_model_id_is_one_too_many() -> None:
    text = f"{TUTORIAL}option.s3url=s3://bucket/gpt-j/\n"

    assert errors(text) == {"two-model-sources"}
    assert findings(text)["two-model-sources"].location.line == 10


def test_s3url_without_a_slash_fetches_its_neighbours() -> None:
    text = edited(off=("option.model_id",)) + "option.s3url=s3://bucket/gpt-j\n"

    assert findings(text)["s3url-prefix"].location.line == 10
    assert errors(text) == set()


@pytest.mark.parametrize("name", ["huggingface", "deepspeed", "stable-diffusion"])
def test_the_values_that_the_text_names_are_no_modules(name: str) -> None:
    text = TUTORIAL.replace("djl_python.deepspeed", name)
    found = findings(text)["unknown-entry-point"]

    assert found.severity == "error"
    assert found.fix == f"write option.entryPoint=djl_python.{name}"


def test_model_id_without_an_entry_point_has_no_handler() -> None:
    text = edited(off=("option.entryPoint",))

    assert errors(text) == {"no-entry-point"}


def test_only_serving_properties_without_an_engine_is_no_model() -> None:
    text = edited(off=("engine", "option.entryPoint"))

    assert errors(text) == {"no-model"}
    assert "does not guess it from option.model_id" in findings(text)["no-model"].message


def test_the_later_image_takes_model_id_without_engine_and_entry_point() -> None:
    text = edited(off=("engine", "option.entryPoint"))
    found = findings(text, "0.22.1-deepspeed0.9.2-cu118")

    assert {finding.severity for finding in found.values()} <= {"info", "warning"}


def test_fails_on_deepspeed_in_the_images_that_have_none() -> None:
    found = findings(TUTORIAL, "0.28.0-lmi10.0.0-cu124")

    assert "which there is from 0.19.0 to 0.27.0" in found["unknown-engine"].message


def test_a_misspelt_prefix_is_told_the_right_one() -> None:
    found = findings(S3)["unknown-key"]

    assert found.key == "opiton.s3url"
    assert found.location.line == 7
    assert found.fix == "write 'option.s3url'"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("option.s3_url", "option.s3url"),
        ("option.tensor_parallel_device", "option.tensor_parallel_degree"),
    ],
)
def test_the_names_of_its_prose_are_no_options(written: str, meant: str) -> None:
    found = findings(f"{TUTORIAL}{written}=1\n")["unknown-key"]

    assert found.location.line == 10
    assert found.fix == f"write {meant!r}"


def test_accelerate_keeps_a_type_that_its_handler_refuses_in_0_20_0() -> None:
    text = ACCELERATE.replace(" # for Hugging Face Accelerate", "")

    assert errors(text) == {"value-outside-set"}
    assert findings(text)["value-outside-set"].location.line == 9
    assert errors(text.replace("fp16", "auto")) == set()
    assert "value-outside-set" not in findings(text, "0.21.0-deepspeed0.8.3-cu117")
