"""Mirrors a folder in small parts, and tells what became of it."""

from pathlib import Path

import pytest

from lmi.ops.mirror.bucket import Bucket
from lmi.ops.mirror.failure import MirrorError
from lmi.ops.mirror.mirror import mirror
from lmi.ops.mirror.plan import Item, Plan
from lmi.ops.mirror.selection import select
from lmi.s3_prefix import S3Prefix

PART = 1 << 10


def files_of(folder: Path) -> list[Item]:
    """Return what of *folder* is mirrored."""
    return [Item(member=member) for member in select(folder).members]


def done_with(plan: Plan) -> dict[str, str]:
    """Return what was done with each file."""
    return {step.item.member.path: step.action for step in plan.steps}


def mirrored(folder: Path, prefix: S3Prefix, bucket: Bucket) -> Plan:
    """Mirror *folder*."""
    return mirror(files_of(folder), prefix, bucket, part_bytes=PART)[0]


def refusal(folder: Path, prefix: S3Prefix, bucket: Bucket) -> str:
    """Return why *folder* is not mirrored."""
    with pytest.raises(MirrorError) as raised:
        mirrored(folder, prefix, bucket)
    return str(raised.value)
