"""The calls that a mirror makes to S3, for one bucket."""

import base64
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from lmi.ops.mirror.failure import MirrorError, NotThere, UploadGone, explained
from lmi.ops.mirror.parts import Part, without_count

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredObject:
    """An object that is in the bucket."""

    key: str
    size: int
    etag: str
    checksum_sha256: str | None = None
    """S3's, without a count of parts; None where it was not asked for, or another program wrote the
    object."""
    kms_key: str | None = None
    modified: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredPart:
    """A part that S3 has."""

    number: int
    size: int
    etag: str
    checksum_sha256: str | None
    """None where S3 does not tell it, as the embedded one."""

    def holds(self, data: bytearray, digest: bytes) -> bool:
        """Return whether this part is *data*, whose SHA-256 is *digest*."""
        if self.size != len(data):
            return False
        if self.checksum_sha256 is not None:
            return self.checksum_sha256 == _text(digest)
        # Without KMS the ETag of a part is its MD5, and with it never equal to one.
        # https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html
        md5 = hashlib.md5(data, usedforsecurity=False)
        return self.etag.strip('"') == md5.hexdigest()


@dataclass(frozen=True, kw_only=True, slots=True)
class Bucket:
    """
    A bucket whose owner has been checked. Every method raises MirrorError for what S3 refuses.

    SHA-256 checksums are given in each request; a client signs their headers, so that nothing is
    left to gain from signing the body too.
    """

    client: "S3Client"
    name: str
    region: str
    owner: str | None
    """Account that must own the bucket, in every request."""
    kms_key: str | None = None
    """ARN of the KMS key of new objects. None: as the bucket's settings say."""

    def uri(self, key: str) -> str:
        """Return ``s3://BUCKET/KEY``."""
        return f"s3://{self.name}/{key}"

    def objects(self, prefix: str) -> Iterator[StoredObject]:
        """Yield the objects whose keys begin with *prefix*, in the order of their keys."""
        with explained(self.uri(prefix)):
            pages = self.client.get_paginator("list_objects_v2").paginate(
                Bucket=self.name, Prefix=prefix, **self._owned()
            )
            for page in pages:
                for each in page.get("Contents", ()):
                    yield StoredObject(
                        key=each["Key"],
                        size=each["Size"],
                        etag=each["ETag"],
                        modified=each["LastModified"],
                    )

    def find(self, key: str) -> StoredObject | None:
        """Return the object *key* with its checksum, or None if it is not there."""
        try:
            return self.head(key)
        except NotThere:
            return None

    def head(self, key: str) -> StoredObject:
        """Return the object *key* with its checksum. Raises NotThere if it is not there."""
        with explained(self.uri(key)):
            answer = self.client.head_object(
                Bucket=self.name, Key=key, ChecksumMode="ENABLED", **self._owned()
            )
        checksum = answer.get("ChecksumSHA256")
        return StoredObject(
            key=key,
            size=answer["ContentLength"],
            etag=answer["ETag"],
            # The embedded S3 tells the count of parts here and there.
            checksum_sha256=without_count(checksum) if checksum else None,
            kms_key=answer.get("SSEKMSKeyId"),
        )

    def read(self, key: str, part: Part | None = None) -> bytes:
        """Return the bytes of the object *key*, or those of one part."""
        with explained(self.uri(key)):
            ranged: Any = {"Range": part.range} if part is not None and part.size else {}
            answer = self.client.get_object(Bucket=self.name, Key=key, **ranged, **self._owned())
            with answer["Body"] as stream:
                return stream.read()

    def put(self, key: str, data: bytes | bytearray, digest: bytes) -> None:
        """Write the object *key* at once; *digest* is the SHA-256 of *data*, which S3 checks."""
        with explained(self.uri(key)):
            self.client.put_object(
                Bucket=self.name,
                Key=key,
                Body=data,  # type: ignore[arg-type]
                ChecksumAlgorithm="SHA256",
                ChecksumSHA256=_text(digest),
                **self._encrypted(),
                **self._owned(),
            )

    def open_uploads(self, key: str) -> list[str]:
        """Return the ids of the unfinished multipart uploads of *key*, the latest one last."""
        with explained(self.uri(key)):
            pages = self.client.get_paginator("list_multipart_uploads").paginate(
                Bucket=self.name, Prefix=key, **self._owned()
            )
            found = [
                (each["Initiated"], each["UploadId"])
                for page in pages
                for each in page.get("Uploads", ())
                if each["Key"] == key and each.get("ChecksumAlgorithm") == "SHA256"
            ]
        return [upload_id for _, upload_id in sorted(found)]

    def create_upload(self, key: str) -> str:
        """Begin a multipart upload of *key*, and return its id."""
        with explained(self.uri(key)):
            answer = self.client.create_multipart_upload(
                Bucket=self.name,
                Key=key,
                ChecksumAlgorithm="SHA256",
                **self._encrypted(),
                **self._owned(),
            )
        return answer["UploadId"]

    def stored_parts(self, key: str, upload_id: str) -> Iterator[StoredPart]:
        """Yield the parts that S3 has of an upload. Raises UploadGone if it has ended."""
        with explained(self.uri(key)):
            pages = self.client.get_paginator("list_parts").paginate(
                Bucket=self.name, Key=key, UploadId=upload_id, **self._owned()
            )
            for page in pages:
                for each in page.get("Parts", ()):
                    yield StoredPart(
                        number=each["PartNumber"],
                        size=each["Size"],
                        etag=each["ETag"],
                        checksum_sha256=each.get("ChecksumSHA256"),
                    )

    def send_part(
        self, key: str, upload_id: str, part: Part, data: bytearray, digest: bytes
    ) -> StoredPart:
        """
        Send one part; *digest* is its SHA-256, which S3 checks.

        Raises UploadGone if the upload has ended, or was begun for another KMS key.
        """
        with explained(self.uri(key)):
            answer = self.client.upload_part(
                Bucket=self.name,
                Key=key,
                UploadId=upload_id,
                PartNumber=part.number,
                Body=data,  # type: ignore[arg-type]
                ChecksumAlgorithm="SHA256",
                ChecksumSHA256=_text(digest),
                **self._owned(),
            )
        if self.kms_key is not None and answer.get("SSEKMSKeyId") != self.kms_key:
            self.abort(key, upload_id)
            raise UploadGone
        return StoredPart(
            number=part.number, size=part.size, etag=answer["ETag"], checksum_sha256=_text(digest)
        )

    def copy_part(self, key: str, upload_id: str, part: Part, source: StoredObject) -> StoredPart:
        """Have S3 copy one part from *source*, if that is still what it was."""
        with explained(f"{self.uri(key)} (copied from {self.uri(source.key)})"):
            owner = {} if self.owner is None else {"ExpectedSourceBucketOwner": self.owner}
            answer = self.client.upload_part_copy(
                Bucket=self.name,
                Key=key,
                UploadId=upload_id,
                PartNumber=part.number,
                CopySource={"Bucket": self.name, "Key": source.key},
                CopySourceIfMatch=source.etag,
                CopySourceRange=part.range,
                **owner,  # type: ignore[arg-type]
                **self._owned(),
            )
        copied = answer["CopyPartResult"]
        return StoredPart(
            number=part.number,
            size=part.size,
            etag=copied["ETag"],
            checksum_sha256=copied.get("ChecksumSHA256"),
        )

    def complete(self, key: str, upload_id: str, parts: Sequence[StoredPart]) -> None:
        """Make the object *key* of its parts. Raises UploadGone if the upload has ended."""
        listed: Any = [
            {"PartNumber": part.number, "ETag": part.etag}
            | ({"ChecksumSHA256": part.checksum_sha256} if part.checksum_sha256 else {})
            for part in sorted(parts, key=lambda part: part.number)
        ]
        with explained(self.uri(key)):
            self.client.complete_multipart_upload(
                Bucket=self.name,
                Key=key,
                UploadId=upload_id,
                MultipartUpload={"Parts": listed},
                **self._owned(),
            )

    def abort(self, key: str, upload_id: str) -> None:
        """Give up a multipart upload, unless it has ended already."""
        try:
            with explained(self.uri(key)):
                self.client.abort_multipart_upload(
                    Bucket=self.name, Key=key, UploadId=upload_id, **self._owned()
                )
        except UploadGone:
            return

    def check_written(self, key: str, size: int, checksum: str) -> StoredObject:
        """Return the object *key*; MirrorError if it is not what was sent."""
        stored = self.head(key)
        if stored.size != size or stored.checksum_sha256 != without_count(checksum):
            raise MirrorError(
                f"{self.uri(key)}: S3 holds other bytes than were sent: {stored.size} of {size} "
                f"with the checksum {stored.checksum_sha256} for {checksum}; remove the object "
                "and run again, alone"
            )
        if self.kms_key is not None and stored.kms_key != self.kms_key:
            raise MirrorError(
                f"{self.uri(key)}: is encrypted with {stored.kms_key or 'no KMS key'}, not with "
                f"{self.kms_key}; remove it and run again, or choose another prefix"
            )
        return stored

    def _owned(self) -> Any:
        return {} if self.owner is None else {"ExpectedBucketOwner": self.owner}

    def _encrypted(self) -> Any:
        if self.kms_key is None:
            return {}
        return {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": self.kms_key}


def _text(digest: bytes) -> str:
    return base64.b64encode(digest).decode()
