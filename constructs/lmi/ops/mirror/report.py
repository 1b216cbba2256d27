"""What `lmi mirror` prints at the end."""

import json
from collections.abc import Iterator
from typing import Literal

from lmi.ops.mirror.manifest import MirrorManifest
from lmi.ops.mirror.order import Order
from lmi.ops.mirror.plan import Plan

_DID: dict[Literal["there", "copy", "send"], str] = {
    "there": "there",
    "copy": "copied",
    "send": "sent",
}


def of_plan(order: Order, plan: Plan, *, dry_run: bool, as_json: bool) -> str:
    """Return what was done, or what would be."""
    if as_json:
        files = [
            {"path": step.item.member.path, "bytes": step.size, "action": step.action}
            for step in plan.steps
        ]
        return _document(order, files, dry_run=dry_run)
    counts = ", ".join(
        f"{len([step for step in plan.steps if step.action == action])} "
        f"{'to ' + action if dry_run and action != 'there' else did} ({_size(plan.total(action))})"
        for action, did in _DID.items()
    )
    if dry_run:
        lines = [
            f"{step.action:<6} {_size(step.size):>10}  {step.item.member.path}"
            for step in plan.steps
        ]
        return "\n".join([*lines, f"{order.prefix}: {counts}; nothing was written"])
    return "\n".join([f"{order.prefix}: {counts}", *_hint(order)])


def of_manifest(order: Order, manifest: MirrorManifest, *, as_json: bool) -> str:
    """Return that the mirror is what it should be."""
    if as_json:
        files = [
            {"path": file.path, "bytes": file.bytes, "action": "verified"}
            for file in manifest.files
        ]
        return _document(order, files, dry_run=False)
    size = _size(sum(file.bytes for file in manifest.files))
    count = len(manifest.files)
    return f"{order.prefix}: {count} files, {size}, every byte is as it was sent"


def _document(order: Order, files: list[dict[str, object]], *, dry_run: bool) -> str:
    document = {
        "schema": 1,
        "uri": order.prefix.uri,
        "manifest": order.bucket.uri(order.prefix.manifest_key),
        "content_sha256": order.content_sha256,
        "region": order.bucket.region,
        "dry_run": dry_run,
        "files": files,
        "left_out": [{"name": each.name, "reason": each.reason} for each in order.left_out],
    }
    return json.dumps(document, ensure_ascii=False, indent=2)


def _hint(order: Order) -> Iterator[str]:
    if order.content_sha256 is None:
        yield f"to load it from there: option.model_id={order.prefix}"


def _size(count: int) -> str:
    for unit, size in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if count >= size:
            return f"{count / size:.1f} {unit}"
    return f"{count} B"
