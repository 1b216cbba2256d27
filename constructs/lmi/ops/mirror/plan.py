"""What a mirror has to do: which files are there, which S3 can copy, which must be sent."""

import contextlib
import hashlib
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from lmi.artifact.member import Member
from lmi.errors import ArtifactError, Problem
from lmi.ops.mirror.bucket import Bucket, StoredObject
from lmi.ops.mirror.failure import BadManifest, MirrorError, NotThere
from lmi.ops.mirror.manifest import MirroredFile, MirrorManifest
from lmi.ops.mirror.parts import (
    PART_BYTES,
    checksum_of,
    part_bytes_of,
    parts_of,
    read_part,
    without_count,
)
from lmi.ops.mirror.selection import unfit_for_s3
from lmi.s3_prefix import S3Prefix


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """A file to mirror."""

    member: Member
    """Its path is the object's key without the prefix."""
    sha256: str | None = None
    """Of its bytes, in hexadecimal digits, where it is known without reading them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """What is done for one file."""

    item: Item
    key: str
    part_bytes: int
    action: Literal["there", "copy", "send"]
    checksum: str | None = None
    """S3's, where it is known; of what is there and of what is copied it always is."""
    stored: StoredObject | None = None
    """What is there, or what is copied."""

    @property
    def size(self) -> int:
        """Bytes of the file."""
        return self.item.member.size


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """What is done for all files."""

    prefix: S3Prefix
    content_sha256: str | None
    steps: tuple[Step, ...]
    """Sorted by path."""

    def total(self, action: Literal["there", "copy", "send"]) -> int:
        """Return how many bytes are there, copied or sent."""
        return sum(step.size for step in self.steps if step.action == action)


def make_plan(
    items: Sequence[Item],
    prefix: S3Prefix,
    bucket: Bucket,
    pool: Executor,
    *,
    content_sha256: str | None = None,
    part_bytes: int = PART_BYTES,
) -> Plan:
    """
    Return what must be done so that *prefix* holds *items* and nothing else.

    Args:
        items: the files.
        prefix: where to.
        bucket: that of the prefix.
        pool: reads files to compare them.
        content_sha256: the artifact's. Default: it is a folder's mirror.
        part_bytes: least size of the parts. Default: 16 MiB.

    Raises:
        ArtifactError: a name cannot be a key, or a file cannot be read.
        MirrorError: the prefix holds other things already, every one a line. What lies there is
            never replaced, because an endpoint may be reading it.
    """
    unfit = [p for item in items for p in unfit_for_s3(item.member.path, prefix.key)]
    if unfit:
        raise ArtifactError(*unfit)
    there = {stored.key: stored for stored in bucket.objects(prefix.key)}
    keys = {prefix.key + item.member.path for item in items}
    problems = [_foreign(bucket, key) for key in sorted(there.keys() - keys)]
    known = _Known.read(items, prefix, bucket)
    steps = []
    for item in sorted(items, key=lambda item: item.member.path):
        key = prefix.key + item.member.path
        size = part_bytes_of(item.member.size, part_bytes)
        if key not in there:
            steps.append(_missing(item, key, size, bucket, known))
            continue
        checksum = known.checksum(item, size) or local_checksum(item.member, size, pool)
        stored = bucket.head(key)
        if problem := _difference(bucket, stored, item.member.size, checksum):
            problems.append(problem)
        steps.append(
            Step(
                item=item,
                key=key,
                part_bytes=size,
                action="there",
                checksum=checksum,
                stored=stored,
            )
        )
    if problems:
        raise MirrorError(*problems)
    return Plan(prefix=prefix, content_sha256=content_sha256, steps=tuple(steps))


def local_checksum(member: Member, part_bytes: int, pool: Executor) -> str:
    """Return the checksum that S3 would have of *member*, by reading it."""

    def digest(part: object) -> bytes:
        return hashlib.sha256(read_part(member, part)).digest()  # type: ignore[arg-type]

    return checksum_of(pool.map(digest, parts_of(member.size, part_bytes)))


