"""
A loaded artifact: the folder, what it says about itself, and what of it goes into the tarball.
"""

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from lmi.artifact.draft import Draft
from lmi.artifact.manifest import Manifest
from lmi.artifact.member import Member
from lmi.artifact.tarball import tar_stream
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
        Return the SHA-256 of the uncompressed tar stream: names, modes and bytes, the same on every
        machine.

        Reads every file once (about 1 GB/s), the first time it is asked for.

        Raises:
            ArtifactError: a file cannot be read, or changed since the artifact was loaded.
        """
        digest = hashlib.sha256()
        for piece in tar_stream(self.members):
            digest.update(piece)
        return digest.hexdigest()
