"""`source`: the mapping that artifact.yaml and the endpoints of an environment file can have."""

from typing import Annotated

from lmi.artifact.source import Mirror, ModelSource, StoredTarball
from lmi.yaml_file import Section
from lmi.yaml_file.constraint import Matches, Parsed


class SourceSection(Section):
    """Where SageMaker fetches the model data. One of `mirror` and `tarball`."""

    mirror: Annotated[str, Parsed(Mirror.parse)] | None = None
    """
    s3://BUCKET/PREFIX/ that `lmi mirror` was given for this folder. Its files lie there as they
    are, below a digest of their content; the container is isolated.
    """

    tarball: Annotated[str, Parsed(StoredTarball.parse)] | None = None
    """s3://BUCKET/KEY.tar.gz that is there already. The folder then holds only artifact.yaml."""

    kms_key_arn: (
        Annotated[str, Matches(r"^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+$")] | None
    ) = None
    """ARN of the KMS key that encrypts what is there. Default: one of S3 or AWS."""

    def broken_rule(self) -> str | None:
        """Check that there is one source."""
        if (self.mirror is None) == (self.tarball is None):
            got = "neither" if self.mirror is None else "both"
            return (
                f"must have one of 'mirror' and 'tarball', got {got}: a container has one source "
                "of model data"
            )
        return None

    @property
    def source(self) -> ModelSource:
        """The source that is meant."""
        if self.tarball is not None:
            return StoredTarball.parse(self.tarball, self.kms_key_arn)
        assert self.mirror is not None  # noqa: S101 -- the rule above
        return Mirror.parse(self.mirror, self.kms_key_arn)
