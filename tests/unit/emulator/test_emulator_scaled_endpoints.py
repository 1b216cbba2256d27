"""Endpoints with scalable targets that are deleted or updated beside the stack of the targets."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from tests.unit.emulator.conftest import Aws

Resources = Callable[..., dict[str, Any]]
SERVICE = {"ServiceNamespace": "sagemaker"}
PLACE = {**SERVICE, "ScalableDimension": "sagemaker:variant:DesiredInstanceCount"}
METRIC = {"PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"}


def scaling_of(endpoint: dict[str, Any]) -> dict[str, Any]:
    """Return a target with a policy and a schedule, for an endpoint of the same stack."""
    resource = {"Fn::Sub": "endpoint/${Endpoint.EndpointName}/variant/AllTraffic"}
    schedule = {
        "ScheduledActionName": "night",
        "Schedule": "cron(0 20 * * ? *)",
        "ScalableTargetAction": {"MinCapacity": 1, "MaxCapacity": 1},
    }
    target = {
        **PLACE,
        "ResourceId": resource,
        "MinCapacity": 1,
        "MaxCapacity": 4,
        "ScheduledActions": [schedule],
    }
    policy = {
        "PolicyName": "tracking",
        "PolicyType": "TargetTrackingScaling",
        "ScalingTargetId": {"Ref": "Target"},
        "TargetTrackingScalingPolicyConfiguration": {
            "TargetValue": 5,
            "PredefinedMetricSpecification": METRIC,
        },
    }
    return {
        **endpoint,
        "Target": {"Type": "AWS::ApplicationAutoScaling::ScalableTarget", "Properties": target},
        "Policy": {"Type": "AWS::ApplicationAutoScaling::ScalingPolicy", "Properties": policy},
    }


def found(aws: "Aws", name: str) -> tuple[int, int, int]:
    """Return how many targets, policies and schedules an endpoint's variants have."""
    scaling = aws.client("application-autoscaling")
    targets = scaling.describe_scalable_targets(**SERVICE)["ScalableTargets"]
    policies = scaling.describe_scaling_policies(**SERVICE)["ScalingPolicies"]
    schedules = scaling.describe_scheduled_actions(**SERVICE)["ScheduledActions"]
    of_endpoint = f"endpoint/{name}/"
    targets_count, policies_count, schedules_count = (
        sum(each["ResourceId"].startswith(of_endpoint) for each in records)
        for records in (targets, policies, schedules)
    )
    return targets_count, policies_count, schedules_count


def test_deleting_an_endpoint_beside_its_stack_deregisters_its_variants(
    aws: "Aws", endpoint_resources: Resources
) -> None:
    one, other = aws.unique("endpoint"), aws.unique("endpoint")
    for name in (one, other):
        aws.deploy(name, scaling_of(endpoint_resources(name)))
    assert (found(aws, one), found(aws, other)) == ((1, 1, 1), (1, 1, 1))

    aws.client("sagemaker").delete_endpoint(EndpointName=one)

    assert (found(aws, one), found(aws, other)) == ((0, 0, 0), (1, 1, 1))
    # What is gone already is no reason for its stack to stay.
    aws.client("cloudformation").delete_stack(StackName=one)
    with pytest.raises(ClientError, match="does not exist"):
        aws.settled(one)


def test_a_new_endpoint_of_the_name_is_not_registered(
    aws: "Aws", endpoint_resources: Resources
) -> None:
    stack, name, sagemaker = aws.unique("stack"), aws.unique("endpoint"), aws.client("sagemaker")
    aws.deploy(stack, scaling_of(endpoint_resources(name)))
    config = sagemaker.describe_endpoint(EndpointName=name)["EndpointConfigName"]
    sagemaker.delete_endpoint(EndpointName=name)

    sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=config)

    assert found(aws, name) == (0, 0, 0)


def test_another_model_is_no_reason_to_deregister(
    aws: "Aws", endpoint_resources: Resources
) -> None:
    stack, name = aws.unique("stack"), aws.unique("endpoint")
    aws.deploy(stack, scaling_of(endpoint_resources(name)))

    status = aws.deploy(stack, scaling_of(endpoint_resources(name, OTHER="yes")))

    assert (status, found(aws, name)) == ("UPDATE_COMPLETE", (1, 1, 1))


def test_fails_to_change_the_instance_type_of_a_variant_that_scales(
    aws: "Aws", endpoint_resources: Resources
) -> None:
    stack, name = aws.unique("stack"), aws.unique("endpoint")
    aws.deploy(stack, scaling_of(endpoint_resources(name)))
    other = endpoint_resources(name, instance_type="ml.g5.xlarge")

    assert aws.deploy(stack, scaling_of(other)) == "UPDATE_ROLLBACK_COMPLETE"

    (told,) = (why for _, what, why in aws.events(stack) if what == "UPDATE_FAILED")
    assert told.endswith("changes: AllTraffic from ml.g5.12xlarge to ml.g5.xlarge")
    assert found(aws, name) == (1, 1, 1)
    # As AWS documents it: deregister, update, register again.
    assert aws.deploy(stack, endpoint_resources(name)) == "UPDATE_COMPLETE"
    assert aws.deploy(stack, other) == "UPDATE_COMPLETE"
    assert aws.deploy(stack, scaling_of(other)) == "UPDATE_COMPLETE"


def test_fails_to_remove_a_variant_that_scales(aws: "Aws", endpoint_resources: Resources) -> None:
    stack, name, sagemaker = aws.unique("stack"), aws.unique("endpoint"), aws.client("sagemaker")
    aws.deploy(stack, scaling_of(endpoint_resources(name)))
    config = sagemaker.describe_endpoint(EndpointName=name)["EndpointConfigName"]
    variant = sagemaker.describe_endpoint_config(EndpointConfigName=config)["ProductionVariants"][0]
    sagemaker.create_endpoint_config(
        EndpointConfigName=f"{name}-renamed",
        ProductionVariants=[{**variant, "VariantName": "Blue"}],
    )

    with pytest.raises(ClientError, match=r"must be deregistered .*: AllTraffic is removed"):
        sagemaker.update_endpoint(EndpointName=name, EndpointConfigName=f"{name}-renamed")
