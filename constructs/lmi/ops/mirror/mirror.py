"""Puts files into S3 as one prefix, and the manifest when all else is there."""

import contextlib
import hashlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from lmi.ops.mirror.bucket import Bucket
from lmi.ops.mirror.manifest import MirrorManifest
from lmi.ops.mirror.opening import CONCURRENCY
from lmi.ops.mirror.parts import PART_BYTES
from lmi.ops.mirror.plan import Item, Plan, make_plan
from lmi.ops.mirror.transfer import Transfer
from lmi.s3_prefix import S3Prefix

if TYPE_CHECKING:
    from lmi.artifact import Artifact


def items_of(artifact: "Artifact", cache: Path) -> tuple[tuple[Item, ...], str]:
    """
    Return the files of *artifact* with their digests, and its `content_sha256`; unchanged files
    that *cache* knows are not read.

    Raises:
        ArtifactError: a file cannot be read, or changed since the artifact was loaded.
    """
    from lmi.artifact.content import ContentReader
    from lmi.artifact.member_index import MemberIndex

    index = MemberIndex.open(cache)
    reader = ContentReader(index)
    content_sha256 = reader.content_sha256(artifact.members)
    index.save()
    items = tuple(
        Item(member=member, sha256=reader.sha256_of(member.path)) for member in artifact.members
    )
    return items, content_sha256


def mirror(
    items: Sequence[Item],
    prefix: S3Prefix,
    bucket: Bucket,
    *,
    content_sha256: str | None = None,
    part_bytes: int = PART_BYTES,
    concurrency: int = CONCURRENCY,
    planned: Callable[[Plan], None] = lambda _: None,
    advanced: Callable[[int], None] = lambda _: None,
) -> tuple[Plan, MirrorManifest]:
    """
    Make *prefix* hold *items* and nothing else, and return what was done and what is there.

    What ends it early, an interrupt too, leaves what has arrived; the same call goes on from there.

    Args:
        items: the files.
        prefix: where to.
        bucket: that of the prefix.
        content_sha256: the artifact's. Default: it is a folder's mirror.
        part_bytes: least size of the parts. Default: 16 MiB.
        concurrency: requests at a time.
        planned: told the plan before the first byte is sent.
        advanced: told the number of bytes whenever some have arrived.

    Raises:
        ArtifactError: a file cannot be read, or changed meanwhile.
        MirrorError: the prefix holds other things, or S3 refused something.
    """
    with pool_of(concurrency) as pool:
        plan = make_plan(
            items, prefix, bucket, pool, content_sha256=content_sha256, part_bytes=part_bytes
        )
        planned(plan)
        transfer = Transfer(bucket, pool, concurrency=concurrency, advanced=advanced)
        files = transfer.run(plan.steps)
    manifest = MirrorManifest(prefix=prefix, content_sha256=content_sha256, files=files)
    data = manifest.to_bytes()
    if bucket.find(prefix.manifest_key) is None or bucket.read(prefix.manifest_key) != data:
        bucket.put(prefix.manifest_key, data, hashlib.sha256(data).digest())
    return plan, manifest


def plan_only(
    items: Sequence[Item],
    prefix: S3Prefix,
    bucket: Bucket,
    *,
    content_sha256: str | None = None,
    concurrency: int = CONCURRENCY,
) -> Plan:
    """Return what `mirror` would do; nothing is written. Raises as `mirror`."""
    with pool_of(concurrency) as pool:
        return make_plan(items, prefix, bucket, pool, content_sha256=content_sha256)


@contextlib.contextmanager
def pool_of(concurrency: int) -> Iterator[ThreadPoolExecutor]:
    """Yield a pool that on a failure begins nothing more, and waits for what is under way."""
    pool = ThreadPoolExecutor(concurrency, thread_name_prefix="mirror")
    try:
        yield pool
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
