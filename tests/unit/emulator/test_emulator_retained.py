"""What outlives its stack, its replacement or its condition, and what does not."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from tests.unit.emulator.conftest import Aws

Resources = Callable[..., dict[str, Any]]
RETAIN = {"DeletionPolicy": "Retain"}
EXCEPT_ON_CREATE = {"DeletionPolicy": "RetainExceptOnCreate"}


def group(name: object, **attributes: Any) -> dict[str, Any]:
    return {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": name}, **attributes}


def failing(taken: str, **attributes: Any) -> dict[str, Any]:
    """A log group whose name is taken."""
    return group(taken, **attributes)


def groups(aws: "Aws", prefix: str) -> list[str]:
    """Return what follows *prefix* in the names of the log groups, in their order."""
    found = aws.client("logs").describe_log_groups(logGroupNamePrefix=prefix)["logGroups"]
    return sorted(str(each["logGroupName"]).removeprefix(prefix) for each in found)


def steps(aws: "Aws", stack: str, logical_id: str) -> list[str]:
    return [status for name, status, _ in aws.events(stack) if name == logical_id]


@pytest.mark.parametrize(
    ("attributes", "left"),
    [
        ({}, ["-new"]),
        ({"UpdateReplacePolicy": "Delete"}, ["-new"]),
        ({"UpdateReplacePolicy": "Retain"}, ["-new", "-old"]),
        # Of the two policies each is for its own occasion.
        (RETAIN, ["-new"]),
    ],
)
def test_the_replaced_one_stays_where_its_policy_says_so(
    aws: "Aws", attributes: dict[str, Any], left: list[str]
) -> None:
    stack = aws.unique("replaced")
    aws.deploy(stack, {"It": group(f"{stack}-old", **attributes)})

    assert aws.deploy(stack, {"It": group(f"{stack}-new", **attributes)}) == "UPDATE_COMPLETE"

    assert groups(aws, stack) == left
    assert steps(aws, stack, "It")[-1] == (
        "DELETE_SKIPPED" if "-old" in left else "DELETE_COMPLETE"
    )


def test_the_policy_that_counts_is_the_one_of_the_new_template(aws: "Aws") -> None:
    stack = aws.unique("replaced")
    aws.deploy(stack, {"It": group(f"{stack}-old")})

    aws.deploy(stack, {"It": group(f"{stack}-new", UpdateReplacePolicy="Retain")})

    assert groups(aws, stack) == ["-new", "-old"]


def test_a_replacement_that_is_rolled_back_leaves_the_old_one(aws: "Aws") -> None:
    stack = aws.unique("replaced")
    aws.deploy(stack, {"It": group(f"{stack}-old"), "Other": group(f"{stack}-other")})
    wanted = {
        "It": group(f"{stack}-new", UpdateReplacePolicy="Retain"),
        "Other": group(f"{stack}-other"),
        "Taken": failing(f"{stack}-other", DependsOn="It"),
    }

    assert aws.deploy(stack, wanted) == "UPDATE_ROLLBACK_COMPLETE"

    assert groups(aws, stack) == ["-old", "-other"]
    assert aws.physical_id(stack, "It") == f"{stack}-old"


@pytest.mark.parametrize(
    ("attributes", "left"),
    [({}, []), ({"DeletionPolicy": "Delete"}, []), (RETAIN, ["-it"]), (EXCEPT_ON_CREATE, ["-it"])],
)
def test_what_leaves_the_template_stays_where_its_policy_says_so(
    aws: "Aws", attributes: dict[str, Any], left: list[str]
) -> None:
    stack = aws.unique("left")
    aws.deploy(stack, {"It": group(f"{stack}-it", **attributes), "Other": group(f"x-{stack}")})

    assert aws.deploy(stack, {"Other": group(f"x-{stack}")}) == "UPDATE_COMPLETE"

    assert groups(aws, stack) == left


@pytest.mark.parametrize(
    ("attributes", "left"), [({}, []), (RETAIN, ["-it"]), (EXCEPT_ON_CREATE, [])]
)
def test_the_roll_back_of_a_creation_deletes_all_but_what_is_retained(
    aws: "Aws", attributes: dict[str, Any], left: list[str]
) -> None:
    stack = aws.unique("created")
    aws.client("logs").create_log_group(logGroupName=f"x-{stack}")
    wanted = {
        "It": group(f"{stack}-it", **attributes),
        "Taken": failing(f"x-{stack}", DependsOn="It"),
    }

    assert aws.deploy(stack, wanted) == "ROLLBACK_COMPLETE"

    assert groups(aws, stack) == left


@pytest.mark.parametrize(
    ("attributes", "left"), [({}, []), (RETAIN, ["-it"]), (EXCEPT_ON_CREATE, [])]
)
def test_the_roll_back_of_an_update_deletes_what_is_new_but_for_what_is_retained(
    aws: "Aws", attributes: dict[str, Any], left: list[str]
) -> None:
    stack = aws.unique("created")
    first = {"First": group(f"x-{stack}")}
    aws.deploy(stack, first)
    new = {
        "It": group(f"{stack}-it", **attributes),
        "Taken": failing(f"x-{stack}", DependsOn="It"),
    }

    assert aws.deploy(stack, {**first, **new}) == "UPDATE_ROLLBACK_COMPLETE"

    assert groups(aws, stack) == left
    if left:
        # It is no part of the stack any more, so its name is taken for the next one.
        assert aws.deploy(stack, {**first, "It": new["It"]}) == "UPDATE_ROLLBACK_COMPLETE"


def test_a_caller_may_ask_that_nothing_new_is_retained(aws: "Aws") -> None:
    stack, cloudformation = aws.unique("created"), aws.client("cloudformation")
    aws.client("logs").create_log_group(logGroupName=f"x-{stack}")
    wanted = {
        "It": group(f"{stack}-it", **RETAIN),
        "Taken": failing(f"x-{stack}", DependsOn="It"),
    }

    cloudformation.create_stack(
        StackName=stack,
        TemplateBody=json.dumps({"Resources": wanted}),
        RetainExceptOnCreate=True,
    )

    assert aws.settled(stack) == "ROLLBACK_COMPLETE"
    assert groups(aws, stack) == []


def test_a_retained_one_that_has_lived_outlives_a_later_roll_back(aws: "Aws") -> None:
    stack = aws.unique("lived")
    first = {"It": group(f"{stack}-it", **EXCEPT_ON_CREATE)}
    aws.deploy(stack, first)

    status = aws.deploy(stack, {**first, "Taken": failing(f"{stack}-it", DependsOn="It")})

    assert status == "UPDATE_ROLLBACK_COMPLETE"
    assert groups(aws, stack) == ["-it"]
    aws.client("cloudformation").delete_stack(StackName=stack)
    assert groups(aws, stack) == ["-it"]


@pytest.fixture
def stuck(aws: "Aws") -> str:
    """A stack that cannot be deleted, since its bucket is not empty."""
    stack = aws.unique("stuck")
    bucket = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": stack}}
    aws.deploy(stack, {"Bucket": bucket, "Group": group(stack)})
    aws.client("s3").put_object(Bucket=stack, Key="key", Body=b"")
    aws.client("cloudformation").delete_stack(StackName=stack)
    assert aws.settled(stack) == "DELETE_FAILED"
    return stack


def test_resources_are_retained_when_the_caller_names_them(aws: "Aws", stuck: str) -> None:
    cloudformation = aws.client("cloudformation")
    made = cloudformation.describe_stacks(StackName=stuck)["Stacks"][0]["StackId"]

    cloudformation.delete_stack(StackName=stuck, RetainResources=["Bucket"])

    assert aws.settled(made) == "DELETE_COMPLETE"
    assert steps(aws, made, "Bucket")[-1] == "DELETE_SKIPPED"
    assert [each["Key"] for each in aws.client("s3").list_objects_v2(Bucket=stuck)["Contents"]]
    assert groups(aws, stuck) == []


def test_a_deletion_can_be_forced(aws: "Aws", stuck: str) -> None:
    cloudformation = aws.client("cloudformation")
    made = cloudformation.describe_stacks(StackName=stuck)["Stacks"][0]["StackId"]

    cloudformation.delete_stack(StackName=stuck, DeletionMode="FORCE_DELETE_STACK")

    assert aws.settled(made) == "DELETE_COMPLETE"
    aws.client("s3").head_bucket(Bucket=stuck)


def test_fails_to_retain_what_the_stack_does_not_have(aws: "Aws", stuck: str) -> None:
    # Deleted already, so no resource of the stack any more.
    for name in ("Group", "Nothing"):
        with pytest.raises(ClientError, match=rf"do not exist: \[{name}\]"):
            aws.client("cloudformation").delete_stack(StackName=stuck, RetainResources=[name])


def test_fails_to_retain_resources_of_a_stack_that_has_not_failed(aws: "Aws") -> None:
    stack = aws.unique("stack")
    aws.deploy(stack, {"It": group(stack)})

    with pytest.raises(ClientError, match="in DELETE_FAILED state"):
        aws.client("cloudformation").delete_stack(StackName=stack, RetainResources=["It"])

    assert aws.settled(stack) == "CREATE_COMPLETE"
