"""Scalable targets, schedules and scaling policies."""

import http.client
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError
from click.testing import CliRunner

from lmi.cli.local import command
from lmi.errors import ConfigError
from lmi.local import scaling
from lmi.local.emulator.resources.scale import scale
from lmi.local.state import Running

if TYPE_CHECKING:
    from tests.unit.emulator.conftest import Aws

Resources = Callable[..., dict[str, Any]]
PLACE = {
    "ServiceNamespace": "sagemaker",
    "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
}
NIGHT = {
    "ScheduledActionName": "night",
    "Schedule": "cron(0 20 * * ? *)",
    "ScalableTargetAction": {"MinCapacity": 1, "MaxCapacity": "1"},
}


def scaled(
    endpoint_resources: Resources, name: str, variant: str = "AllTraffic", **changes: Any
) -> dict[str, Any]:
    resource = {"Fn::Sub": f"endpoint/${{Endpoint.EndpointName}}/variant/{variant}"}
    target = {**PLACE, "ResourceId": resource, "MinCapacity": 1, "MaxCapacity": 4}
    return {
        **endpoint_resources(name),
        "Target": {
            "Type": "AWS::ApplicationAutoScaling::ScalableTarget",
            "Properties": {**target, **changes},
        },
    }


def policy(kind: str, **configuration: Any) -> dict[str, Any]:
    properties = {
        "PolicyName": f"by-{kind}",
        "PolicyType": kind,
        "ScalingTargetId": {"Ref": "Target"},
        **configuration,
    }
    return {"Type": "AWS::ApplicationAutoScaling::ScalingPolicy", "Properties": properties}


def tracking(value: float) -> dict[str, Any]:
    metric = {"PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"}
    configuration = {"TargetValue": value, "PredefinedMetricSpecification": metric}
    return policy("TargetTrackingScaling", TargetTrackingScalingPolicyConfiguration=configuration)


def targets(aws: "Aws", name: str) -> list[dict[str, Any]]:
    found = aws.client("application-autoscaling").describe_scalable_targets(
        ServiceNamespace="sagemaker", ResourceIds=[f"endpoint/{name}/variant/AllTraffic"]
    )
    return list(found["ScalableTargets"])


def test_a_target_changes_its_bounds_and_schedules_in_place(
    aws: "Aws", endpoint_resources: Resources
) -> None:
    stack, name = aws.unique("stack"), aws.unique("endpoint")
    autoscaling = aws.client("application-autoscaling")
    resource = f"endpoint/{name}/variant/AllTraffic"

    aws.deploy(stack, scaled(endpoint_resources, name, ScheduledActions=[NIGHT]))

    assert aws.physical_id(stack, "Target") == (
        f"{resource}|sagemaker:variant:DesiredInstanceCount|sagemaker"
    )
    (before,) = targets(aws, name)
    assert (before["MinCapacity"], before["MaxCapacity"]) == (1, 4)
    (action,) = autoscaling.describe_scheduled_actions(
        ServiceNamespace="sagemaker", ResourceId=resource
    )["ScheduledActions"]
    assert action["ScalableTargetAction"] == {"MinCapacity": 1, "MaxCapacity": 1}

    assert aws.deploy(stack, scaled(endpoint_resources, name, MaxCapacity=8)) == "UPDATE_COMPLETE"

    (after,) = targets(aws, name)
    assert (after["MaxCapacity"], after["ScalableTargetARN"]) == (8, before["ScalableTargetARN"])
    assert not autoscaling.describe_scheduled_actions(
        ServiceNamespace="sagemaker", ResourceId=resource
    )["ScheduledActions"]

    aws.client("cloudformation").delete_stack(StackName=stack)
    assert targets(aws, name) == []


def test_policies_keep_their_arn_and_go_with_their_target(
    aws: "Aws", endpoint_resources: Resources
) -> None:
    stack, name = aws.unique("stack"), aws.unique("endpoint")
    step = {
        "AdjustmentType": "ChangeInCapacity",
        "StepAdjustments": [{"MetricIntervalLowerBound": "0", "ScalingAdjustment": 1}],
    }

    def resources(value: float) -> dict[str, Any]:
        return {
            **scaled(endpoint_resources, name),
            "Tracking": tracking(value),
            "Step": policy("StepScaling", StepScalingPolicyConfiguration=step),
        }

    def found() -> dict[str, dict[str, Any]]:
        answer = aws.client("application-autoscaling").describe_scaling_policies(
            ServiceNamespace="sagemaker", ResourceId=f"endpoint/{name}/variant/AllTraffic"
        )
        return {each["PolicyName"]: each for each in answer["ScalingPolicies"]}

    assert aws.deploy(stack, resources(70)) == "CREATE_COMPLETE"
    arn = aws.physical_id(stack, "Tracking")
    assert arn == found()["by-TargetTrackingScaling"]["PolicyARN"]
    steps = found()["by-StepScaling"]["StepScalingPolicyConfiguration"]["StepAdjustments"]
    assert steps[0]["MetricIntervalLowerBound"] == 0

    assert aws.deploy(stack, resources(50)) == "UPDATE_COMPLETE"
    after = found()["by-TargetTrackingScaling"]
    assert after["PolicyARN"] == arn == aws.physical_id(stack, "Tracking")
    assert after["TargetTrackingScalingPolicyConfiguration"]["TargetValue"] == 50

    aws.client("application-autoscaling").deregister_scalable_target(
        **PLACE, ResourceId=f"endpoint/{name}/variant/AllTraffic"
    )
    assert found() == {}


