"""What becomes of a stack that fails: roll-back, its events, and what can be done after it."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from tests.unit.emulator.conftest import Aws

Resources = Callable[..., dict[str, Any]]


def group(name: str, **attributes: Any) -> dict[str, Any]:
    return {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": name}, **attributes}


def parameter(value: str, **properties: Any) -> dict[str, Any]:
    return {
        "Type": "AWS::SSM::Parameter",
        "Properties": {"Type": "String", "Value": value, **properties},
    }


def body(resources: dict[str, Any], **template: Any) -> str:
    return json.dumps({"Resources": resources, **template})


def since(aws: "Aws", stack: str, status: str) -> list[tuple[str, str]]:
    events = [event[:2] for event in aws.events(stack)]
    return events[events.index((stack, status)) :]


def test_a_failed_update_tells_of_every_step_back(
    aws: "Aws", endpoint_resources: Resources
) -> None:
    stack, name = aws.unique("stack"), aws.unique("endpoint")
    aws.deploy(stack, {**endpoint_resources(name), "Value": parameter("old")})

    aws.deploy(stack, {"Value": parameter("new"), **endpoint_resources(name, FAIL="no ping")})

    assert since(aws, stack, "UPDATE_ROLLBACK_IN_PROGRESS") == [
        (stack, "UPDATE_ROLLBACK_IN_PROGRESS"),
        ("Model", "UPDATE_IN_PROGRESS"),
        ("Model", "UPDATE_COMPLETE"),
        ("Config", "UPDATE_IN_PROGRESS"),
        ("Config", "UPDATE_COMPLETE"),
        ("Endpoint", "UPDATE_IN_PROGRESS"),
        ("Endpoint", "UPDATE_COMPLETE"),
        ("Value", "UPDATE_IN_PROGRESS"),
        ("Value", "UPDATE_COMPLETE"),
        (stack, "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS"),
        ("Config", "DELETE_IN_PROGRESS"),
        ("Config", "DELETE_COMPLETE"),
        ("Model", "DELETE_IN_PROGRESS"),
        ("Model", "DELETE_COMPLETE"),
        (stack, "UPDATE_ROLLBACK_COMPLETE"),
    ]
    value = aws.client("ssm").get_parameter(Name=aws.physical_id(stack, "Value"))
    assert value["Parameter"]["Value"] == "old"


def test_a_new_resource_of_a_failed_update_goes_again(
    aws: "Aws", endpoint_resources: Resources
) -> None:
    stack = aws.unique("stack")
    aws.deploy(stack, {"Group": group(stack)})

    added = {"Added": group(f"{stack}-added"), **endpoint_resources(FAIL="no ping")}
    status = aws.deploy(stack, {"Group": group(stack), **added})

    assert status == "UPDATE_ROLLBACK_COMPLETE"
    found = aws.client("logs").describe_log_groups(logGroupNamePrefix=stack)["logGroups"]
    assert [each["logGroupName"] for each in found] == [stack]


def test_without_roll_back_what_was_made_stays_and_the_next_update_goes_on(aws: "Aws") -> None:
    stack, cloudformation = aws.unique("stack"), aws.client("cloudformation")
    value = {**parameter("x", Name=f"/{stack}"), "DependsOn": "Group"}
    first = {"Group": group(stack), "Value": value}
    aws.client("ssm").put_parameter(Name=f"/{stack}", Value="taken", Type="String")

    cloudformation.create_stack(StackName=stack, TemplateBody=body(first), DisableRollback=True)
    assert aws.settled(stack) == "CREATE_FAILED"
    assert aws.physical_id(stack, "Group") == stack
    with pytest.raises(ClientError, match="please use the disable-rollback parameter"):
        cloudformation.update_stack(StackName=stack, TemplateBody=body(first))

    aws.client("ssm").delete_parameter(Name=f"/{stack}")
    cloudformation.update_stack(StackName=stack, TemplateBody=body(first), DisableRollback=True)
    assert aws.settled(stack) == "UPDATE_COMPLETE"


def test_a_stack_that_was_not_rolled_back_can_be(aws: "Aws", endpoint_resources: Resources) -> None:
    stack, cloudformation = aws.unique("stack"), aws.client("cloudformation")
    aws.deploy(stack, {"Value": parameter("old")})
    wanted = {"Value": parameter("new"), **endpoint_resources(FAIL="no ping")}
    cloudformation.update_stack(StackName=stack, TemplateBody=body(wanted), DisableRollback=True)
    assert aws.settled(stack) == "UPDATE_FAILED"

    cloudformation.rollback_stack(StackName=stack)

    assert aws.settled(stack) == "UPDATE_ROLLBACK_COMPLETE"
    value = aws.client("ssm").get_parameter(Name=aws.physical_id(stack, "Value"))
    assert value["Parameter"]["Value"] == "old"


def test_a_replacement_needs_roll_back(aws: "Aws") -> None:
    stack, cloudformation = aws.unique("stack"), aws.client("cloudformation")
    aws.deploy(stack, {"Group": group(stack)})

    cloudformation.update_stack(
        StackName=stack, TemplateBody=body({"Group": group(f"{stack}-2")}), DisableRollback=True
    )

    assert aws.settled(stack) == "UPDATE_FAILED"
    assert any("Replacement type updates not supported" in each[2] for each in aws.events(stack))


def test_on_failure_delete_leaves_no_stack(aws: "Aws", endpoint_resources: Resources) -> None:
    stack, cloudformation = aws.unique("stack"), aws.client("cloudformation")

    cloudformation.create_stack(
        StackName=stack, TemplateBody=body(endpoint_resources(FAIL="x")), OnFailure="DELETE"
    )

    with pytest.raises(ClientError, match="does not exist"):
        aws.settled(stack)


@pytest.fixture
def stuck(aws: "Aws", monkeypatch: pytest.MonkeyPatch, endpoint_resources: Resources) -> str:
    """A stack whose roll-back has failed, since a parameter could not be set back."""
    from lmi.local.emulator.cloudformation import resources

    stack, update = aws.unique("stack"), resources._update
    aws.deploy(stack, {"Value": parameter("old"), "Group": group(stack)})

    def fail(made: Any, resource: Any, values: Any, before: Any) -> Any:
        if resource.properties.get("Value") == "old":
            raise resources.Refused("the parameter is locked")
        return update(made, resource, values, before)

    monkeypatch.setattr(resources, "_update", fail)
    wanted = {"Value": parameter("new"), **endpoint_resources(FAIL="no ping")}
    assert aws.deploy(stack, {"Group": group(stack), **wanted}) == "UPDATE_ROLLBACK_FAILED"
    monkeypatch.undo()
    return stack


def test_a_roll_back_that_failed_goes_on_when_it_is_asked_to(aws: "Aws", stuck: str) -> None:
    aws.client("cloudformation").continue_update_rollback(StackName=stuck)

    assert aws.settled(stuck) == "UPDATE_ROLLBACK_COMPLETE"
    value = aws.client("ssm").get_parameter(Name=aws.physical_id(stuck, "Value"))
    assert value["Parameter"]["Value"] == "old"


def test_a_roll_back_that_failed_may_skip_a_resource(aws: "Aws", stuck: str) -> None:
    cloudformation = aws.client("cloudformation")
    with pytest.raises(ClientError, match=r"Resources \[Group\] cannot be skipped"):
        cloudformation.continue_update_rollback(StackName=stuck, ResourcesToSkip=["Group"])

    cloudformation.continue_update_rollback(StackName=stuck, ResourcesToSkip=["Value"])

    assert aws.settled(stuck) == "UPDATE_ROLLBACK_COMPLETE"
    value = aws.client("ssm").get_parameter(Name=aws.physical_id(stuck, "Value"))
    assert value["Parameter"]["Value"] == "new"


def test_fails_to_continue_a_roll_back_that_is_none(aws: "Aws") -> None:
    stack = aws.unique("stack")
    aws.deploy(stack, {"Group": group(stack)})

    with pytest.raises(ClientError, match="can not be rolled back further"):
        aws.client("cloudformation").continue_update_rollback(StackName=stack)
