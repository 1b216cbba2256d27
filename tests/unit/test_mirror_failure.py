"""What S3 refuses, in our words."""

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    EndpointConnectionError,
    NoCredentialsError,
)

from lmi.ops.mirror.failure import MirrorError, NotThere, UploadGone, explained

URL = "https://models.s3.us-west-2.amazonaws.com"


def _refused(code: str, operation: str = "PutObject") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "said S3"}}, operation)


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (_refused("NoSuchBucket"), "there is no such bucket; create it in the endpoint's region"),
        (_refused("404", "HeadBucket"), "there is no such bucket; create it in the endpoint's"),
        (_refused("AccessDenied"), "access denied (said S3); the mirror needs s3:ListBucket"),
        (_refused("403", "HeadBucket"), "the bucket must belong to the account of your"),
        (_refused("ExpiredToken"), "the credentials have expired; sign in again"),
        (_refused("InvalidAccessKeyId"), "AWS does not know these credentials"),
        (_refused("PermanentRedirect"), "the bucket is in another region"),
        (_refused("BadDigest"), "what arrived is not what was sent (BadDigest)"),
        (_refused("SlowDown"), "run the same command again with a lower --concurrency"),
        (_refused("KMS.DisabledException"), "the KMS key cannot be used"),
        (_refused("EntityTooSmall"), "S3 answered EntityTooSmall: said S3"),
        (NoCredentialsError(), "there are no credentials for AWS"),
        (EndpointConnectionError(endpoint_url=URL), "S3 cannot be reached"),
        (ConnectionClosedError(endpoint_url=URL), "run the same command again to go on"),
    ],
)
def test_a_refusal_says_of_what_and_what_to_do(error: Exception, message: str) -> None:
    with pytest.raises(MirrorError) as raised, explained("s3://models/gpt-j/config.json"):
        raise error
    assert str(raised.value).startswith("s3://models/gpt-j/config.json: ")
    assert message in str(raised.value)


def test_what_is_not_there_is_told_apart_from_what_is_refused() -> None:
    with pytest.raises(NotThere), explained("s3://models/x"):
        raise _refused("404", "HeadObject")
    with pytest.raises(UploadGone), explained("s3://models/x"):
        raise _refused("NoSuchUpload", "UploadPart")
