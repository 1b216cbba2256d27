"""What S3 refuses, in words that say what to do."""

import contextlib
from collections.abc import Iterator

from lmi.errors import LmiError

ACTIONS = (
    "s3:ListBucket, s3:GetObject, s3:PutObject, s3:ListBucketMultipartUploads, "
    "s3:ListMultipartUploadParts and s3:AbortMultipartUpload"
)
"""What a mirror does in the bucket."""


class MirrorError(LmiError):
    """The mirror is not there, not whole, or could not be written."""


class NotThere(MirrorError):
    """There is no such object."""


class BadManifest(MirrorError):
    """It was not written by this version of `lmi mirror`."""


class UploadGone(Exception):
    """A multipart upload ended meanwhile: by another run, or by a lifecycle rule."""


@contextlib.contextmanager
def explained(what: str) -> Iterator[None]:
    """
    Turn what boto3 raises into a MirrorError about *what*, an object or a bucket.

    A multipart upload that is not there any more raises UploadGone.
    """
    from botocore.exceptions import (
        BotoCoreError,
        ClientError,
        CredentialRetrievalError,
        EndpointConnectionError,
        NoCredentialsError,
        PartialCredentialsError,
    )

    try:
        yield
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code")
        if code == "NoSuchUpload":
            raise UploadGone from error
        if code in ("404", "NoSuchKey", "NotFound") and error.operation_name != "HeadBucket":
            raise NotThere(f"{what}: it is not there") from error
        raise MirrorError(f"{what}: {_meaning(error)}") from error
    except (NoCredentialsError, PartialCredentialsError, CredentialRetrievalError) as error:
        raise MirrorError(
            f"{what}: there are no credentials for AWS ({error}); sign in, or set AWS_PROFILE"
        ) from error
    except EndpointConnectionError as error:
        raise MirrorError(
            f"{what}: S3 cannot be reached: {error}; is the region right, and the network there?"
        ) from error
    except BotoCoreError as error:
        raise MirrorError(f"{what}: {error}; run the same command again to go on") from error


def _meaning(error: Exception) -> str:
    response = getattr(error, "response", {})
    said = response.get("Error", {})
    code, message = str(said.get("Code", "")), str(said.get("Message", ""))
    status = response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    match code:
        case "NoSuchBucket" | "404":
            return "there is no such bucket; create it in the endpoint's region first"
        case "403" | "AccessDenied" | "AllAccessDisabled":
            return (
                f"access denied ({message or code}); the mirror needs {ACTIONS} there, "
                "kms:GenerateDataKey and kms:Decrypt on a KMS key, and the bucket must belong to "
                "the account of your credentials (--bucket-owner names another)"
            )
        case "ExpiredToken" | "ExpiredTokenException" | "RequestExpired":
            return "the credentials have expired; sign in again and run the same command to go on"
        case "InvalidAccessKeyId" | "SignatureDoesNotMatch" | "InvalidToken":
            return f"AWS does not know these credentials ({code}); sign in again"
        case "PermanentRedirect" | "301" | "AuthorizationHeaderMalformed":
            return f"the bucket is in another region ({message or code})"
        case "BadDigest" | "XAmzContentChecksumMismatch" | "XAmzContentSHA256Mismatch":
            return f"what arrived is not what was sent ({code}); run the same command again"
        case "SlowDown" | "ServiceUnavailable" | "503":
            return "S3 asks to slow down; run the same command again with a lower --concurrency"
        case _ if code.startswith("KMS."):
            return f"the KMS key cannot be used ({code}: {message}); check --kms-key"
    return f"S3 answered {code or status}: {message}"
