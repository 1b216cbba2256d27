"""UpdateEndpoint, by the API and by CloudFormation, and what describe says of it."""

import json
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from lmi.local.emulator.log_events import publish
from lmi.local.hosting import LogStream
from tests.unit.emulator.conftest import make_role

if TYPE_CHECKING:
    from tests.unit.emulator.conftest import Aws

ROLE = "arn:aws:iam::111111111111:role/any"
CANARY = {
    "BlueGreenUpdatePolicy": {
        "TrafficRoutingConfiguration": {
            "Type": "CANARY",
            "CanarySize": {"Type": "CAPACITY_PERCENT", "Value": 30},
            "WaitIntervalInSeconds": 600,
        },
        "TerminationWaitInSeconds": 60,
    },
    "AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "guard"}]},
}


def make_config(aws: "Aws", *variants: dict[str, Any], role: str = ROLE, **environment: str) -> str:
    """Create a model and a configuration of one name, and return it."""
    name, sagemaker = aws.unique("config"), aws.client("sagemaker")
    container = {
        "Image": "image",
        "ModelDataUrl": "s3://bucket/model.tar.gz",
        "Environment": environment,
    }
    sagemaker.create_model(ModelName=name, ExecutionRoleArn=role, PrimaryContainer=container)
    given = {"ModelName": name, "InitialInstanceCount": 1, "InstanceType": "ml.g5.xlarge"}
    sagemaker.create_endpoint_config(
        EndpointConfigName=name,
        ProductionVariants=[given | each for each in variants or ({"VariantName": "A"},)],
    )
    return name


def make_endpoint(aws: "Aws", config: str, **given: Any) -> str:
    name = aws.unique("endpoint")
    aws.client("sagemaker").create_endpoint(EndpointName=name, EndpointConfigName=config, **given)
    assert settled(aws, name)["EndpointStatus"] == "InService"
    return name


def settled(aws: "Aws", name: str) -> dict[str, Any]:
    ends = time.monotonic() + 10
    while time.monotonic() < ends:
        found: dict[str, Any] = aws.client("sagemaker").describe_endpoint(EndpointName=name)
        if found["EndpointStatus"] in ("InService", "Failed"):
            return found
        time.sleep(0.01)
    raise AssertionError(f"{name} is still {found['EndpointStatus']}")


def weights_and_counts(endpoint: dict[str, Any]) -> dict[str, tuple[float, int]]:
    return {
        each["VariantName"]: (each["CurrentWeight"], each["CurrentInstanceCount"])
        for each in endpoint["ProductionVariants"]
    }


def test_an_endpoint_is_updating_and_then_serves_the_new_configuration(aws: "Aws") -> None:
    sagemaker, old, new = aws.client("sagemaker"), make_config(aws), make_config(aws, WAIT="yes")
    name = make_endpoint(aws, old)

    sagemaker.update_endpoint(EndpointName=name, EndpointConfigName=new)

    meanwhile = sagemaker.describe_endpoint(EndpointName=name)
    assert (meanwhile["EndpointStatus"], meanwhile["EndpointConfigName"]) == ("Updating", old)
    assert meanwhile["PendingDeploymentSummary"]["EndpointConfigName"] == new
    calls: tuple[Callable[[], Any], ...] = (
        lambda: sagemaker.delete_endpoint(EndpointName=name),
        lambda: sagemaker.update_endpoint(EndpointName=name, EndpointConfigName=new),
        lambda: sagemaker.update_endpoint_weights_and_capacities(
            EndpointName=name, DesiredWeightsAndCapacities=[{"VariantName": "A"}]
        ),
    )
    for call in calls:
        with pytest.raises(ClientError, match="Cannot update in-progress endpoint"):
            call()
    aws.host.gate.set()
    after = settled(aws, name)
    assert (after["EndpointConfigName"], "PendingDeploymentSummary" in after) == (new, False)
    assert aws.host.running[name].variants[0].environment == {"WAIT": "yes"}


def test_a_failing_update_leaves_the_old_configuration_and_says_why(aws: "Aws") -> None:
    sagemaker, old, new = aws.client("sagemaker"), make_config(aws), make_config(aws, FAIL="ping")
    name = make_endpoint(aws, old)

    sagemaker.update_endpoint(EndpointName=name, EndpointConfigName=new)

    found = settled(aws, name)
    assert (found["EndpointStatus"], found["EndpointConfigName"]) == ("InService", old)
    assert found["FailureReason"] == "ping"
    sagemaker.update_endpoint(EndpointName=name, EndpointConfigName=make_config(aws))
    assert "FailureReason" not in settled(aws, name)


