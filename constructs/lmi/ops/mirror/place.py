"""Where an artifact lies in S3: known from its content alone, without asking AWS."""

from pathlib import Path
from typing import TYPE_CHECKING

from lmi.s3_prefix import S3Prefix

if TYPE_CHECKING:
    from lmi.artifact import Artifact


def artifact_prefix(artifact: "Artifact", store: S3Prefix, cache: Path | None = None) -> S3Prefix:
    """
    Return the prefix below *store* that holds *artifact*, serving.properties and weights together.

    It is named by the artifact's content, overrides included, so another option is another prefix:
    CloudFormation sees the change, and what runs keeps what it was started with.

    Args:
        artifact: with its overrides.
        store: where the artifacts lie, the key `source.mirror` of artifact.yaml.
        cache: folder that remembers the digests of unchanged files, `lmi.artifact.BUNDLES` of the
            project. Default: every file is read.

    Raises:
        ArtifactError: a file cannot be read, or changed since the artifact was loaded.
    """
    from lmi.artifact import content_sha256_cached

    known = artifact.content_sha256 if cache is None else content_sha256_cached(artifact, cache)
    return store.below(known)
