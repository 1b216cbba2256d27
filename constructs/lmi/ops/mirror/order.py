"""What a call of `lmi mirror` asks for: which files, where to, in whose account."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from lmi.artifact.left_out import LeftOut
from lmi.errors import ConfigError
from lmi.ops.mirror.bucket import Bucket
from lmi.ops.mirror.mirror import items_of
from lmi.ops.mirror.opening import open_bucket
from lmi.ops.mirror.plan import Item
from lmi.ops.mirror.selection import select
from lmi.ops.session import aws_access
from lmi.s3_prefix import S3Prefix

if TYPE_CHECKING:
    from lmi.environment import Environment

    Opened = Callable[[S3Prefix, Environment | None, str | None], Bucket]


@dataclass(frozen=True, kw_only=True, slots=True)
class Order:
    """Everything that is known before the first file is looked for in S3."""

    items: tuple[Item, ...]
    prefix: S3Prefix
    bucket: Bucket
    content_sha256: str | None
    """The artifact's; None: it is a folder's mirror."""
    left_out: tuple[LeftOut, ...]
    notes: tuple[str, ...]
    """What the user should know before, a line or more each."""
    concurrency: int

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(item.member.size for item in self.items)


def order_of(
    target: str,
    destination: str | None,
    *,
    include: Sequence[str],
    kms_key: str | None,
    bucket_owner: str | None,
    concurrency: int,
) -> Order:
    """
    Return what `lmi mirror TARGET DESTINATION` asks for.

    Raises:
        ConfigError: the call could not be understood.
        ArtifactError: there is nothing to send, or it cannot be.
        MirrorError: the bucket is not there, or not for these credentials.
    """

    def opened(
        prefix: S3Prefix, environment: "Environment | None", default_key: str | None
    ) -> Bucket:
        return open_bucket(
            prefix.bucket,
            aws_access(environment, home=Path(".lmi").absolute()),
            owner=bucket_owner,
            kms_key=default_key if kms_key is None else kms_key,
            concurrency=concurrency,
        )

    from lmi.environment.target import names_an_endpoint

    if Path(target).is_dir() or not names_an_endpoint(target):
        return _of_folder(target, destination, include, opened, concurrency)
    if include:
        raise ConfigError("--include is for a FOLDER; an endpoint's artifact is mirrored whole")
    return _of_endpoint(target, destination, opened, concurrency)


def _of_folder(
    target: str,
    destination: str | None,
    include: Sequence[str],
    opened: "Opened",
    concurrency: int,
) -> Order:
    if destination is None:
        raise ConfigError(f"{target}: where to? name a prefix, such as s3://BUCKET/{target}/")
    prefix = S3Prefix.parse(destination)
    selection = select(Path(target), include)
    return Order(
        items=tuple(Item(member=member) for member in selection.members),
        prefix=prefix,
        bucket=opened(prefix, None, None),
        content_sha256=None,
        left_out=selection.left_out,
        notes=tuple(_listed(selection.left_out)),
        concurrency=concurrency,
    )


def _of_endpoint(target: str, destination: str | None, opened: "Opened", concurrency: int) -> Order:
    from lmi.artifact import BUNDLES, artifact_of, read_draft
    from lmi.artifact.source import Mirror
    from lmi.environment.target import find_endpoint
    from lmi.rules import check, refuse_errors
    from lmi.rules.report import write
    from lmi.rules.targets import subject_of_endpoint

    environment, key = find_endpoint(target, Path("environments"))
    endpoint = environment.endpoints[key]
    draft = read_draft(
        Path("model_artifacts") / endpoint.artifact, endpoint.options, endpoint.source
    )
    artifact = artifact_of(draft)
    source = draft.source if isinstance(draft.source, Mirror) else None
    if destination is not None:
        kms_key_arn = None if source is None else source.kms_key_arn
        source = Mirror(store=S3Prefix.parse(destination), kms_key_arn=kms_key_arn)
    if source is None:
        raise ConfigError(
            f"{target}: where to? name a prefix, such as s3://BUCKET/PREFIX/, or write "
            f"'source: {{mirror: s3://BUCKET/PREFIX/}}' into {draft.directory}/artifact.yaml"
        )
    subject = subject_of_endpoint(environment, endpoint, draft)
    findings = check(subject)
    refuse_errors(findings)
    counted = any(finding.counts for finding in findings)
    bucket = opened(source.store, environment, source.kms_key_arn)
    items, content_sha256 = items_of(artifact, BUNDLES)
    return Order(
        items=items,
        prefix=source.store.below(content_sha256),
        bucket=bucket,
        content_sha256=content_sha256,
        left_out=draft.contents.left_out,
        notes=(
            *([write("text", findings, [subject.name])] if counted else []),
            *_listed(draft.contents.left_out),
        ),
        concurrency=concurrency,
    )


def _listed(left_out: Sequence[LeftOut]) -> list[str]:
    """Return a line for each reason, with the names."""
    reasons: dict[str, list[str]] = {}
    for each in left_out:
        reasons.setdefault(each.reason, []).append(each.name)
    return [f"left out: {', '.join(names)} ({reason})" for reason, names in reasons.items()]
