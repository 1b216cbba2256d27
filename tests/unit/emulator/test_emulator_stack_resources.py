"""What the calls that describe a stack's resources say of each: its own status, reason and time."""

import json
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from tests.unit.emulator.conftest import Aws

Resources = Callable[..., dict[str, Any]]


def parameter(value: str, **properties: str) -> dict[str, Any]:
    return {
        "Type": "AWS::SSM::Parameter",
        "Properties": {"Type": "String", "Value": value, **properties},
    }


def described(aws: "Aws", stack: str) -> dict[str, dict[str, Any]]:
    """Return what DescribeStackResources says, with which the two other calls must agree."""
    client = aws.client("cloudformation")
    found = client.describe_stack_resources(StackName=stack)["StackResources"]
    listed = client.list_stack_resources(StackName=stack)["StackResourceSummaries"]
    for each, other in zip(found, listed, strict=True):
        time_of_its_own = {"LastUpdatedTimestamp": each["Timestamp"]}
        common = {
            name: value
            for name, value in each.items()
            if name not in ("StackName", "StackId", "Timestamp")
        }
        assert other == common | time_of_its_own
        if each["ResourceStatus"] != "DELETE_COMPLETE":
            detail = client.describe_stack_resource(
                StackName=stack, LogicalResourceId=each["LogicalResourceId"]
            )["StackResourceDetail"]
            assert detail.pop("Metadata") == "{}"
            names = {"StackName": each["StackName"], "StackId": each["StackId"]}
            assert detail == common | time_of_its_own | names
    return {each["LogicalResourceId"]: each for each in found}


def statuses(aws: "Aws", stack: str) -> dict[str, str]:
    return {name: each["ResourceStatus"] for name, each in described(aws, stack).items()}


def test_a_resource_has_its_own_status_while_others_are_made(
    aws: "Aws", endpoint_resources: Resources
) -> None:
    stack = aws.unique("stack")
    resources = endpoint_resources(stack, WAIT="yes")
    aws.client("cloudformation").create_stack(
        StackName=stack, TemplateBody=json.dumps({"Resources": resources})
    )
    _await_event(aws, stack, ("Endpoint", "CREATE_IN_PROGRESS", ""))

    found = described(aws, stack)

    assert {name: each["ResourceStatus"] for name, each in found.items()} == {
        "Model": "CREATE_COMPLETE",
        "Config": "CREATE_COMPLETE",
        "Endpoint": "CREATE_IN_PROGRESS",
    }
    assert "PhysicalResourceId" not in found["Endpoint"]
    assert found["Model"]["PhysicalResourceId"].startswith("arn:aws:sagemaker:us-west-2:")
    assert (
        found["Model"]["Timestamp"] < found["Config"]["Timestamp"] < found["Endpoint"]["Timestamp"]
    )
    aws.host.gate.set()
    assert aws.settled(stack) == "CREATE_COMPLETE"
    assert set(statuses(aws, stack).values()) == {"CREATE_COMPLETE"}


def test_an_update_touches_the_status_and_time_of_what_it_changes_only(aws: "Aws") -> None:
    stack = aws.unique("stack")
    aws.deploy(stack, {"Left": parameter("same"), "Changed": parameter("old")})
    before = described(aws, stack)

    aws.deploy(stack, {"Left": parameter("same"), "Changed": parameter("new")})

    after = described(aws, stack)
    assert after["Left"] == before["Left"]
    assert after["Changed"]["ResourceStatus"] == "UPDATE_COMPLETE"
    assert after["Changed"]["Timestamp"] > before["Changed"]["Timestamp"]
    assert after["Changed"]["PhysicalResourceId"] == before["Changed"]["PhysicalResourceId"]


def test_a_replaced_resource_is_the_new_one_whatever_becomes_of_the_old(
    aws: "Aws", endpoint_resources: Resources
) -> None:
    stack = aws.unique("stack")
    aws.deploy(stack, endpoint_resources(stack))
    old = described(aws, stack)

    aws.deploy(stack, endpoint_resources(stack, OTHER="yes"))

    new = described(aws, stack)
    assert {each["ResourceStatus"] for each in new.values()} == {"UPDATE_COMPLETE"}
    assert new["Model"]["PhysicalResourceId"] != old["Model"]["PhysicalResourceId"]
    assert new["Endpoint"]["PhysicalResourceId"] == old["Endpoint"]["PhysicalResourceId"]


def test_a_removed_resource_is_no_longer_the_stacks(aws: "Aws") -> None:
    stack = aws.unique("stack")
    aws.deploy(stack, {"Left": parameter("same"), "Removed": parameter("x")})
    aws.deploy(stack, {"Left": parameter("same")})

    assert statuses(aws, stack) == {"Left": "CREATE_COMPLETE"}
    with pytest.raises(ClientError, match=f"Resource Removed does not exist for stack {stack}"):
        aws.client("cloudformation").describe_stack_resource(
            StackName=stack, LogicalResourceId="Removed"
        )


