"""Reads a mirror back, and compares every byte with the manifest and with the local files."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor

from lmi.errors import Problem
from lmi.ops.mirror.bucket import Bucket
from lmi.ops.mirror.failure import MirrorError, NotThere
from lmi.ops.mirror.manifest import MirroredFile, MirrorManifest
from lmi.ops.mirror.mirror import pool_of
from lmi.ops.mirror.opening import CONCURRENCY
from lmi.ops.mirror.parts import Part, checksum_of, parts_of
from lmi.ops.mirror.plan import Item, local_checksum, read_manifest
from lmi.s3_prefix import S3Prefix


def verify(
    items: Sequence[Item],
    prefix: S3Prefix,
    bucket: Bucket,
    *,
    concurrency: int = CONCURRENCY,
    advanced: Callable[[int], None] = lambda _: None,
) -> MirrorManifest:
    """
    Return the manifest of *prefix*, if the objects there are what it says, and *items* too.

    Reads all of it, here and in S3; memory holds a part for each request.

    Args:
        items: the files that should be there.
        prefix: where.
        bucket: that of the prefix.
        concurrency: requests at a time.
        advanced: told the number of bytes whenever some have been read from S3.

    Raises:
        ArtifactError: a local file cannot be read.
        MirrorError: every difference, one a line.
    """
    manifest = read_manifest(prefix, bucket)
    if manifest is None:
        raise MirrorError(
            f"{prefix}: has no manifest ({bucket.uri(prefix.manifest_key)}), so it is not whole; "
            "run lmi mirror without --verify"
        )
    with pool_of(concurrency) as pool:
        problems = [
            *_listed(manifest, bucket),
            *_local(manifest, items, pool),
            *(
                problem
                for file in manifest.files
                for problem in _read_back(file, prefix, bucket, pool, advanced)
            ),
        ]
    if problems:
        raise MirrorError(*problems)
    return manifest


def _listed(manifest: MirrorManifest, bucket: Bucket) -> Iterator[Problem]:
    prefix = manifest.prefix
    there = {stored.key.removeprefix(prefix.key) for stored in bucket.objects(prefix.key)}
    for path in sorted(there - {file.path for file in manifest.files}):
        yield Problem(
            file=prefix.uri + path,
            message="is not in the manifest, and SageMaker would load it too; remove it: "
            f"aws s3 rm {prefix.uri}{path}",
        )


def _local(manifest: MirrorManifest, items: Sequence[Item], pool: Executor) -> Iterator[Problem]:
    files = {file.path: file for file in manifest.files}
    for item in items:
        file = files.pop(item.member.path, None)
        if file is None:
            message = "is not in the mirror; choose another prefix for what the folder holds now"
        elif local_checksum(item.member, file.part_bytes, pool) != file.checksum_sha256:
            message = (
                f"is not what {manifest.prefix.uri}{file.path} was made of; choose another prefix "
                "for what the folder holds now"
            )
        else:
            continue
        yield Problem(file=str(item.member.source), message=message)
    for path in sorted(files):
        yield Problem(file=manifest.prefix.uri + path, message="is no longer in the folder")


def _read_back(
    file: MirroredFile,
    prefix: S3Prefix,
    bucket: Bucket,
    pool: Executor,
    advanced: Callable[[int], None],
) -> Iterator[Problem]:
    def digest(part: Part) -> tuple[int, bytes]:
        data = bucket.read(prefix.key + file.path, part)
        return len(data), hashlib.sha256(data).digest()

    place, digests = prefix.uri + file.path, []
    mend = f"; remove it and run lmi mirror again: aws s3 rm {place}"
    try:
        if (size := bucket.head(prefix.key + file.path).size) != file.bytes:
            message = f"has {size} bytes, and {file.bytes} in the manifest"
            yield Problem(file=place, message=message + mend)
            return
        for length, found in pool.map(digest, parts_of(file.bytes, file.part_bytes)):
            digests.append(found)
            advanced(length)
    except NotThere:
        yield Problem(file=place, message="is not there; run lmi mirror again")
        return
    if checksum_of(digests) != file.checksum_sha256:
        message = f"holds other bytes than were sent: its checksum is {checksum_of(digests)}, "
        yield Problem(
            file=place, message=f"{message}and {file.checksum_sha256} in the manifest{mend}"
        )
