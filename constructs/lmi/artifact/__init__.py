"""A model artifact: a folder that becomes a reproducible model.tar.gz."""

from lmi.artifact.artifact import Artifact
from lmi.artifact.bundle import Bundle, bundle, bundle_cached
from lmi.artifact.load import load_artifact
from lmi.artifact.manifest import FetchedFile, Manifest, ModelFacts
from lmi.artifact.member import Member

__all__ = [
    "Artifact",
    "Bundle",
    "FetchedFile",
    "Manifest",
    "Member",
    "ModelFacts",
    "bundle",
    "bundle_cached",
    "load_artifact",
]
