"""The same refusals through SageMaker's API, and by the stacks of the embedded AWS."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError
from moto.sagemaker.responses import SageMakerResponse

from lmi.local.emulator.refusals import api

if TYPE_CHECKING:
    from tests.unit.emulator.conftest import Aws

IMAGE = "763104351884.dkr.ecr.us-west-2.amazonaws.com/djl-inference:0.36.0-cpu-full"
ROLE = "arn:aws:iam::111111111111:role/any"


def variant(model: str, **values: Any) -> dict[str, Any]:
    return {
        "VariantName": "a",
        "ModelName": model,
        "InitialInstanceCount": 1,
        "InstanceType": "ml.g5.xlarge",
        **values,
    }


def message_of(call: Callable[..., Any], **parameters: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert caught.value.response["Error"]["Code"] == "ValidationException"
    return str(caught.value.response["Error"]["Message"])


def test_fails_to_create_a_model_with_every_reason(aws: "Aws") -> None:
    sagemaker = aws.client("sagemaker")

    told = message_of(
        sagemaker.create_model,
        ModelName="my_model",
        ExecutionRoleArn=ROLE,
        PrimaryContainer={
            "Image": "763104351884.dkr.ecr.us-east-1.amazonaws.com/djl-inference:0.36.0-cpu-full",
            "ModelDataUrl": "s3://no-such-bucket-here/model.tar.gz",
        },
    ).splitlines()

    assert [line[:44] for line in told] == [
        "1 validation error detected: Value 'my_model",
        'Region of "763104351884.dkr.ecr.us-east-1.am',
        "Could not find model data at s3://no-such-bu",
    ]


def test_fails_to_create_a_configuration_and_leaves_none(aws: "Aws") -> None:
    sagemaker, name = aws.client("sagemaker"), aws.unique("config")
    sagemaker.create_model(ModelName=name, ExecutionRoleArn=ROLE)

    told = message_of(
        sagemaker.create_endpoint_config,
        EndpointConfigName=name,
        ProductionVariants=[variant(name, VolumeSizeInGB=64)],
    )

    assert told == "VolumeSize parameter is not allowed for the selected Instance type ml.g5.xlarge"
    assert sagemaker.list_endpoint_configs(NameContains=name)["EndpointConfigs"] == []


def test_fails_to_create_an_endpoint_of_no_configuration(aws: "Aws") -> None:
    told = message_of(
        aws.client("sagemaker").create_endpoint, EndpointName="e", EndpointConfigName="nowhere"
    )

    assert told == (
        'Could not find endpoint configuration "arn:aws:sagemaker:us-west-2:111111111111:'
        'endpoint-config/nowhere".'
    )


def test_other_calls_and_good_ones_are_answered(aws: "Aws") -> None:
    sagemaker, name = aws.client("sagemaker"), aws.unique("model")

    sagemaker.create_model(ModelName=name, ExecutionRoleArn=ROLE)
    sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant(name)])

    assert sagemaker.describe_model(ModelName=name)["ModelName"] == name
    assert sagemaker.describe_endpoint_config(EndpointConfigName=name)


def test_fails_to_apply_to_another_moto(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SageMakerResponse, "call_action", lambda response: None)

    with pytest.raises(RuntimeError, match="call_action"):
        api.apply.__wrapped__()


def test_fails_the_resource_of_a_stack_with_every_reason(
    aws: "Aws", endpoint_resources: Callable[..., dict[str, Any]]
) -> None:
    stack, resources = aws.unique("stack"), endpoint_resources()
    config = resources["Config"]["Properties"]
    config["ProductionVariants"][0] |= {"VolumeSizeInGB": 64, "InitialInstanceCounts": 2}

    assert aws.deploy(stack, resources) == "ROLLBACK_COMPLETE"

    (reason,) = (each[2] for each in aws.events(stack) if each[:2] == ("Config", "CREATE_FAILED"))
    assert "#/ProductionVariants/0: extraneous key [InitialInstanceCounts]" in reason
    assert "VolumeSize parameter is not allowed" in reason


def test_fails_to_update_an_endpoint_to_renamed_variants_under_a_rollout(aws: "Aws") -> None:
    sagemaker, name = aws.client("sagemaker"), aws.unique("rollout")
    data = {"Image": IMAGE, "ModelDataUrl": "s3://bucket/model.tar.gz"}
    sagemaker.create_model(ModelName=name, ExecutionRoleArn=ROLE, PrimaryContainer=data)
    for suffix in ("a", "b"):
        sagemaker.create_endpoint_config(
            EndpointConfigName=f"{name}-{suffix}",
            ProductionVariants=[variant(name, VariantName=suffix)],
        )
    sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=f"{name}-a")
    sagemaker.get_waiter("endpoint_in_service").wait(
        EndpointName=name, WaiterConfig={"Delay": 0, "MaxAttempts": 500}
    )
    size = {"Type": "CAPACITY_PERCENT", "Value": 50}

    told = message_of(
        sagemaker.update_endpoint,
        EndpointName=name,
        EndpointConfigName=f"{name}-b",
        DeploymentConfig={
            "RollingUpdatePolicy": {"MaximumBatchSize": size, "WaitIntervalInSeconds": 1}
        },
    )

    assert told.endswith("as in the old one: a; got b")
    assert sagemaker.describe_endpoint(EndpointName=name)["EndpointConfigName"] == f"{name}-a"