def test_a_policy_of_a_customized_metric_is_kept_whole(
    aws: "Aws", endpoint_resources: Resources
) -> None:
    stack, name = aws.unique("stack"), aws.unique("endpoint")
    metric = {
        "MetricName": "QueueLength",
        "Namespace": "Models",
        "Statistic": "Average",
        "Dimensions": [{"Name": "EndpointName", "Value": name}],
    }
    configuration = {"TargetValue": 3.5, "CustomizedMetricSpecification": metric}
    custom = policy("TargetTrackingScaling", TargetTrackingScalingPolicyConfiguration=configuration)

    aws.deploy(stack, {**scaled(endpoint_resources, name), "Custom": custom})

    (found,) = aws.client("application-autoscaling").describe_scaling_policies(
        ServiceNamespace="sagemaker", ResourceId=f"endpoint/{name}/variant/AllTraffic"
    )["ScalingPolicies"]
    assert found["TargetTrackingScalingPolicyConfiguration"] == configuration


def test_fails_to_register_a_variant_that_the_endpoint_does_not_have(
    aws: "Aws", endpoint_resources: Resources
) -> None:
    stack, name = aws.unique("stack"), aws.unique("endpoint")

    status = aws.deploy(stack, scaled(endpoint_resources, name, variant="Blue"))

    assert status == "ROLLBACK_COMPLETE"
    reasons = [reason for who, _, reason in aws.events(stack) if who == "Target"]
    assert any("variant doesn't exist" in each and "AllTraffic" in each for each in reasons)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"ResourceId": "endpoint/none/variant/AllTraffic"}, "endpoint doesn't exist"),
        ({"MinCapacity": 5}, "Maximum capacity cannot be less than minimum capacity"),
        ({"ResourceId": "endpoint/none"}, "Unsupported service namespace"),
    ],
)
def test_fails_to_register_what_cannot_scale(
    aws: "Aws", changes: dict[str, Any], message: str
) -> None:
    wanted = {
        **PLACE,
        "ResourceId": "endpoint/none/variant/AllTraffic",
        "MinCapacity": 1,
        "MaxCapacity": 4,
        **changes,
    }

    with pytest.raises(ClientError, match=message):
        aws.client("application-autoscaling").register_scalable_target(**wanted)


def test_fails_to_put_a_policy_without_a_target(aws: "Aws") -> None:
    with pytest.raises(ClientError, match=r"ObjectNotFound.*No scalable target registered"):
        aws.client("application-autoscaling").put_scaling_policy(
            **PLACE,
            ResourceId="endpoint/none/variant/AllTraffic",
            PolicyName="any",
            PolicyType="StepScaling",
        )


def test_scaling_changes_the_described_count_within_the_bounds_of_the_target(
    aws: "Aws", endpoint_resources: Resources
) -> None:
    stack, name = aws.unique("stack"), aws.unique("endpoint")
    aws.deploy(stack, scaled(endpoint_resources, name))

    answer = scale(name, instances=3, variant_name=None, region=None)

    assert (answer["variant_name"], answer["from"], answer["to"]) == ("AllTraffic", 1, 3)
    (variant,) = aws.client("sagemaker").describe_endpoint(EndpointName=name)["ProductionVariants"]
    assert (variant["CurrentInstanceCount"], variant["DesiredInstanceCount"]) == (3, 3)

    for instances in (0, 5):
        with pytest.raises(ConfigError, match=f"between 1 and 4.*got {instances}"):
            scale(name, instances=instances, variant_name="AllTraffic", region="us-west-2")
    with pytest.raises(ConfigError, match="no variant 'Blue'; it has AllTraffic"):
        scale(name, instances=2, variant_name="Blue", region=None)
    with pytest.raises(ConfigError, match="did you mean"):
        scale(f"{name}x", instances=2, variant_name=None, region=None)


def test_fails_to_scale_a_variant_without_a_target(
    aws: "Aws", endpoint_resources: Resources
) -> None:
    stack, name = aws.unique("stack"), aws.unique("endpoint")
    aws.deploy(stack, endpoint_resources(name))

    with pytest.raises(ConfigError, match="has no scalable target"):
        scale(name, instances=1, variant_name=None, region=None)


def test_the_command_scales_and_says_why_it_does_not(
    aws: "Aws", endpoint_resources: Resources, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    stack, name = aws.unique("stack"), aws.unique("endpoint")
    aws.deploy(stack, scaled(endpoint_resources, name))
    port = urlsplit(aws.url).port
    assert port is not None
    running = Running(home=tmp_path, pid=1, port=port)
    monkeypatch.setattr(scaling, "running_or_fail", lambda home: running)
    arguments = ["scale", name, "--home", str(tmp_path), "--instances"]

    done = CliRunner().invoke(command, [*arguments, "2"], catch_exceptions=False)

    assert done.output.startswith(f"{name}/AllTraffic in us-west-2: 1 -> 2 instances")
    with pytest.raises(ConfigError, match="between 1 and 4"):
        CliRunner().invoke(command, [*arguments, "9"], catch_exceptions=False)


@pytest.mark.parametrize(
    ("body", "kind", "error"),
    [
        (b"{", "application/json", "Expecting"),
        (b"[]", "application/json", "must be an object"),
        (b'{"endpoint_name": "a"}', "application/json", "and instances, a whole number"),
        (b"{}", "text/plain", "must be JSON"),
    ],
)
def test_fails_on_a_request_to_scale_that_is_none(
    aws: "Aws", body: bytes, kind: str, error: str
) -> None:
    connection = http.client.HTTPConnection(urlsplit(aws.url).netloc, timeout=5)

    connection.request("POST", "/_lmi/scale", body, {"Content-Type": kind})
    answer = connection.getresponse()

    assert answer.status == 400
    assert error in json.loads(answer.read())["error"]
    connection.close()
