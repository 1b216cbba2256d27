"""Mends of S3, CloudTrail and STS, keys and roles; each test fails on moto 5.2.5 without them."""

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from tests.unit.emulator.conftest import Aws

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Principal": {"Service": "sagemaker.amazonaws.com"},
        }
    ],
}


def deny(bucket: str, **more: Any) -> dict[str, Any]:
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"],
        **more,
    }
    return {"Version": "2012-10-17", "Statement": [statement]}


UNLESS_TLS = {"Condition": {"Bool": {"aws:SecureTransport": "false"}}}


def make_bucket(aws: "Aws") -> str:
    name = aws.unique("bucket")
    aws.client("s3").create_bucket(
        Bucket=name, CreateBucketConfiguration={"LocationConstraint": "us-west-2"}
    )
    return name


def test_a_deny_with_a_condition_does_not_deny_everything(aws: "Aws") -> None:
    bucket = make_bucket(aws)
    policy = json.dumps(deny(bucket, **UNLESS_TLS))
    aws.client("s3").put_bucket_policy(Bucket=bucket, Policy=policy)

    aws.client("s3").put_object(Bucket=bucket, Key="key", Body=b"body")

    assert aws.client("s3").get_bucket_policy(Bucket=bucket)["Policy"] == policy


def test_a_deny_without_a_condition_denies(aws: "Aws") -> None:
    bucket = make_bucket(aws)
    aws.client("s3").put_bucket_policy(Bucket=bucket, Policy=json.dumps(deny(bucket)))

    with pytest.raises(ClientError, match="403"):
        aws.client("s3").put_object(Bucket=bucket, Key="key", Body=b"body")


def test_a_template_puts_a_policy_on_its_bucket_and_takes_it_off(aws: "Aws") -> None:
    bucket, stack = make_bucket(aws), aws.unique("stack")
    document = deny(bucket, **UNLESS_TLS)
    properties = {"Bucket": bucket, "PolicyDocument": document}

    aws.deploy(stack, {"Policy": {"Type": "AWS::S3::BucketPolicy", "Properties": properties}})

    assert json.loads(aws.client("s3").get_bucket_policy(Bucket=bucket)["Policy"]) == document
    assert aws.physical_id(stack, "Policy") == bucket

    aws.client("cloudformation").delete_stack(StackName=stack)

    with pytest.raises(ClientError, match="NoSuchBucketPolicy"):
        aws.client("s3").get_bucket_policy(Bucket=bucket)


def test_a_key_of_a_template_can_be_described(aws: "Aws") -> None:
    stack = aws.unique("stack")
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": "kms:*",
                "Resource": "*",
                "Principal": {"AWS": "arn:aws:iam::111111111111:root"},
            }
        ],
    }
    key = {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": policy}}

    assert aws.deploy(stack, {"Key": key, "Plain": {"Type": "AWS::KMS::Key"}}) == "CREATE_COMPLETE"

    key_id = aws.physical_id(stack, "Key")
    assert aws.client("kms").describe_key(KeyId=key_id)["KeyMetadata"]["Enabled"]
    found = aws.client("kms").get_key_policy(KeyId=key_id, PolicyName="default")
    assert json.loads(found["Policy"]) == policy


def test_cloudtrail_knows_of_no_events(aws: "Aws") -> None:
    assert aws.client("cloudtrail").lookup_events()["Events"] == []


def test_it_answers_as_its_own_account(aws: "Aws") -> None:
    assert aws.client("sts").get_caller_identity()["Account"] == "111111111111"


def test_a_role_of_the_account_can_be_assumed(aws: "Aws") -> None:
    answer = aws.client("sts").assume_role(
        RoleArn="arn:aws:iam::111111111111:role/any", RoleSessionName="test"
    )

    assert answer["Credentials"]["SecretAccessKey"]


def test_fails_to_assume_a_role_of_another_account(aws: "Aws") -> None:
    with pytest.raises(ClientError, match=r"AccessDenied.*one account, 111111111111"):
        aws.client("sts").assume_role(
            RoleArn="arn:aws:iam::222222222222:role/any", RoleSessionName="test"
        )


def test_a_role_has_its_inline_and_managed_policies_and_goes_with_its_stack(aws: "Aws") -> None:
    stack, iam = aws.unique("stack"), aws.client("iam")
    read_only = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    inline = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}],
    }
    properties = {
        "AssumeRolePolicyDocument": TRUST,
        "ManagedPolicyArns": [read_only],
        "Policies": [{"PolicyName": "inline", "PolicyDocument": inline}],
    }

    aws.deploy(stack, {"Role": {"Type": "AWS::IAM::Role", "Properties": properties}})

    role = aws.physical_id(stack, "Role")
    attached = iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]
    assert [each["PolicyArn"] for each in attached] == [read_only]
    policy = iam.get_role_policy(RoleName=role, PolicyName="inline")
    assert policy["PolicyDocument"] == inline

    aws.client("cloudformation").delete_stack(StackName=stack)

    with pytest.raises(iam.exceptions.NoSuchEntityException):
        iam.get_role(RoleName=role)
