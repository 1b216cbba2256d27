"""Change sets, as the CDK CLI uses them."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from tests.unit.emulator.conftest import Aws

Resources = Callable[..., dict[str, Any]]
NAME = "cdk-deploy-change-set"


def create(aws: "Aws", stack: str, resources: dict[str, Any], kind: str, **more: Any) -> None:
    aws.client("cloudformation").create_change_set(
        StackName=stack,
        ChangeSetName=NAME,
        ChangeSetType=kind,
        TemplateBody=json.dumps({"Resources": resources}),
        **more,
    )


def describe(aws: "Aws", stack: str) -> dict[str, Any]:
    found: dict[str, Any] = aws.client("cloudformation").describe_change_set(
        StackName=stack, ChangeSetName=NAME
    )
    return found


def execute(aws: "Aws", stack: str) -> str:
    aws.client("cloudformation").execute_change_set(StackName=stack, ChangeSetName=NAME)
    return aws.settled(stack)


def test_a_new_stack_is_in_review_until_it_is_executed(
    aws: "Aws", endpoint_resources: Resources
) -> None:
    stack = aws.unique("stack")
    create(aws, stack, endpoint_resources(), "CREATE")

    found = aws.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
    assert found["StackStatus"] == "REVIEW_IN_PROGRESS"
    changes = [each["ResourceChange"] for each in describe(aws, stack)["Changes"]]
    assert [(each["Action"], each["LogicalResourceId"]) for each in changes] == [
        ("Add", "Model"),
        ("Add", "Config"),
        ("Add", "Endpoint"),
    ]

    assert execute(aws, stack) == "CREATE_COMPLETE"


def test_a_stack_in_review_is_taken_again(aws: "Aws", endpoint_resources: Resources) -> None:
    stack, cloudformation = aws.unique("stack"), aws.client("cloudformation")
    create(aws, stack, endpoint_resources(), "CREATE")
    cloudformation.delete_change_set(StackName=stack, ChangeSetName=NAME)

    create(aws, stack, endpoint_resources(), "CREATE")

    stacks = cloudformation.list_stacks()["StackSummaries"]
    assert [each["StackName"] for each in stacks].count(stack) == 1


def test_changes_say_what_is_replaced_and_what_is_dragged_along(
    aws: "Aws", endpoint_resources: Resources
) -> None:
    stack = aws.unique("stack")
    aws.deploy(stack, endpoint_resources())

    create(aws, stack, endpoint_resources(OTHER="yes"), "UPDATE")

    changes = [each["ResourceChange"] for each in describe(aws, stack)["Changes"]]
    assert [(e["LogicalResourceId"], e["Action"], e["Replacement"]) for e in changes] == [
        ("Model", "Modify", "True"),
        ("Config", "Modify", "True"),
        ("Endpoint", "Modify", "False"),
    ]
    assert changes[1]["Details"][0]["Target"] == {
        "Attribute": "Properties",
        "Name": "ProductionVariants",
        "RequiresRecreation": "Always",
    }
    assert changes[1]["Details"][0]["ChangeSource"] == "ResourceAttribute"
    assert changes[1]["Details"][0]["CausingEntity"] == "Model.ModelName"
    assert changes[0]["PolicyAction"] == "ReplaceAndDelete"


def test_without_changes_it_fails_as_the_cli_expects(
    aws: "Aws", endpoint_resources: Resources
) -> None:
    stack, resources = aws.unique("stack"), endpoint_resources()
    aws.deploy(stack, resources)

    create(aws, stack, resources, "UPDATE")

    found = describe(aws, stack)
    assert found["Status"] == "FAILED"
    assert "didn't contain changes" in found["StatusReason"]
    with pytest.raises(ClientError, match="InvalidChangeSetStatus"):
        execute(aws, stack)


def test_an_executed_change_set_is_gone(aws: "Aws", endpoint_resources: Resources) -> None:
    stack = aws.unique("stack")
    create(aws, stack, endpoint_resources(), "CREATE")
    execute(aws, stack)

    with pytest.raises(ClientError, match="ChangeSetNotFound"):
        describe(aws, stack)


def test_two_stacks_may_have_change_sets_of_one_name(
    aws: "Aws", endpoint_resources: Resources
) -> None:
    one, other = aws.unique("stack"), aws.unique("stack")
    create(aws, one, endpoint_resources(), "CREATE")
    create(aws, other, endpoint_resources(), "CREATE")

    assert describe(aws, one)["StackName"] == one
    assert execute(aws, one) == "CREATE_COMPLETE"
    assert describe(aws, other)["StackName"] == other


def test_deleting_one_that_is_not_there_is_no_error(
    aws: "Aws", endpoint_resources: Resources
) -> None:
    stack = aws.unique("stack")
    aws.deploy(stack, endpoint_resources())

    aws.client("cloudformation").delete_change_set(StackName=stack, ChangeSetName="of-nobody")


def test_deleting_one_leaves_that_of_another_stack(
    aws: "Aws", endpoint_resources: Resources
) -> None:
    one, other, cloudformation = (
        aws.unique("stack"),
        aws.unique("stack"),
        aws.client("cloudformation"),
    )
    body = json.dumps({"Resources": endpoint_resources()})
    for stack in (one, other):
        cloudformation.create_change_set(
            StackName=stack, ChangeSetName=other, ChangeSetType="CREATE", TemplateBody=body
        )

    cloudformation.delete_change_set(StackName=other, ChangeSetName=other)

    assert (
        cloudformation.describe_change_set(StackName=one, ChangeSetName=other)["StackName"] == one
    )


def test_fails_to_create_a_stack_that_exists(aws: "Aws", endpoint_resources: Resources) -> None:
    stack = aws.unique("stack")
    aws.deploy(stack, endpoint_resources())

    with pytest.raises(ClientError, match="already exists and cannot be created again"):
        create(aws, stack, endpoint_resources(), "CREATE")


def test_fails_on_a_second_one_of_the_same_name(aws: "Aws", endpoint_resources: Resources) -> None:
    stack = aws.unique("stack")
    create(aws, stack, endpoint_resources(), "CREATE")

    with pytest.raises(ClientError, match="AlreadyExistsException"):
        create(aws, stack, endpoint_resources(), "CREATE")


def test_fails_on_a_template_that_is_not_right_and_leaves_no_stack(aws: "Aws") -> None:
    stack = aws.unique("stack")

    with pytest.raises(ClientError, match="Unrecognized resource types"):
        create(aws, stack, {"It": {"Type": "AWS::Foo::Bar"}}, "CREATE")

    with pytest.raises(ClientError, match="does not exist"):
        aws.client("cloudformation").describe_stacks(StackName=stack)


def test_fails_to_import(aws: "Aws", endpoint_resources: Resources) -> None:
    with pytest.raises(ClientError, match="cannot import"):
        create(aws, aws.unique("stack"), endpoint_resources(), "IMPORT")
