from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import cx_api
from aws_cdk.assertions import Annotations, Match, Template

from lmi.environment import environment_files, load_environment
from lmi.errors import ConfigError
from stacks import BrokenEnvironmentStage, EndpointStack, EnvironmentStage
from tests.template.templates import ACCOUNT, ROOT, new_app, properties_of, write_artifact

PROD = """
target: aws
account: "111111111111"
region: us-west-2
tags: {team: nlp}
bootstrap:
  qualifier: acme
  kms_key_arn: "arn:aws:kms:us-west-2:111111111111:key/11111111-1111-1111-1111-111111111111"
stack: {termination_protection: true, permissions_boundary: bound}
endpoints:
  chat:
    artifact: tiny
    instance_type: ml.g5.12xlarge
    instance_count: 2
    options: {option.tensor_parallel_degree: 4, option.dtype: "0.90"}
    container_startup_health_check_timeout_seconds: 1234
"""


def stage_of(folder: Path, text: str) -> EnvironmentStage:
    """Return the stage of prod.yaml with this text, beside an artifact called tiny."""
    path = folder / "prod.yaml"
    path.write_text(text)
    return EnvironmentStage(
        new_app(), environment=load_environment(path), model_artifacts=folder / "model_artifacts"
    )


def manifest_of(stack: cdk.Stack) -> dict[str, Any]:
    """Return what the CDK CLI is told about *stack*."""
    stage = cdk.Stage.of(stack)
    assert stage is not None
    artifact = stage.synth().get_stack_artifact(stack.artifact_id)
    assert isinstance(artifact, cx_api.CloudFormationStackArtifact)
    return {
        "stack_name": artifact.stack_name,
        "tags": artifact.tags,
        "termination_protection": artifact.termination_protection,
    }


@pytest.fixture
def prod(tmp_path: Path) -> EndpointStack:
    """The only stack of an environment that sets everything."""
    write_artifact(tmp_path / "model_artifacts" / "tiny")
    (stack,) = stage_of(tmp_path, PROD).stacks
    return stack


def test_stack_and_endpoint_are_named_for_environment_and_key(prod: EndpointStack) -> None:
    assert prod.node.path == "prod/chat"
    assert properties_of(prod, "AWS::SageMaker::Endpoint")["EndpointName"] == "prod-chat"
    assert manifest_of(prod) == {
        "stack_name": "prod-chat",
        "tags": {"team": "nlp"},
        "termination_protection": True,
    }


def test_outputs_are_name_image_and_content(prod: EndpointStack) -> None:
    outputs = Template.from_stack(prod).find_outputs("*")

    assert outputs.keys() == {"EndpointName", "ImageUri", "ContentDigest"}
    assert outputs["EndpointName"]["Value"] == "prod-chat"
    assert "/djl-inference:" in outputs["ImageUri"]["Value"]
    assert len(outputs["ContentDigest"]["Value"]) == 64


def test_settings_reach_the_template(prod: EndpointStack) -> None:
    template = Template.from_stack(prod)
    template.has_resource_properties(
        "AWS::SageMaker::EndpointConfig",
        {
            "ProductionVariants": [
                {
                    "InstanceType": "ml.g5.12xlarge",
                    "InitialInstanceCount": 2,
                    "ContainerStartupHealthCheckTimeoutInSeconds": 1234,
                }
            ]
        },
    )
    template.has_resource_properties(
        "AWS::IAM::Role", {"PermissionsBoundary": f"arn:aws:iam::{ACCOUNT}:policy/bound"}
    )
    template.has_parameter("BootstrapVersion", {"Default": "/cdk-bootstrap/acme/version"})
    template.has_resource_properties(
        "AWS::IAM::Policy",
        {
            "PolicyDocument": {
                "Statement": [
                    {"Resource": Match.string_like_regexp("cdk-acme-assets-")},
                    {"Action": "kms:Decrypt", "Resource": Match.string_like_regexp("^arn:aws:kms")},
                ]
            }
        },
    )


def test_endpoint_that_cannot_be_built_stops_no_other(tmp_path: Path) -> None:
    write_artifact(tmp_path / "model_artifacts" / "tiny")
    stage = stage_of(
        tmp_path,
        "target: aws\nregion: us-west-2\nendpoints:\n"
        "  good: {artifact: tiny, instance_type: ml.g5.xlarge}\n"
        "  bad: {artifact: tinny, instance_type: ml.g5.xlarge}\n",
    )
    good, bad = stage.stacks

    assert good.error is None
    assert "did you mean" in str(bad.error)
    Template.from_stack(good).resource_count_is("AWS::SageMaker::Endpoint", 1)
    Annotations.from_stack(good).has_no_error("*", Match.any_value())
    Annotations.from_stack(bad).has_error("/prod/bad", Match.string_like_regexp("tinny"))


def test_file_that_is_not_understood_is_an_error_of_its_own_stage() -> None:
    app = new_app()
    stage = BrokenEnvironmentStage(app, "dev", error=ConfigError("environments/dev.yaml: wrong"))

    (stack,) = stage.node.find_all()[1:2]
    assert isinstance(stack, cdk.Stack)
    Annotations.from_stack(stack).has_error(
        "/dev/broken", Match.string_like_regexp("environments/dev.yaml: wrong")
    )


@pytest.mark.parametrize(
    "path", environment_files(ROOT / "environments"), ids=lambda path: str(path.stem)
)
def test_environment_of_the_repository_can_be_deployed(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Where bundles are kept from run to run: weights take a while to compress.
    monkeypatch.chdir(ROOT)
    stage = EnvironmentStage(
        new_app(), environment=load_environment(path), model_artifacts=ROOT / "model_artifacts"
    )

    assert stage.stacks
    for stack in stage.stacks:
        assert stack.error is None
        Annotations.from_stack(stack).has_no_error("*", Match.any_value())
        Template.from_stack(stack).resource_count_is("AWS::SageMaker::Endpoint", 1)
