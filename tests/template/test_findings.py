"""What lmi.rules finds, as annotations of the endpoint."""

from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Annotations, Match

from cdk_lmi import LmiEndpoint, LmiImage, ModelArtifact
from cdk_lmi.findings import check_endpoint
from lmi.environment import load_environment
from stacks import EnvironmentStage
from tests.template.templates import new_app, new_stack, tutorial, write_artifact

BLANK = "engine=Python \noption.dtype=fp16\n"


@pytest.fixture
def artifact(tmp_path: Path) -> ModelArtifact:
    return ModelArtifact.from_directory(write_artifact(tmp_path / "chat"))


def annotated(artifact: ModelArtifact, **arguments: Any) -> cdk.Stack:
    stack = new_stack()
    arguments = {"instance_type": "ml.g5.xlarge", **arguments}
    LmiEndpoint(stack, "Endpoint", artifact=artifact, **arguments)
    return stack


def errors_of(stack: cdk.Stack) -> list[str]:
    found = Annotations.from_stack(stack).find_error("*", Match.any_value())
    return [str(message.entry.data) for message in found]


def test_the_tutorials_endpoint_has_no_error_and_no_warning() -> None:
    stack = annotated(tutorial(), instance_type="ml.g5.12xlarge")
    annotations = Annotations.from_stack(stack)
    assert annotations.find_error("*", Match.any_value()) == []
    assert annotations.find_warning("*", Match.any_value()) == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"image": "0.36.0-lmi28.0.0-cu130", "instance_type": "ml.p3.2xlarge"},
            "needs GPU driver 580, ml.p3.2xlarge has 470",
        ),
        ({"instance_type": "ml.c7g.2xlarge"}, "Arm processor"),
        (
            {"environment": {"HF_MODEL_ID": "Qwen/Qwen3-8B"}, "network_isolation": True},
            "HF_MODEL_ID=Qwen/Qwen3-8B is the id of a model",
        ),
    ],
)
def test_an_error_is_told_and_the_endpoint_is_there_all_the_same(
    artifact: ModelArtifact, arguments: dict[str, Any], message: str
) -> None:
    if "image" in arguments:
        arguments = {**arguments, "image": LmiImage.from_tag(arguments["image"])}
    assert any(message in error for error in errors_of(annotated(artifact, **arguments)))


def test_all_findings_of_an_endpoint_are_told_at_once(tmp_path: Path) -> None:
    folder = write_artifact(
        tmp_path / "chat", properties=f"{BLANK}option.tensor_parallel_degree=3\nengine=Python\n"
    )
    stack = annotated(ModelArtifact.from_directory(folder), instance_type="ml.g5.12xlarge")
    warnings = Annotations.from_stack(stack).find_warning("*", Match.any_value())
    told = " ".join(str(message.entry.data) for message in warnings)
    assert all(
        f"nnotation::{rule}" in told
        for rule in ("trailing-blank", "duplicate-key", "idle-accelerators")
    )


def test_a_time_out_that_is_too_short_is_told(tmp_path: Path) -> None:
    folder = write_artifact(tmp_path / "chat")
    # Five gigabytes to read, none on the disk.
    with (folder / "model.safetensors").open("wb") as weights:
        weights.truncate(5 * 1000**3)
    subject = ModelArtifact.from_directory(folder)
    findings = check_endpoint(
        subject,
        image=subject.image,
        host=None,
        region="us-west-2",
        network_isolation=None,
        environment={},
        model_data_download_timeout=cdk.Duration.minutes(2),
        container_startup_health_check_timeout=None,
        acknowledge={},
    )
    assert "download-timeout" in [finding.rule for finding in findings]


def test_a_finding_that_the_caller_acknowledges_is_not_told(tmp_path: Path) -> None:
    folder = write_artifact(tmp_path / "chat", properties="engine=Python\nengine=Python\n")
    stack = annotated(
        ModelArtifact.from_directory(folder), acknowledge={"duplicate-key": "both say the same"}
    )
    warnings = Annotations.from_stack(stack).find_warning("*", Match.any_value())
    assert warnings == []


def test_an_acknowledgement_of_nothing_is_told(artifact: ModelArtifact) -> None:
    stack = annotated(artifact, acknowledge={"duplicat-key": "?"})
    Annotations.from_stack(stack).has_warning(
        "/Stack/Endpoint", Match.string_like_regexp("did you mean 'duplicate-key'")
    )


ENVIRONMENT = """
target: aws
endpoints:
  good: {artifact: chat, instance_type: ml.g5.xlarge}
  bad:
    artifact: chat
    instance_type: ml.g5.xlarge
    options: {option.tensor_parallel_degree: 2}
"""


def test_an_error_of_one_endpoint_leaves_the_others_alone_and_points_into_the_environment(
    tmp_path: Path,
) -> None:
    write_artifact(tmp_path / "chat")
    path = tmp_path / "dev.yaml"
    path.write_text(ENVIRONMENT)
    stage = EnvironmentStage(
        new_app(), environment=load_environment(path), model_artifacts=tmp_path
    )
    good, bad = stage.stacks
    assert errors_of(good) == []
    (error,) = errors_of(bad)
    assert error.startswith(f"{path}:8: option.tensor_parallel_degree=2 takes 2 devices")
