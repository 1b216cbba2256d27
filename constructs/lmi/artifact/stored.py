"""An artifact that is a tarball in a bucket: it is deployed as it is, unseen."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lmi.artifact.artifact import Artifact
from lmi.artifact.draft import Draft
from lmi.artifact.load import artifact_of
from lmi.artifact.source import StoredTarball
from lmi.errors import ArtifactError

if TYPE_CHECKING:
    from lmi.catalog import Image


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredArtifact:
    """A tarball in a bucket, and the image that serves it. Nothing else is known."""

    name: str
    image: "Image"
    tarball: StoredTarball
    draft: Draft | None
    """The folder whose artifact.yaml names the tarball; None: there is no folder."""


def deployable_of(draft: Draft) -> Artifact | StoredArtifact:
    """Return what *draft* deploys. Raises ArtifactError with every problem of it."""
    if not isinstance(draft.source, StoredTarball):
        return artifact_of(draft)
    problems = [problem for part in draft.problems.values() for problem in part]
    if problems or draft.image is None:
        raise ArtifactError(*problems)
    return StoredArtifact(name=draft.name, image=draft.image, tarball=draft.source, draft=draft)