def test_fails_to_update_what_is_not_there_or_to_what_is_not_there(aws: "Aws") -> None:
    sagemaker, config = aws.client("sagemaker"), make_config(aws)
    name = make_endpoint(aws, config)

    with pytest.raises(ClientError, match="Could not find endpoint"):
        sagemaker.update_endpoint(EndpointName="nowhere", EndpointConfigName=config)
    with pytest.raises(ClientError, match="Could not find endpoint configuration"):
        sagemaker.update_endpoint(EndpointName=name, EndpointConfigName="nowhere")


@pytest.mark.parametrize(
    ("request_fields", "kept"),
    [
        ({}, {"A": (1.0, 1), "B": (1.0, 1)}),
        ({"RetainAllVariantProperties": True}, {"A": (3.0, 4), "B": (0.0, 1)}),
        (
            {
                "RetainAllVariantProperties": True,
                "ExcludeRetainedVariantProperties": [{"VariantPropertyType": "DesiredWeight"}],
            },
            {"A": (1.0, 4), "B": (1.0, 1)},
        ),
        (
            {
                "RetainAllVariantProperties": True,
                "ExcludeRetainedVariantProperties": [
                    {"VariantPropertyType": "DesiredInstanceCount"}
                ],
            },
            {"A": (3.0, 1), "B": (0.0, 1)},
        ),
    ],
)
def test_weights_and_counts_are_retained_where_asked(
    aws: "Aws", request_fields: dict[str, Any], kept: dict[str, tuple[float, int]]
) -> None:
    sagemaker, both = aws.client("sagemaker"), ({"VariantName": "A"}, {"VariantName": "B"})
    name = make_endpoint(aws, make_config(aws, *both))
    sagemaker.update_endpoint_weights_and_capacities(
        EndpointName=name,
        DesiredWeightsAndCapacities=[
            {"VariantName": "A", "DesiredWeight": 3.0, "DesiredInstanceCount": 4},
            {"VariantName": "B", "DesiredWeight": 0.0},
        ],
    )
    assert aws.host.weights[name] == {"A": 3.0, "B": 0.0}
    assert weights_and_counts(settled(aws, name)) == {"A": (3.0, 4), "B": (0.0, 1)}

    sagemaker.update_endpoint(
        EndpointName=name, EndpointConfigName=make_config(aws, *both), **request_fields
    )

    assert weights_and_counts(settled(aws, name)) == kept
    hosted = {each.variant_name: each.initial_weight for each in aws.host.running[name].variants}
    assert hosted == {variant: weight for variant, (weight, _) in kept.items()}


def test_fails_to_weigh_a_variant_that_is_not_there(aws: "Aws") -> None:
    name = make_endpoint(aws, make_config(aws))

    with pytest.raises(ClientError, match="not present within endpoint configuration"):
        aws.client("sagemaker").update_endpoint_weights_and_capacities(
            EndpointName=name,
            DesiredWeightsAndCapacities=[{"VariantName": "X", "DesiredWeight": 1.0}],
        )


def test_the_deployment_configuration_is_described_and_can_be_retained(aws: "Aws") -> None:
    sagemaker = aws.client("sagemaker")
    name = make_endpoint(aws, make_config(aws))
    for fields in ({"DeploymentConfig": CANARY}, {"RetainDeploymentConfig": True}):
        sagemaker.update_endpoint(EndpointName=name, EndpointConfigName=make_config(aws), **fields)

        assert settled(aws, name)["LastDeploymentConfig"] == CANARY
        assert any("CANARY: 30 %" in step for step in aws.host.running[name].rollout)


