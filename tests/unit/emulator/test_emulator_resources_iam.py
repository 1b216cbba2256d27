"""Roles and policies of a stack, as IAM's own calls make them."""

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from tests.unit.emulator.conftest import Aws

READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"
SAGEMAKER = "arn:aws:iam::aws:policy/AmazonSageMakerFullAccess"


def trust(service: str) -> dict[str, Any]:
    statement = {
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Principal": {"Service": f"{service}.amazonaws.com"},
    }
    return {"Version": "2012-10-17", "Statement": [statement]}


def allow(action: str) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": action, "Resource": "*"}
    return {"Version": "2012-10-17", "Statement": [statement]}


def role(**properties: Any) -> dict[str, Any]:
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {"AssumeRolePolicyDocument": trust("sagemaker"), **properties},
    }


def inline(name: str, action: str) -> dict[str, Any]:
    return {"PolicyName": name, "PolicyDocument": allow(action)}


def test_everything_of_a_role_changes_in_place(aws: "Aws") -> None:
    stack, iam = aws.unique("stack"), aws.client("iam")
    before = role(
        Description="old",
        ManagedPolicyArns=[READ_ONLY],
        MaxSessionDuration=7200,
        PermissionsBoundary=READ_ONLY,
        Policies=[inline("a", "s3:GetObject"), inline("b", "s3:GetObject")],
        Tags=[{"Key": "x", "Value": "1"}, {"Key": "y", "Value": "1"}],
    )
    after = role(
        AssumeRolePolicyDocument=trust("ec2"),
        Description="new",
        ManagedPolicyArns=[SAGEMAKER],
        MaxSessionDuration="3600",
        Policies=[inline("b", "s3:PutObject"), inline("c", "s3:PutObject")],
        Tags=[{"Key": "y", "Value": "2"}],
    )
    aws.deploy(stack, {"Role": before})
    name = aws.physical_id(stack, "Role")
    first = iam.get_role(RoleName=name)["Role"]
    assert first["PermissionsBoundary"]["PermissionsBoundaryArn"] == READ_ONLY

    assert aws.deploy(stack, {"Role": after}) == "UPDATE_COMPLETE"

    found = iam.get_role(RoleName=name)["Role"]
    assert found["RoleId"] == first["RoleId"]
    assert found["AssumeRolePolicyDocument"] == trust("ec2")
    assert (found["Description"], found["MaxSessionDuration"]) == ("new", 3600)
    assert "PermissionsBoundary" not in found
    assert found["Tags"] == [{"Key": "y", "Value": "2"}]
    assert iam.list_role_policies(RoleName=name)["PolicyNames"] == ["b", "c"]
    document = iam.get_role_policy(RoleName=name, PolicyName="b")["PolicyDocument"]
    assert document == allow("s3:PutObject")
    attached = iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]
    assert [each["PolicyArn"] for each in attached] == [SAGEMAKER]


def test_a_role_that_fails_half_way_leaves_nothing_behind(aws: "Aws") -> None:
    stack, iam, name = aws.unique("stack"), aws.client("iam"), aws.unique("role")

    status = aws.deploy(
        stack, {"Role": role(RoleName=name, ManagedPolicyArns=["arn:aws:iam::aws:policy/None"])}
    )

    assert status == "ROLLBACK_COMPLETE"
    with pytest.raises(iam.exceptions.NoSuchEntityException):
        iam.get_role(RoleName=name)


def test_a_role_of_another_stack_is_not_taken_over(aws: "Aws") -> None:
    name = aws.unique("role")
    aws.deploy(aws.unique("stack"), {"Role": role(RoleName=name)})

    status = aws.deploy(aws.unique("stack"), {"Role": role(RoleName=name)})

    assert status == "ROLLBACK_COMPLETE"
    assert aws.client("iam").get_role(RoleName=name)["Role"]["RoleName"] == name