def test_after_a_rolled_back_update_everything_is_as_it_was(
    aws: "Aws", endpoint_resources: Resources
) -> None:
    stack = aws.unique("stack")
    aws.deploy(stack, endpoint_resources(stack))
    before = described(aws, stack)

    taken = {"Taken": parameter("x", Name=f"/{stack}"), **endpoint_resources(stack, OTHER="yes")}
    aws.client("ssm").put_parameter(Name=f"/{stack}", Value="taken", Type="String")
    taken["Model"]["DependsOn"] = "Taken"
    assert aws.deploy(stack, taken) == "UPDATE_ROLLBACK_COMPLETE"
    assert described(aws, stack) == before

    failing = endpoint_resources(stack, FAIL="no ping")
    assert aws.deploy(stack, failing) == "UPDATE_ROLLBACK_COMPLETE"
    after = described(aws, stack)
    assert {name: each["PhysicalResourceId"] for name, each in after.items()} == {
        name: each["PhysicalResourceId"] for name, each in before.items()
    }
    assert {each["ResourceStatus"] for each in after.values()} == {"UPDATE_COMPLETE"}


def test_a_failure_that_is_not_rolled_back_is_seen_at_its_resource(aws: "Aws") -> None:
    stack, client = aws.unique("stack"), aws.client("cloudformation")
    aws.client("ssm").put_parameter(Name=f"/{stack}", Value="taken", Type="String")
    wanted = {"First": parameter("x"), "Taken": parameter("x", Name=f"/{stack}")}
    wanted["Taken"]["DependsOn"] = "First"
    body = json.dumps({"Resources": wanted})
    client.create_stack(StackName=stack, TemplateBody=body, DisableRollback=True)
    assert aws.settled(stack) == "CREATE_FAILED"

    found = described(aws, stack)
    assert found["First"]["ResourceStatus"] == "CREATE_COMPLETE"
    assert "ResourceStatusReason" not in found["First"]
    assert found["Taken"]["ResourceStatus"] == "CREATE_FAILED"
    assert "already exists" in found["Taken"]["ResourceStatusReason"]

    client.rollback_stack(StackName=stack)
    assert aws.settled(stack) == "ROLLBACK_COMPLETE"
    assert statuses(aws, stack) == {"First": "DELETE_COMPLETE", "Taken": "DELETE_COMPLETE"}


def test_a_refused_update_of_a_resource_is_over_after_the_roll_back(
    aws: "Aws", endpoint_resources: Resources
) -> None:
    stack, client = aws.unique("stack"), aws.client("cloudformation")
    aws.deploy(stack, endpoint_resources(stack))
    refused = endpoint_resources(stack)
    refused["Model"]["Properties"]["ExecutionRoleArn"] = "no role"
    body = json.dumps({"Resources": refused})
    client.update_stack(StackName=stack, TemplateBody=body)
    assert aws.settled(stack) == "UPDATE_ROLLBACK_COMPLETE"

    assert ("Model", "UPDATE_COMPLETE", "") in aws.events(stack)
    assert statuses(aws, stack)["Model"] == "UPDATE_COMPLETE"


def test_a_deleted_stack_still_tells_of_its_resources_by_its_id(aws: "Aws") -> None:
    stack, client = aws.unique("stack"), aws.client("cloudformation")
    aws.deploy(stack, {"It": parameter("x"), "Kept": parameter("y")})
    stack_id = client.describe_stacks(StackName=stack)["Stacks"][0]["StackId"]
    aws.deploy(stack, {"It": parameter("x"), "Kept": parameter("y") | {"DeletionPolicy": "Retain"}})
    client.delete_stack(StackName=stack)
    assert aws.settled(stack_id) == "DELETE_COMPLETE"

    assert statuses(aws, stack_id) == {"It": "DELETE_COMPLETE", "Kept": "DELETE_SKIPPED"}
    with pytest.raises(ClientError, match=f"Stack with id {stack} does not exist"):
        client.list_stack_resources(StackName=stack)


def test_resources_are_found_by_the_physical_id_of_one_of_them(aws: "Aws") -> None:
    stack, client = aws.unique("stack"), aws.client("cloudformation")
    aws.deploy(stack, {"It": parameter("x", Name=f"/{stack}"), "Other": parameter("y")})

    found = client.describe_stack_resources(PhysicalResourceId=f"/{stack}")["StackResources"]

    assert [each["LogicalResourceId"] for each in found] == ["It", "Other"]
    with pytest.raises(ClientError, match="Stack for /nowhere does not exist"):
        client.describe_stack_resources(PhysicalResourceId="/nowhere")
    with pytest.raises(ClientError, match="exactly one of StackName and PhysicalResourceId"):
        client.describe_stack_resources()


def test_a_resource_is_described_with_its_metadata(aws: "Aws") -> None:
    stack = aws.unique("stack")
    aws.deploy(stack, {"It": {**parameter("x"), "Metadata": {"aws:cdk:path": "a/b"}}})

    detail = aws.client("cloudformation").describe_stack_resource(
        StackName=stack, LogicalResourceId="It"
    )["StackResourceDetail"]

    assert json.loads(detail["Metadata"]) == {"aws:cdk:path": "a/b"}


def _await_event(aws: "Aws", stack: str, event: tuple[str, str, str]) -> None:
    ends = time.monotonic() + 10
    while event not in aws.events(stack):
        assert time.monotonic() < ends, f"{event} has not come"
