"""Why an endpoint needs the network, and when it does not."""

import pytest

from lmi.artifact.network import network_reasons
from lmi.properties import PropertiesFile


def reasons(
    properties: str, names: tuple[str, ...] = (), djl_version: str = "0.36.0"
) -> tuple[str, ...]:
    return network_reasons(
        PropertiesFile.parse(properties.encode()).as_mapping(), names, djl_version
    )


@pytest.mark.parametrize(
    "properties",
    [
        "engine=Python",
        "option.model_id=/opt/ml/model",
        "option.model_id=./weights",
        "option.model_id=weights",
        "option.model_id=weights/base/",
        "option.model_id=",
        "option.entryPoint=model.py",
        "option.entryPoint=djl_python.huggingface",
    ],
)
def test_what_lies_in_the_container_needs_no_network(properties: str) -> None:
    names = ("serving.properties", "weights/base/config.json", "model.py")
    assert reasons(properties, names) == ()


@pytest.mark.parametrize(
    ("properties", "reason"),
    [
        (
            "option.model_id=EleutherAI/gpt-j-6B",
            "serving.properties: option.model_id=EleutherAI/gpt-j-6B is the id of a model on the "
            "Hugging Face Hub, which the container downloads",
        ),
        (
            "option.model_id=gpt2",
            "serving.properties: option.model_id=gpt2 is the id of a model on the Hugging Face "
            "Hub, which the container downloads",
        ),
        (
            "option.model_id=s3://bucket/prefix/",
            "serving.properties: option.model_id=s3://bucket/prefix/ is in S3, which the container "
            "downloads",
        ),
        (
            "option.s3url=s3://bucket/prefix/",
            "serving.properties: option.s3url=s3://bucket/prefix/ is in S3, which the container "
            "reads itself",
        ),
        (
            "option.model_id=djl://ai.djl.huggingface.pytorch/x",
            "serving.properties: option.model_id=djl://ai.djl.huggingface.pytorch/x is a URL, "
            "which the container downloads",
        ),
        (
            "option.speculative_draft_model=a/b",
            "serving.properties: option.speculative_draft_model=a/b is the id of a model on the "
            "Hugging Face Hub, which the container downloads",
        ),
        (
            "option.entryPoint=https://example.com/model.py",
            "serving.properties: option.entryPoint=https://example.com/model.py is a URL, which "
            "the container downloads",
        ),
    ],
)
def test_what_lies_elsewhere_needs_the_network(properties: str, reason: str) -> None:
    assert reasons(properties) == (reason,)


def test_of_duplicates_the_last_counts() -> None:
    assert reasons("option.model_id=gpt2\noption.model_id=/opt/ml/model") == ()


def test_requirements_need_the_network_without_their_wheels() -> None:
    (reason,) = reasons("", ("requirements.txt", "requirements/README"))
    assert reason.startswith("requirements.txt is installed from a package index; put the wheels")
    assert reasons("", ("requirements.txt", "requirements/a-1-py3-none-any.whl")) == ()
    assert reasons("", ("sub/requirements.txt",)) == ()


def test_requirements_need_the_network_where_djl_does_not_look_for_wheels() -> None:
    names = ("requirements.txt", "requirements/a-1-py3-none-any.whl")
    (reason,) = reasons("", names, "0.22.1")
    assert "DJL Serving 0.22.1 does not look into requirements/, 0.23.0 is the first" in reason
    assert reasons("", names, "0.23.0") == ()


def test_every_cause_is_told() -> None:
    properties = "option.model_id=a/b\noption.s3url=s3://c/d/\noption.entryPoint=http://e"
    assert len(reasons(properties, ("requirements.txt",))) == 4
