"""Whether the execution role may list and read uncompressed model data below a prefix."""

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from tests.unit.emulator.conftest import Aws

VERSION = "2012-10-17"
TRUST = {
    "Effect": "Allow",
    "Principal": {"Service": "sagemaker.amazonaws.com"},
    "Action": "sts:AssumeRole",
}
LIST: dict[str, Any] = {
    "Effect": "Allow",
    "Action": "s3:ListBucket",
    "Resource": "arn:aws:s3:::bucket",
    "Condition": {"StringLike": {"s3:prefix": "prefix/*"}},
}
GET: dict[str, Any] = {
    "Effect": "Allow",
    "Action": "s3:GetObject",
    "Resource": "arn:aws:s3:::bucket/prefix/*",
}


def refusal(aws: "Aws", *statements: dict[str, Any], uri: str = "s3://bucket/prefix/") -> str:
    """Return why a role with these statements can make no model of the prefix; empty: it can."""
    iam, name = aws.client("iam"), aws.unique("role")
    trust = json.dumps({"Version": VERSION, "Statement": [TRUST]})
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    policy = json.dumps({"Version": VERSION, "Statement": list(statements)})
    iam.put_role_policy(RoleName=name, PolicyName="read", PolicyDocument=policy)
    source = {"S3Uri": uri, "S3DataType": "S3Prefix", "CompressionType": "None"}
    try:
        aws.client("sagemaker").create_model(
            ModelName=name,
            ExecutionRoleArn=arn,
            PrimaryContainer={
                "Image": "763104351884.dkr.ecr.us-west-2.amazonaws.com/djl-inference:any",
                "ModelDataSource": {"S3DataSource": source},
            },
        )
    except ClientError as error:
        return str(error)
    return ""


def changed(statement: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {**statement, **fields}


def condition(operator: str, prefix: Any) -> dict[str, Any]:
    return changed(LIST, Condition={operator: {"s3:prefix": prefix}})


@pytest.mark.parametrize(
    "listing",
    [
        LIST,
        condition("StringEquals", "prefix/"),
        condition("StringLike", ["other/*", "prefix/*"]),
        {key: value for key, value in LIST.items() if key != "Condition"},
    ],
    ids=["like", "equals", "list", "unconditional"],
)
def test_a_role_that_may_list_and_read_the_prefix_can_make_the_model(
    aws: "Aws", listing: dict[str, Any]
) -> None:
    assert refusal(aws, listing, GET) == ""


@pytest.mark.parametrize(
    "statements",
    [
        (GET,),
        (condition("StringLike", "prefixes/*"), GET),
        (condition("StringEquals", "prefix"), GET),
        (changed(LIST, Resource="arn:aws:s3:::other"), GET),
        (LIST, GET, changed(LIST, Effect="Deny")),
    ],
    ids=["none", "other-prefix", "no-slash", "other-bucket", "denied"],
)
def test_fails_where_the_role_may_not_list(
    aws: "Aws", statements: tuple[dict[str, Any], ...]
) -> None:
    message = refusal(aws, *statements)

    assert "Could not access model data at s3://bucket/prefix/." in message
    assert '"s3:ListBucket" permissions for the prefix "prefix/"' in message


def test_a_denial_of_another_prefix_does_not_count(aws: "Aws") -> None:
    other = changed(condition("StringLike", "secret/*"), Effect="Deny")

    assert refusal(aws, LIST, GET, other) == ""


def test_fails_where_the_role_may_not_read_one_of_the_objects(aws: "Aws") -> None:
    keys = [
        each["Key"]
        for each in aws.client("s3").list_objects_v2(Bucket="bucket", Prefix="prefix/")["Contents"]
    ]
    denied = changed(GET, Effect="Deny", Resource=f"arn:aws:s3:::bucket/{keys[-1]}")

    assert f'"s3:GetObject" permissions for "{keys[-1]}"' in refusal(aws, LIST, GET, denied)
    assert '"s3:GetObject" permissions' in refusal(aws, LIST)
