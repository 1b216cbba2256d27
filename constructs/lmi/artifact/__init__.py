"""A model artifact: a folder that becomes a reproducible model.tar.gz."""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lmi.artifact.artifact import Artifact
    from lmi.artifact.bundle import BUNDLES, Bundle, bundle, bundle_cached, content_sha256_cached
    from lmi.artifact.draft import Draft, read_draft
    from lmi.artifact.load import artifact_of, load_artifact
    from lmi.artifact.manifest import FetchedFile, Manifest, ModelFacts
    from lmi.artifact.member import Member

__all__ = [
    "BUNDLES",
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
    "content_sha256_cached",
    "load_artifact",
    "read_draft",
]

_MODULES = {
    "artifact": ("Artifact",),
    "bundle": ("BUNDLES", "Bundle", "bundle", "bundle_cached", "content_sha256_cached"),
    "draft": ("Draft", "read_draft"),
    "load": ("artifact_of", "load_artifact"),
    "manifest": ("FetchedFile", "Manifest", "ModelFacts"),
    "member": ("Member",),
}


def __getattr__(name: str) -> object:
    """Import what is asked for: who only checks a folder needs nothing that writes tarballs."""
    for module_name, names in _MODULES.items():
        if name in names:
            module = importlib.import_module(f"{__name__}.{module_name}")
            # All of them: a module of the same name as its function would stand in its place.
            globals().update({each: getattr(module, each) for each in names})
            return globals()[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
