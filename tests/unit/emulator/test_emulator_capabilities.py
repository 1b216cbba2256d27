"""Templates that make resources of IAM, and callers who have not said that they know."""

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from tests.unit.emulator.conftest import Aws

TRUST = {"Version": "2012-10-17", "Statement": []}
PARAMETER = {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": "x"}}


def role(**properties: str) -> dict[str, Any]:
    document = {"AssumeRolePolicyDocument": TRUST}
    return {"Type": "AWS::IAM::Role", "Properties": {**document, **properties}}


def body(**resources: dict[str, Any]) -> str:
    return json.dumps({"Resources": resources})


@pytest.mark.parametrize(
    ("properties", "given", "needed"),
    [
        ({}, [], "CAPABILITY_IAM"),
        ({}, ["CAPABILITY_AUTO_EXPAND"], "CAPABILITY_IAM"),
        ({"RoleName": "mine"}, ["CAPABILITY_IAM"], "CAPABILITY_NAMED_IAM"),
    ],
)
def test_fails_to_create_or_update_without_the_capability(
    aws: "Aws", properties: dict[str, str], given: list[str], needed: str
) -> None:
    client, stack = aws.client("cloudformation"), aws.unique("stack")
    wanted, refused = body(It=role(**properties)), rf"Requires capabilities : \[{needed}\]"
    with pytest.raises(ClientError, match=refused):
        client.create_stack(StackName=stack, TemplateBody=wanted, Capabilities=given)
    with pytest.raises(ClientError, match="does not exist"):
        client.describe_stacks(StackName=stack)

    assert aws.deploy(stack, {"Other": PARAMETER}) == "CREATE_COMPLETE"
    with pytest.raises(ClientError, match=refused):
        client.update_stack(StackName=stack, TemplateBody=wanted, Capabilities=given)
    assert aws.settled(stack) == "CREATE_COMPLETE"


@pytest.mark.parametrize("given", ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"])
def test_either_capability_lets_a_role_without_a_name_of_its_own_through(
    aws: "Aws", given: str
) -> None:
    client, stack = aws.client("cloudformation"), aws.unique("stack")
    client.create_stack(StackName=stack, TemplateBody=body(It=role()), Capabilities=[given])
    assert aws.settled(stack) == "CREATE_COMPLETE"


def test_fails_to_execute_a_change_set_that_was_made_without_the_capability(aws: "Aws") -> None:
    client, stack = aws.client("cloudformation"), aws.unique("stack")
    made = {"StackName": stack, "TemplateBody": body(It=role()), "ChangeSetType": "CREATE"}
    client.create_change_set(ChangeSetName="without", **made)
    client.create_change_set(ChangeSetName="with", Capabilities=["CAPABILITY_IAM"], **made)

    with pytest.raises(ClientError, match=r"ExecuteChangeSet .* \[CAPABILITY_IAM\]"):
        client.execute_change_set(StackName=stack, ChangeSetName="without")
    (found,) = client.describe_stacks(StackName=stack)["Stacks"]
    assert found["StackStatus"] == "REVIEW_IN_PROGRESS"
    client.execute_change_set(StackName=stack, ChangeSetName="with")
    assert aws.settled(stack) == "CREATE_COMPLETE"
