"""
A loaded artifact: the folder, what it says about itself, and what of it goes into the tarball.
"""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from lmi.artifact.content import ContentReader
from lmi.artifact.draft import Draft
from lmi.artifact.manifest import Manifest
from lmi.artifact.member import Member
from lmi.properties import PropertiesFile

if TYPE_CHECKING:
    from lmi.catalog import Image


@dataclass(frozen=True, kw_only=True)  # no slots: content_sha256 is kept in the instance
class Artifact:
    """
    A model artifact with its overrides applied. Its identity is its content: `content_sha256`.
    """

    name: str
    directory: Path
    manifest: Manifest
    image: "Image"

    properties: PropertiesFile
    """serving.properties after the overrides; without entries where there is no such file."""

    members: tuple[Member, ...]
    """The files of the tarball, sorted by path."""

    network_reasons: tuple[str, ...]
    """Why the endpoint needs the network, a sentence each. Empty: it can be isolated."""

    draft: Draft
    """The folder as it was read, with the places of what it says."""

    @cached_property
    def content_sha256(self) -> str:
        """
        Return the SHA-256 of names, bytes and executable bits, the same on every machine;
        `lmi.artifact.content` says of what exactly.

        Reads every file once (about 1 GB/s), the first time it is asked for, unless a bundle of
        this object was written before.

        Raises:
            ArtifactError: a file cannot be read, or changed since the artifact was loaded.
        """
        return ContentReader().content_sha256(self.members)