def test_the_steps_of_a_rollout_are_events_of_the_stack(
    aws: "Aws", endpoint_resources: Any
) -> None:
    stack, resources = aws.unique("stack"), endpoint_resources()
    resources["Endpoint"]["Properties"]["DeploymentConfig"] = CANARY
    assert aws.deploy(stack, resources) == "CREATE_COMPLETE"
    container = resources["Model"]["Properties"]["PrimaryContainer"]
    container["Environment"] = {"NEW": "1"}

    assert aws.deploy(stack, resources) == "UPDATE_COMPLETE"

    steps = [
        reason
        for name, status, reason in aws.events(stack)
        if (name, status) == ("Endpoint", "UPDATE_IN_PROGRESS") and reason
    ]
    assert steps == [
        "Starting the new fleet beside the old",
        "BlueGreenUpdatePolicy CANARY: 30 % of the traffic, then 600 s of baking",
        "BlueGreenUpdatePolicy CANARY: the rest of the traffic, then 600 s of baking",
        "BlueGreenUpdatePolicy: the old fleet would end 60 s later",
        "AutoRollbackConfiguration: watching guard",
        "Here the traffic moves at one instant, without the intervals",
    ]


def test_fails_when_an_alarm_of_the_rollout_is_raised(aws: "Aws") -> None:
    sagemaker, cloudwatch = aws.client("sagemaker"), aws.client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName="guard",
        MetricName="ModelLatency",
        Namespace="AWS/SageMaker",
        ComparisonOperator="GreaterThanThreshold",
        EvaluationPeriods=1,
        Period=60,
        Statistic="Average",
        Threshold=1.0,
    )
    cloudwatch.set_alarm_state(AlarmName="guard", StateValue="ALARM", StateReason="test")
    old = make_config(aws)
    name = make_endpoint(aws, old)
    try:
        sagemaker.update_endpoint(
            EndpointName=name, EndpointConfigName=make_config(aws), DeploymentConfig=CANARY
        )
        found = settled(aws, name)
    finally:
        cloudwatch.delete_alarms(AlarmNames=["guard"])

    assert found["EndpointConfigName"] == old
    assert "guard of its AutoRollbackConfiguration is in ALARM" in found["FailureReason"]


@pytest.mark.parametrize("readable", [None, "arn:aws:s3:::bucket/other.tar.gz"])
def test_fails_where_the_role_cannot_read_the_model_data(aws: "Aws", readable: str | None) -> None:
    sagemaker, iam = aws.client("sagemaker"), aws.client("iam")
    role_name = aws.unique("role")
    role = make_role(iam, role_name, "arn:aws:s3:::bucket/*")
    old, new = make_config(aws, role=role), make_config(aws, role=role)
    name = make_endpoint(aws, old)
    iam.delete_role_policy(RoleName=role_name, PolicyName="read")
    if readable is not None:
        allow = {"Effect": "Allow", "Action": ["s3:Get*"], "Resource": [readable]}
        iam.put_role_policy(
            RoleName=role_name,
            PolicyName="other",
            PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": allow}),
        )

    sagemaker.update_endpoint(EndpointName=name, EndpointConfigName=new)

    found = settled(aws, name)
    assert found["EndpointConfigName"] == old
    assert found["FailureReason"].startswith(
        "Could not access model data at s3://bucket/model.tar.gz. Please ensure that the role "
        f'"{role}" exists and that its trust relationship policy allows the action '
        '"sts:AssumeRole" for the service principal "sagemaker.amazonaws.com".'
    )


def test_a_managed_policy_counts_and_a_deny_wins(aws: "Aws") -> None:
    iam, role_name = aws.client("iam"), aws.unique("role")
    role = make_role(iam, role_name, None)
    iam.attach_role_policy(
        RoleName=role_name, PolicyArn="arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
    )
    name = make_endpoint(aws, make_config(aws, role=role))
    deny = {"Effect": "Deny", "Action": "*", "Resource": "*"}
    new = make_config(aws, role=role)
    iam.put_role_policy(
        RoleName=role_name,
        PolicyName="deny",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [deny]}),
    )

    aws.client("sagemaker").update_endpoint(EndpointName=name, EndpointConfigName=new)

    assert "Could not access model data" in settled(aws, name)["FailureReason"]


def test_lines_of_a_model_server_are_log_events(aws: "Aws") -> None:
    logs, name = aws.client("logs"), aws.unique("endpoint")
    stream = LogStream(region="us-west-2", endpoint_name=name, stream_name="A/i-1")

    for lines in (["loading"], [], ["loaded", "serving"]):
        publish(stream, lines)

    events = logs.get_log_events(
        logGroupName=f"/aws/sagemaker/Endpoints/{name}",
        logStreamName="A/i-1",
        startFromHead=True,
    )["events"]
    assert [event["message"] for event in events] == ["loading", "loaded", "serving"]
