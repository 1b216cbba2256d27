"""A model artifact: a folder that becomes a reproducible model.tar.gz."""

from lmi.artifact.artifact import Artifact
from lmi.artifact.bundle import Bundle, bundle, bundle_cached
from lmi.artifact.draft import Draft, read_draft
from lmi.artifact.load import artifact_of, load_artifact
from lmi.artifact.manifest import FetchedFile, Manifest, ModelFacts
from lmi.artifact.member import Member

__all__ = [
    "Artifact",
    "Bundle",
    "Draft",
    "FetchedFile",
    "Manifest",
    "Member",
    "ModelFacts",
    "artifact_of",
    "bundle",
    "bundle_cached",
    "load_artifact",
    "read_draft",
]
