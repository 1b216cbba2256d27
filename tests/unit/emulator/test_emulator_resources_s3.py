"""Buckets of a stack with their settings and policies."""

import gc
import io
import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from tests.unit.emulator.conftest import Aws

BLOCKED = {
    "BlockPublicAcls": True,
    "BlockPublicPolicy": "true",
    "IgnorePublicAcls": True,
    "RestrictPublicBuckets": True,
}


def bucket(**properties: Any) -> dict[str, Any]:
    return {"Bucket": {"Type": "AWS::S3::Bucket", "Properties": properties}}


def encrypted(algorithm: str) -> dict[str, Any]:
    rule = {"ServerSideEncryptionByDefault": {"SSEAlgorithm": algorithm}, "BucketKeyEnabled": True}
    return {"ServerSideEncryptionConfiguration": [rule]}


def test_a_bucket_has_its_settings_and_changes_them_in_place(aws: "Aws") -> None:
    stack, s3 = aws.unique("stack"), aws.client("s3")
    lifecycle = {
        "Rules": [
            {
                "Id": "old",
                "Status": "Enabled",
                "ExpirationInDays": "30",
                "NoncurrentVersionExpiration": {"NoncurrentDays": 7},
                "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1},
            }
        ]
    }
    aws.deploy(
        stack,
        bucket(
            AccessControl="Private",
            BucketEncryption=encrypted("aws:kms"),
            LifecycleConfiguration=lifecycle,
            OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
            PublicAccessBlockConfiguration=BLOCKED,
            Tags=[{"Key": "a", "Value": "1"}],
            VersioningConfiguration={"Status": "Enabled"},
        ),
        Outputs={"Arn": {"Value": {"Fn::GetAtt": ["Bucket", "Arn"]}}},
    )
    name = aws.physical_id(stack, "Bucket")
    assert aws.outputs(stack)["Arn"] == f"arn:aws:s3:::{name}"
    assert s3.get_bucket_versioning(Bucket=name)["Status"] == "Enabled"
    block = s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"]
    assert all(block.values())
    (rule,) = s3.get_bucket_lifecycle_configuration(Bucket=name)["Rules"]
    assert (rule["ID"], rule["Expiration"]) == ("old", {"Days": 30})
    assert rule["NoncurrentVersionExpiration"] == {"NoncurrentDays": 7}
    controls = s3.get_bucket_ownership_controls(Bucket=name)["OwnershipControls"]
    assert controls["Rules"] == [{"ObjectOwnership": "BucketOwnerEnforced"}]

    status = aws.deploy(
        stack, bucket(BucketEncryption=encrypted("AES256"), Tags=[{"Key": "b", "Value": "2"}])
    )

    assert status == "UPDATE_COMPLETE"
    assert aws.physical_id(stack, "Bucket") == name
    assert s3.get_bucket_versioning(Bucket=name)["Status"] == "Suspended"
    assert s3.get_bucket_tagging(Bucket=name)["TagSet"] == [{"Key": "b", "Value": "2"}]
    encryption = s3.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]
    by_default = encryption["Rules"][0]["ApplyServerSideEncryptionByDefault"]
    assert by_default == {"SSEAlgorithm": "AES256"}
    for gone in (s3.get_public_access_block, s3.get_bucket_lifecycle_configuration):
        with pytest.raises(ClientError, match="NoSuch"):
            gone(Bucket=name)


def test_a_bucket_with_objects_stays_and_an_empty_one_goes(aws: "Aws") -> None:
    stack, s3 = aws.unique("stack"), aws.client("s3")
    aws.deploy(stack, bucket())
    name = aws.physical_id(stack, "Bucket")
    s3.put_object(Bucket=name, Key="key", Body=b"body")

    aws.client("cloudformation").delete_stack(StackName=stack)
    assert aws.settled(stack) == "DELETE_FAILED"

    s3.delete_object(Bucket=name, Key="key")
    aws.client("cloudformation").delete_stack(StackName=stack)
    with pytest.raises(ClientError, match="404"):
        s3.head_bucket(Bucket=name)


def test_a_bucket_that_exists_is_not_taken_over(aws: "Aws") -> None:
    name, s3 = aws.unique("bucket"), aws.client("s3", "us-east-1")
    # Here, S3 itself takes a second creation by the same account for the first one.
    s3.create_bucket(Bucket=name)

    status = aws.deploy(aws.unique("stack"), bucket(BucketName=name))

    assert status == "ROLLBACK_COMPLETE"
    s3.head_bucket(Bucket=name)


def test_fails_on_a_setting_that_the_embedded_aws_does_not_have(aws: "Aws") -> None:
    stack = aws.unique("stack")

    status = aws.deploy(stack, bucket(WebsiteConfiguration={"IndexDocument": "index.html"}))

    assert status == "ROLLBACK_COMPLETE"
    reasons = [reason for _, _, reason in aws.events(stack)]
    assert any("does not implement WebsiteConfiguration" in each for each in reasons)


def test_a_policy_of_a_bucket_changes_in_place(aws: "Aws") -> None:
    stack, s3 = aws.unique("stack"), aws.client("s3")

    def resources(action: str) -> dict[str, Any]:
        statement = {
            "Effect": "Allow",
            "Principal": {"AWS": "111111111111"},
            "Action": action,
            "Resource": {"Fn::Sub": "${Bucket.Arn}/*"},
        }
        document = {"Version": "2012-10-17", "Statement": [statement]}
        properties = {"Bucket": {"Ref": "Bucket"}, "PolicyDocument": document}
        return {
            **bucket(),
            "Policy": {"Type": "AWS::S3::BucketPolicy", "Properties": properties},
        }

    aws.deploy(stack, resources("s3:GetObject"))
    assert aws.deploy(stack, resources("s3:PutObject")) == "UPDATE_COMPLETE"

    policy = json.loads(s3.get_bucket_policy(Bucket=aws.physical_id(stack, "Bucket"))["Policy"])
    assert policy["Statement"][0]["Action"] == "s3:PutObject"


def test_an_upload_does_not_stay_in_memory(aws: "Aws") -> None:
    s3, name, size = aws.client("s3"), aws.unique("bucket"), 9_000_001
    aws.deploy(aws.unique("stack"), bucket(BucketName=name))
    gc.collect()
    gc.disable()
    try:
        s3.put_object(Bucket=name, Key="model.tar.gz", Body=io.BytesIO(bytes(size)))
        kept = [
            each
            for holder in gc.get_objects()
            for each in gc.get_referents(holder)
            if isinstance(each, bytes) and len(each) >= size
        ]
    finally:
        gc.enable()

    assert kept == []
    assert s3.head_object(Bucket=name, Key="model.tar.gz")["ContentLength"] == size
