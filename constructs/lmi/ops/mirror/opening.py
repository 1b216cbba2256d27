"""Opens the bucket of a mirror: in its own region, and only if it belongs to whom it should."""

import re
from typing import TYPE_CHECKING

from lmi.errors import ConfigError
from lmi.ops.mirror.bucket import Bucket
from lmi.ops.mirror.failure import MirrorError, explained
from lmi.ops.session import AwsAccess

if TYPE_CHECKING:
    from botocore.config import Config
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sts import STSClient

CONCURRENCY = 10
"""Requests at a time, as many as the AWS CLI makes (awscli: s3/transferconfig.py)."""

_ANY_REGION = "us-east-1"
"""Where a bucket of unknown region is asked for; S3 answers with its region."""

_KEY_ARN = re.compile(r"arn:aws[a-z-]*:kms:([a-z0-9-]+):\d{12}:key/[A-Za-z0-9-]+")
_ACCOUNT = re.compile(r"\d{12}")


def open_bucket(
    name: str,
    access: AwsAccess,
    *,
    owner: str | None = None,
    kms_key: str | None = None,
    concurrency: int = CONCURRENCY,
) -> Bucket:
    """
    Return the bucket *name*, after a look whether it is there.

    Args:
        name: of the bucket.
        access: the account's.
        owner: account that must own the bucket. Default: that of the credentials.
        kms_key: ARN of the KMS key of new objects. Default: as the bucket's settings say.
        concurrency: how many requests are made at a time.

    Raises:
        ConfigError: *owner* or *kms_key* has another form, or the key is of another region.
        MirrorError: the bucket is not there, is in another region than the endpoint, or is not for
            these credentials.
    """
    if owner is not None and not _ACCOUNT.fullmatch(owner):
        raise ConfigError(f"--bucket-owner must be an account's twelve digits, got {owner!r}")
    key_region = None if kms_key is None else _region_of_key(kms_key)
    if owner is None:
        owner = _account(access)
    client = _client(access, access.region or access.session.region_name or _ANY_REGION, 1)
    with explained(f"s3://{name}"):
        answer = client.head_bucket(Bucket=name, ExpectedBucketOwner=owner)
    region = answer.get("BucketRegion") or client.meta.region_name
    client.close()
    if access.region is not None and region != access.region:
        raise MirrorError(
            f"s3://{name}: is in {region}, and the endpoint in {access.region}; SageMaker loads a "
            "model from a bucket of its own region, so choose one there"
        )
    if key_region not in (None, region):
        raise ConfigError(
            f"--kms-key is of {key_region}, and the bucket {name} in {region}; S3 takes a key of "
            "its own region"
        )
    return Bucket(
        client=_client(access, region, concurrency),
        name=name,
        region=region,
        owner=owner,
        kms_key=kms_key,
    )


def _region_of_key(kms_key: str) -> str:
    # An alias or a bare id could not be compared with what S3 says an object is encrypted with.
    match = _KEY_ARN.fullmatch(kms_key)
    if match is None:
        raise ConfigError(
            f"--kms-key must be the ARN of a key, arn:aws:kms:REGION:ACCOUNT:key/ID, got "
            f"{kms_key!r}; `aws kms describe-key` tells it"
        )
    return match[1]


def _account(access: AwsAccess) -> str:
    region = access.region or access.session.region_name or _ANY_REGION
    with explained("the account of your credentials"):
        client: STSClient = access.session.client(
            "sts", region_name=region, endpoint_url=access.endpoint_url
        )
        try:
            return client.get_caller_identity()["Account"]
        finally:
            client.close()


def _client(access: AwsAccess, region: str, concurrency: int) -> "S3Client":
    client: S3Client = access.session.client(
        "s3", region_name=region, endpoint_url=access.endpoint_url, config=_config(concurrency)
    )
    return client


def _config(concurrency: int) -> "Config":
    from botocore.config import Config

    return Config(
        # One more for the thread that begins the uploads.
        max_pool_connections=concurrency + 1,
        retries={"mode": "standard", "total_max_attempts": 6},
        tcp_keepalive=True,
        # Each body comes with its SHA-256 in a signed header: no second checksum, no second SHA-256
        # for the signature.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        s3={"payload_signing_enabled": False},
    )
