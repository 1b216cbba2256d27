"""`source`: the mapping that artifact.yaml and the endpoints of an environment file can have."""

from typing import Annotated

from lmi.artifact.source import (
    DownloadedSource,
    HubModel,
    Mirror,
    ModelSource,
    S3Weights,
    StoredTarball,
)
from lmi.yaml_file import Section
from lmi.yaml_file.constraint import Matches, Parsed


class SourceSection(Section):
    """Where the model comes from. One of `mirror`, `tarball`, `weights` and `hub`."""

    mirror: Annotated[str, Parsed(Mirror.parse)] | None = None
    """
    s3://BUCKET/PREFIX/ that `lmi mirror` was given for this folder. Its files lie there as they
    are, below a digest of their content; the container is isolated.
    """

    tarball: Annotated[str, Parsed(StoredTarball.parse)] | None = None
    """s3://BUCKET/KEY.tar.gz that is there already. The folder then holds only artifact.yaml."""

    weights: Annotated[str, Parsed(S3Weights.parse)] | None = None
    """s3://BUCKET/PREFIX/ that the container downloads; the role may read it."""

    hub: Annotated[str, Parsed(HubModel.parse)] | None = None
    """ORG/NAME of the model on the Hugging Face Hub, which the container downloads."""

    revision: Annotated[str, Matches(r"^[0-9a-f]{40}$")] | None = None
    """Commit of the Hub's repository, 40 hexadecimal digits. Default: what it holds that day."""

    kms_key_arn: (
        Annotated[str, Matches(r"^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+$")] | None
    ) = None
    """ARN of the KMS key that encrypts mirror or tarball. Default: one of S3 or AWS."""

    def broken_rule(self) -> str | None:
        """Check that there is one source, and nothing that belongs to another."""
        keys = ("mirror", "tarball", "weights", "hub")
        given = [key for key in keys if getattr(self, key) is not None]
        if len(given) != 1:
            got = " and ".join(map(repr, given)) or "none"
            return f"must have one of 'mirror', 'tarball', 'weights' and 'hub', got {got}"
        if self.revision is not None and self.hub is None:
            return f"'revision' is a commit of the Hub's repository; with {given[0]!r} remove it"
        if self.kms_key_arn is not None and given[0] in ("weights", "hub"):
            return (
                "'kms_key_arn' grants what SageMaker fetches, a mirror or a tarball; with "
                f"{given[0]!r} remove it, and let the key's policy allow the endpoint's role"
            )
        return None

    @property
    def source(self) -> ModelSource | DownloadedSource:
        """The source that is meant."""
        if self.tarball is not None:
            return StoredTarball.parse(self.tarball, self.kms_key_arn)
        if self.weights is not None:
            return S3Weights.parse(self.weights)
        if self.hub is not None:
            return HubModel.parse(self.hub, self.revision)
        assert self.mirror is not None  # noqa: S101 -- the rule above
        return Mirror.parse(self.mirror, self.kms_key_arn)
