"""
The manifest of a mirror: a small JSON object beside the prefix, written when all else is there.

A prefix without one is not whole. It holds neither a time nor the name of a machine, so the same
content in the same place has the same manifest.
"""

import json
from dataclasses import asdict, dataclass

from lmi.ops.mirror.failure import BadManifest
from lmi.s3_prefix import S3Prefix

SCHEMA = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class MirroredFile:
    """One object of the prefix."""

    path: str
    """Key without the prefix."""

    bytes: int

    part_bytes: int
    """Size of the parts that the checksum is made of."""

    checksum_sha256: str
    """S3's, see lmi.ops.mirror.parts."""

    sha256: str | None
    """Of the whole file in hexadecimal digits, where an artifact's digest has told it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class MirrorManifest:
    """What lies below a prefix, all of it."""

    prefix: S3Prefix
    content_sha256: str | None
    """That of the artifact, whose name the prefix has; None for a folder's mirror."""
    files: tuple[MirroredFile, ...]
    """Sorted by path."""

    def to_bytes(self) -> bytes:
        """Return the JSON document."""
        document = {
            "schema": SCHEMA,
            "uri": self.prefix.uri,
            "content_sha256": self.content_sha256,
            "checksum_algorithm": "SHA256",
            "files": [asdict(file) for file in self.files],
        }
        return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode()

    @classmethod
    def from_bytes(cls, data: bytes, prefix: S3Prefix) -> "MirrorManifest":
        """Return the manifest in *data*; BadManifest if it is none of this version."""
        try:
            document = json.loads(data)
            if document["schema"] != SCHEMA:
                raise ValueError("another schema")
            files = tuple(MirroredFile(**file) for file in document["files"])
            content_sha256 = document["content_sha256"]
        except (ValueError, KeyError, TypeError) as error:
            raise BadManifest(
                f"s3://{prefix.bucket}/{prefix.manifest_key}: is no manifest of this version of "
                "lmi mirror; remove it and run again to have it written"
            ) from error
        return cls(prefix=prefix, content_sha256=content_sha256, files=files)
