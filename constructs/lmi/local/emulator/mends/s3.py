"""Mends of S3."""

import json
from typing import Any

from moto.core.common_models import CloudFormationModel
from moto.iam.access_control import IAMPolicy, PermissionResult
from moto.s3.exceptions import BucketNotEmpty
from moto.s3.models import FakeBucket, S3Backend, s3_backends
from moto.utilities.utils import get_partition

from .patch import replace


def apply() -> None:
    """
    Apply every mend of this module.

    Importing it has registered `BucketPolicy` with moto's CloudFormation.
    """
    replace(FakeBucket, "get_permission", permission_without_conditions)
    replace(FakeBucket, "delete_from_cloudformation_json", classmethod(delete_empty_bucket))


def permission_without_conditions(
    bucket: FakeBucket, action: str, resource: str
) -> PermissionResult:
    """
    Judge a request by the statements of the bucket's policy that have no Condition.

    Defect: bucket policies are enforced, but their conditions are not evaluated (s3/models.py,
    FakeBucket.get_permission), so the statement "deny unless TLS" of the CDK's bootstrap bucket
    denies every request.
    """
    if bucket.policy is None:
        return PermissionResult.NEUTRAL
    policy = json.loads(bucket.policy)
    statements = (
        policy["Statement"] if isinstance(policy["Statement"], list) else [policy["Statement"]]
    )
    policy["Statement"] = [each for each in statements if "Condition" not in each]
    return IAMPolicy(json.dumps(policy)).is_action_permitted(action, resource)


def delete_empty_bucket(
    cls: type[FakeBucket],
    /,
    resource_name: str,
    cloudformation_json: dict[str, Any],
    account_id: str,
    region_name: str,
) -> None:
    """
    Delete the bucket of a template, or fail because something is in it.

    Defect: a bucket with objects stays, and the stack takes it for deleted (s3/models.py,
    FakeBucket.delete_from_cloudformation_json).
    """
    backend = _backend(account_id, region_name)
    if backend.get_bucket(resource_name).keys:
        raise BucketNotEmpty(resource_name)
    backend.delete_bucket(resource_name)


class BucketPolicy(CloudFormationModel):
    """
    The resource type AWS::S3::BucketPolicy.

    Defect: moto's CloudFormation skips it with a warning (s3/models.py has no model of it).
    """

    def __init__(self, bucket: str) -> None:
        self.bucket = bucket

    @property
    def physical_resource_id(self) -> str:
        """The name of the bucket, as on AWS."""
        return self.bucket

    @staticmethod
    def cloudformation_name_type() -> str:
        """Return "", because a bucket policy has no name of its own."""
        return ""

    @staticmethod
    def cloudformation_type() -> str:
        """Return the resource type."""
        return "AWS::S3::BucketPolicy"

    @classmethod
    def has_cfn_attr(cls, attr: str) -> bool:
        """Return False: the type has no attributes."""
        return False

    @classmethod
    def create_from_cloudformation_json(
        cls,
        resource_name: str,
        cloudformation_json: dict[str, Any],
        account_id: str,
        region_name: str,
        **kwargs: Any,
    ) -> "BucketPolicy":
        """Put the policy on its bucket."""
        properties = cloudformation_json["Properties"]
        _backend(account_id, region_name).put_bucket_policy(
            properties["Bucket"], json.dumps(properties["PolicyDocument"]).encode()
        )
        return cls(properties["Bucket"])

    @classmethod
    def update_from_cloudformation_json(
        cls,
        original_resource: "BucketPolicy",
        new_resource_name: str,
        cloudformation_json: dict[str, Any],
        account_id: str,
        region_name: str,
    ) -> "BucketPolicy":
        """Put the new policy in the place of the old one."""
        return cls.create_from_cloudformation_json(
            new_resource_name, cloudformation_json, account_id, region_name
        )

    @classmethod
    def delete_from_cloudformation_json(
        cls,
        resource_name: str,
        cloudformation_json: dict[str, Any],
        account_id: str,
        region_name: str,
    ) -> None:
        """Take the policy off its bucket."""
        _backend(account_id, region_name).delete_bucket_policy(resource_name)

    def is_created(self) -> bool:
        """Return True: there is nothing to wait for."""
        return True


def _backend(account_id: str, region_name: str) -> S3Backend:
    return s3_backends[account_id][get_partition(region_name)]
