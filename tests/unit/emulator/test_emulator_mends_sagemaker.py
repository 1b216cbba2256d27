"""Mends of SageMaker's control plane; each test fails on moto 5.2.5 without its mend."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from tests.unit.emulator.conftest import Aws

Resources = Callable[..., dict[str, Any]]
VERSION = "2012-10-17"


def test_physical_names_of_the_template_are_kept(aws: "Aws", endpoint_resources: Resources) -> None:
    stack, name = aws.unique("stack"), aws.unique("endpoint")
    resources = endpoint_resources(name)
    resources["Config"]["Properties"]["EndpointConfigName"] = f"{name}-config"
    resources["Model"]["Properties"]["ModelName"] = f"{name}-model"

    aws.deploy(stack, resources)

    sagemaker = aws.client("sagemaker")
    assert sagemaker.describe_endpoint(EndpointName=name)["EndpointConfigName"] == f"{name}-config"
    assert sagemaker.describe_model(ModelName=f"{name}-model")["ModelName"] == f"{name}-model"


@pytest.mark.parametrize("instance_type", ["ml.g5.12xlarge", "ml.c6i.2xlarge", "ml.p5.48xlarge"])
def test_instance_types_of_today_are_known(
    aws: "Aws", endpoint_resources: Resources, instance_type: str
) -> None:
    resources = endpoint_resources(instance_type=instance_type)

    assert aws.deploy(aws.unique("stack"), resources) == "CREATE_COMPLETE"


def test_fails_on_an_instance_type_that_sagemaker_does_not_have(
    aws: "Aws", endpoint_resources: Resources
) -> None:
    stack = aws.unique("stack")

    assert aws.deploy(stack, endpoint_resources(instance_type="ml.g5.13xlarge")) == (
        "ROLLBACK_COMPLETE"
    )

    reasons = [reason for name, _, reason in aws.events(stack) if name == "Config"]
    assert any(
        "Value 'ml.g5.13xlarge'" in reason and "ml.g5.12xlarge" in reason for reason in reasons
    )


def test_network_isolation_is_kept(aws: "Aws", endpoint_resources: Resources) -> None:
    stack, sagemaker = aws.unique("stack"), aws.client("sagemaker")
    resources = endpoint_resources()
    resources["Model"]["Properties"] |= {"EnableNetworkIsolation": True, "ModelName": stack}

    aws.deploy(stack, resources)
    sagemaker.create_model(
        ModelName=f"{stack}-api",
        ExecutionRoleArn="arn:aws:iam::111111111111:role/any",
        PrimaryContainer={"Image": "image"},
        EnableNetworkIsolation=True,
    )

    assert sagemaker.describe_model(ModelName=stack)["EnableNetworkIsolation"]
    assert sagemaker.describe_model(ModelName=f"{stack}-api")["EnableNetworkIsolation"]


def test_network_isolation_is_off_unless_asked_for(
    aws: "Aws", endpoint_resources: Resources
) -> None:
    stack = aws.unique("stack")
    resources = endpoint_resources()
    resources["Model"]["Properties"]["ModelName"] = stack

    aws.deploy(stack, resources)

    assert not aws.client("sagemaker").describe_model(ModelName=stack)["EnableNetworkIsolation"]


def test_what_a_variant_says_is_kept(aws: "Aws", endpoint_resources: Resources) -> None:
    stack = aws.unique("stack")
    resources = endpoint_resources()
    resources["Config"]["Properties"]["EndpointConfigName"] = stack
    said = {
        "InferenceAmiVersion": "al2-ami-sagemaker-inference-gpu-3-1",
        "RoutingConfig": {"RoutingStrategy": "LEAST_OUTSTANDING_REQUESTS"},
        "ModelDataDownloadTimeoutInSeconds": 1200,
        "ContainerStartupHealthCheckTimeoutInSeconds": 900,
    }
    resources["Config"]["Properties"]["ProductionVariants"][0] |= said

    aws.deploy(stack, resources)

    config = aws.client("sagemaker").describe_endpoint_config(EndpointConfigName=stack)
    assert said.items() <= config["ProductionVariants"][0].items()


def test_tags_change_in_place(aws: "Aws", endpoint_resources: Resources) -> None:
    stack, resources = aws.unique("stack"), endpoint_resources()
    aws.deploy(stack, resources)
    before = [aws.physical_id(stack, name) for name in ("Model", "Config", "Endpoint")]
    for name in ("Model", "Config", "Endpoint"):
        resources[name]["Properties"]["Tags"] = [{"Key": "team", "Value": "nlp"}]

    assert aws.deploy(stack, resources) == "UPDATE_COMPLETE"

    assert [aws.physical_id(stack, name) for name in ("Model", "Config", "Endpoint")] == before
    for arn in before:
        tags = aws.client("sagemaker").list_tags(ResourceArn=arn)["Tags"]
        assert tags == [{"Key": "team", "Value": "nlp"}]


def test_fails_to_create_what_exists(aws: "Aws") -> None:
    sagemaker, name = aws.client("sagemaker"), aws.unique("twice")
    variant = {
        "VariantName": "AllTraffic",
        "ModelName": name,
        "InitialInstanceCount": 1,
        "InstanceType": "ml.g5.xlarge",
    }

    def create_model() -> None:
        sagemaker.create_model(ModelName=name, PrimaryContainer={"Image": "image"})

    def create_config() -> None:
        sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])

    for create in (create_model, create_config):
        create()
        with pytest.raises(ClientError, match="Cannot create already existing"):
            create()


def test_a_model_may_have_containers_only(aws: "Aws") -> None:
    stack = aws.unique("stack")
    properties = {
        "ExecutionRoleArn": "arn:aws:iam::111111111111:role/any",
        "Containers": [{"Image": "image"}],
    }

    assert aws.deploy(
        stack, {"It": {"Type": "AWS::SageMaker::Model", "Properties": properties}}
    ) == ("CREATE_COMPLETE")


def test_fails_to_create_a_model_before_its_role_may_read_the_data(
    aws: "Aws", endpoint_resources: Resources
) -> None:
    stack, resources = aws.unique("stack"), endpoint_resources()
    trust = {
        "Effect": "Allow",
        "Principal": {"Service": "sagemaker.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    allow = {"Effect": "Allow", "Action": "s3:GetObject*", "Resource": "arn:aws:s3:::bucket/*"}
    resources["Role"] = {
        "Type": "AWS::IAM::Role",
        "Properties": {"AssumeRolePolicyDocument": {"Version": VERSION, "Statement": [trust]}},
    }
    resources["Policy"] = {
        "Type": "AWS::IAM::Policy",
        "Properties": {
            "PolicyName": "read",
            "Roles": [{"Ref": "Role"}],
            "PolicyDocument": {"Version": VERSION, "Statement": [allow]},
        },
        "DependsOn": "Model",
    }
    model = resources["Model"]["Properties"]
    model["ExecutionRoleArn"] = {"Fn::GetAtt": ["Role", "Arn"]}

    assert aws.deploy(stack, resources) == "ROLLBACK_COMPLETE"

    (reason,) = [event[2] for event in aws.events(stack) if event[:2] == ("Model", "CREATE_FAILED")]
    assert reason.startswith("Could not access model data at s3://bucket/model.tar.gz.")
    del resources["Policy"]["DependsOn"]
    resources["Model"]["DependsOn"] = "Policy"
    assert aws.deploy(aws.unique("stack"), resources) == "CREATE_COMPLETE"


def test_a_stack_deletes_what_is_gone_already(aws: "Aws", endpoint_resources: Resources) -> None:
    stack, resources = aws.unique("stack"), endpoint_resources(aws.unique("endpoint"))
    resources["Config"]["Properties"]["EndpointConfigName"] = stack
    resources["Model"]["Properties"]["ModelName"] = stack
    aws.deploy(stack, resources)
    sagemaker = aws.client("sagemaker")
    name = resources["Endpoint"]["Properties"]["EndpointName"]
    sagemaker.delete_endpoint(EndpointName=name)
    sagemaker.delete_endpoint_config(EndpointConfigName=stack)
    sagemaker.delete_model(ModelName=stack)

    aws.client("cloudformation").delete_stack(StackName=stack)

    with pytest.raises(ClientError, match="does not exist"):
        aws.settled(stack)