def read_manifest(prefix: S3Prefix, bucket: Bucket) -> MirrorManifest | None:
    """Return the manifest of *prefix*; None: the mirror is not whole, or there is none."""
    if bucket.find(prefix.manifest_key) is None:
        return None
    return MirrorManifest.from_bytes(bucket.read(prefix.manifest_key), prefix)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Known:
    """Files of this and of other mirrors beside it, by the SHA-256 of their bytes."""

    files: tuple[tuple[S3Prefix, MirroredFile], ...]

    @classmethod
    def read(cls, items: Sequence[Item], prefix: S3Prefix, bucket: Bucket) -> "_Known":
        wanted = {item.sha256 for item in items} - {None}
        if not wanted:
            return cls(files=())
        return cls(
            files=tuple(
                (manifest.prefix, file)
                for manifest in _manifests(prefix, bucket)
                for file in manifest.files
                if file.sha256 in wanted
            )
        )

    def checksum(self, item: Item, part_bytes: int) -> str | None:
        """Return S3's checksum of *item*, if a manifest tells it."""
        return next((file.checksum_sha256 for _, file in self.of(item, part_bytes)), None)

    def of(self, item: Item, part_bytes: int) -> Iterator[tuple[S3Prefix, MirroredFile]]:
        """Yield where the bytes of *item* lie."""
        for prefix, file in self.files:
            same = file.sha256 == item.sha256 and file.bytes == item.member.size
            if item.sha256 and same and file.part_bytes == part_bytes:
                yield prefix, file


def _manifests(prefix: S3Prefix, bucket: Bucket) -> Iterator[MirrorManifest]:
    """Yield the manifests beside *prefix*, the latest first."""
    first = datetime.min.replace(tzinfo=UTC)
    found = sorted(
        bucket.objects(prefix.manifests_key), key=lambda each: each.modified or first, reverse=True
    )
    parent = prefix.key[:-1].rpartition("/")[0]
    for stored in found:
        name = stored.key.removeprefix(prefix.manifests_key).removesuffix(".json")
        key = f"{parent}/{name}/".lstrip("/")
        place = S3Prefix(bucket=prefix.bucket, key=key)
        # One that cannot be read only means that less is known.
        with contextlib.suppress(BadManifest, NotThere):
            yield MirrorManifest.from_bytes(bucket.read(stored.key), place)


def _missing(item: Item, key: str, part_bytes: int, bucket: Bucket, known: _Known) -> Step:
    # What fits into one request is sent: to look for it elsewhere would take as long.
    if item.member.size > part_bytes:
        for prefix, file in known.of(item, part_bytes):
            source = bucket.find(prefix.key + file.path)
            if source is not None and source.checksum_sha256 == without_count(file.checksum_sha256):
                return Step(
                    item=item,
                    key=key,
                    part_bytes=part_bytes,
                    action="copy",
                    checksum=file.checksum_sha256,
                    stored=source,
                )
    return Step(item=item, key=key, part_bytes=part_bytes, action="send")


def _foreign(bucket: Bucket, key: str) -> Problem:
    what = (
        "is an empty object for a folder, on which SageMaker fails"
        if key.endswith("/")
        else "is not of this model, and SageMaker would load it too"
    )
    return Problem(
        file=bucket.uri(key),
        message=f"{what}; choose another prefix, or remove it: aws s3 rm {bucket.uri(key)}",
    )


def _difference(bucket: Bucket, stored: StoredObject, size: int, checksum: str) -> Problem | None:
    if stored.checksum_sha256 is None:
        message = "was written by another program, without a SHA-256, so it cannot be compared"
    elif stored.size != size:
        message = f"is there with other content: {stored.size} bytes, not {size}"
    elif stored.checksum_sha256 != without_count(checksum):
        message = "is there with other content of the same size"
    elif bucket.kms_key is not None and stored.kms_key != bucket.kms_key:
        message = f"is encrypted with {stored.kms_key or 'no KMS key'}, not with {bucket.kms_key}"
    else:
        return None
    uri = bucket.uri(stored.key)
    return Problem(
        file=uri,
        message=f"{message}; choose another prefix, or remove it: aws s3 rm {uri}",
    )
