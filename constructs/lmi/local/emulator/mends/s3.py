"""Mends of S3."""

import json
from typing import Any

from flask import debughelpers
from moto.iam.access_control import IAMPolicy, PermissionResult
from moto.s3.exceptions import NoSuchUpload
from moto.s3.models import FakeBucket, FakeMultipart, MultipartDict

from .patch import replace

_make_bucket = FakeBucket.__init__


def apply() -> None:
    """Apply every mend of this module."""
    replace(FakeBucket, "get_permission", permission_without_conditions)
    replace(FakeBucket, "__init__", make_bucket)
    replace(debughelpers, "attach_enctype_error_multidict", let_body_go)


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


def make_bucket(bucket: FakeBucket, *arguments: Any, **options: Any) -> None:
    """
    Make a bucket that answers NoSuchUpload for a multipart upload that has ended.

    Defect: UploadPart, UploadPartCopy and CompleteMultipartUpload look for it without a check
    (s3/models.py), so that the answer is an internal error, which the SDKs repeat.
    """
    _make_bucket(bucket, *arguments, **options)
    bucket.multiparts = _Uploads()


class _Uploads(MultipartDict):
    def __missing__(self, upload_id: str) -> FakeMultipart:
        raise NoSuchUpload(upload_id=upload_id)


def let_body_go(request: Any) -> None:
    """
    Leave the request as it is.

    Defect: moto's server is Flask in debug mode (moto_server/werkzeug_app.py), where Flask makes a
    class for each request (3.1: debughelpers.py) that refers to the request and to itself; so the
    body of an upload stays in memory until Python looks for circles, which is seldom. The object
    itself lies in a file.
    """
