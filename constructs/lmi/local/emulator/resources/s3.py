"""Buckets of S3 and their policies."""

from collections.abc import Mapping

from moto.core.common_models import CloudFormationModel
from moto.s3.models import s3_backends

from .api import Refused
from .bucket_settings import SETTINGS, Setting
from .resource import ApiResource
from .values import as_bool, as_text


class Bucket(ApiResource, CloudFormationModel):
    """
    AWS::S3::Bucket.

    Defect: all properties but encryption and tags are dropped, also by an update, which fails for
    tags of a bucket without a name (s3/models.py, FakeBucket.create_from_cloudformation_json and
    update_from_cloudformation_json).
    """

    RESOURCE_TYPE = "AWS::S3::Bucket"
    NAME_PROPERTY = "BucketName"
    KNOWN = frozenset({*SETTINGS, "BucketName", "ObjectLockEnabled"})

    def create(self, name: str) -> str:
        """Create the bucket, then make its settings."""
        if name in s3_backends[self.account][self.api.partition].buckets:
            raise Refused(f"{name} already exists", "BucketAlreadyExists")
        region = self.api.region
        self.api.call(
            "s3",
            "create_bucket",
            Bucket=name,
            CreateBucketConfiguration=(
                None if region == "us-east-1" else {"LocationConstraint": region}
            ),
            ObjectLockEnabledForBucket=as_bool(self.properties.get("ObjectLockEnabled")) or None,
        )
        self.physical_resource_id = name
        for setting in SETTINGS:
            self._set(setting)
        return name

    def update(self, previous: Mapping[str, object]) -> None:
        """Make the settings; those that the properties no longer name are taken back."""
        for setting, how in SETTINGS.items():
            if setting in self.properties:
                self._set(setting)
            elif setting in previous:
                self._take_back(how)

    def remove(self) -> None:
        """Delete the bucket, which must be empty."""
        self.api.call_if_there("s3", "delete_bucket", Bucket=self.physical_resource_id)

    def attributes(self) -> Mapping[str, str]:
        """Return ARN and host names."""
        record = s3_backends[self.account][self.api.partition].get_bucket(self.physical_resource_id)
        return {
            "Arn": record.arn,
            "DomainName": record.domain_name,
            "DualStackDomainName": record.dual_stack_domain_name,
            "RegionalDomainName": record.regional_domain_name,
            "WebsiteURL": record.website_url,
        }

    def _set(self, setting: str) -> None:
        if setting in self.properties:
            how = SETTINGS[setting]
            parameters = how.parameters(self.properties[setting])
            self.api.call("s3", how.put, Bucket=self.physical_resource_id, **parameters)

    def _take_back(self, how: Setting) -> None:
        bucket = self.physical_resource_id
        if how.delete is not None:
            self.api.call_if_there("s3", how.delete, Bucket=bucket)
        else:
            self.api.call("s3", how.put, Bucket=bucket, **how.parameters(how.default))


class BucketPolicy(ApiResource, CloudFormationModel):
    """
    AWS::S3::BucketPolicy.

    Defect: moto's CloudFormation skips the type (s3/models.py has no model of it).
    """

    RESOURCE_TYPE = "AWS::S3::BucketPolicy"
    KNOWN = frozenset({"Bucket", "PolicyDocument"})

    def create(self, name: str) -> str:
        """Put the policy; its id is the name of the bucket, as on AWS."""
        self._put()
        return str(self.properties["Bucket"])

    def update(self, previous: Mapping[str, object]) -> None:
        """Put the new policy in the place of the old one."""
        self._put()

    def remove(self) -> None:
        """Take the policy off its bucket."""
        self.api.call_if_there("s3", "delete_bucket_policy", Bucket=self.physical_resource_id)

    def _put(self) -> None:
        self.api.call(
            "s3",
            "put_bucket_policy",
            Bucket=self.properties["Bucket"],
            Policy=as_text(self.properties["PolicyDocument"]),
        )