def test_a_policy_changes_its_document_its_name_and_its_roles(aws: "Aws") -> None:
    stack, iam = aws.unique("stack"), aws.client("iam")

    def resources(name: str, action: str, holder: str) -> dict[str, Any]:
        properties = {**inline(name, action), "Roles": [{"Ref": holder}]}
        return {
            "One": role(),
            "Two": role(),
            "Policy": {"Type": "AWS::IAM::Policy", "Properties": properties},
        }

    def policies(logical_id: str) -> list[str]:
        name = aws.physical_id(stack, logical_id)
        return list(iam.list_role_policies(RoleName=name)["PolicyNames"])

    aws.deploy(stack, resources("first", "s3:GetObject", "One"))
    assert (policies("One"), policies("Two")) == (["first"], [])

    assert aws.deploy(stack, resources("second", "s3:PutObject", "Two")) == "UPDATE_COMPLETE"
    assert (policies("One"), policies("Two")) == ([], ["second"])
    found = iam.get_role_policy(RoleName=aws.physical_id(stack, "Two"), PolicyName="second")
    assert found["PolicyDocument"] == allow("s3:PutObject")

    one = aws.physical_id(stack, "One")
    aws.client("cloudformation").delete_stack(StackName=stack)
    with pytest.raises(iam.exceptions.NoSuchEntityException):
        iam.get_role(RoleName=one)


def test_a_refused_document_leaves_the_role_its_old_policy(aws: "Aws") -> None:
    stack, iam = aws.unique("stack"), aws.client("iam")

    def resources(effect: str) -> dict[str, Any]:
        statement = {"Effect": effect, "Action": "s3:GetObject", "Resource": "*"}
        document = {"Version": "2012-10-17", "Statement": [statement]}
        properties = {
            "PolicyName": "policy",
            "PolicyDocument": document,
            "Roles": [{"Ref": "Role"}],
        }
        return {
            "Role": role(),
            "Policy": {"Type": "AWS::IAM::Policy", "Properties": properties},
        }

    aws.deploy(stack, resources("Allow"))

    assert aws.deploy(stack, resources("Maybe")) == "UPDATE_ROLLBACK_COMPLETE"

    name = aws.physical_id(stack, "Role")
    found = iam.get_role_policy(RoleName=name, PolicyName="policy")
    assert found["PolicyDocument"]["Statement"][0]["Effect"] == "Allow"


def test_a_managed_policy_gets_a_new_default_version_and_another_role(aws: "Aws") -> None:
    stack, iam = aws.unique("stack"), aws.client("iam")

    def resources(action: str, holder: str) -> dict[str, Any]:
        properties = {"PolicyDocument": allow(action), "Roles": [{"Ref": holder}]}
        return {
            "One": role(),
            "Two": role(),
            "Policy": {"Type": "AWS::IAM::ManagedPolicy", "Properties": properties},
        }

    aws.deploy(stack, resources("s3:GetObject", "One"))
    arn = aws.physical_id(stack, "Policy")
    # More versions than a policy may have: the oldest go.
    for action in ("s3:A", "s3:B", "s3:C", "s3:D", "s3:PutObject"):
        assert aws.deploy(stack, resources(action, "Two")) == "UPDATE_COMPLETE"

    assert aws.physical_id(stack, "Policy") == arn
    policy = iam.get_policy(PolicyArn=arn)["Policy"]
    version = iam.get_policy_version(PolicyArn=arn, VersionId=policy["DefaultVersionId"])
    assert version["PolicyVersion"]["Document"] == allow("s3:PutObject")
    attached = {
        each: iam.list_attached_role_policies(RoleName=aws.physical_id(stack, each))
        for each in ("One", "Two")
    }
    assert attached["One"]["AttachedPolicies"] == []
    assert [each["PolicyArn"] for each in attached["Two"]["AttachedPolicies"]] == [arn]

    aws.client("cloudformation").delete_stack(StackName=stack)
    with pytest.raises(ClientError, match="NoSuchEntity"):
        iam.get_policy(PolicyArn=arn)
