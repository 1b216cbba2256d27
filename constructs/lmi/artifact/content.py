"""
What an artifact's content is: the names, bytes and executable bits of its files.

`content_sha256` is the SHA-256 of a list of the files, sorted by path, each as

    MODE SHA256 PATH\\0

with mode 755 or 644, the SHA-256 of its bytes in lower-case hexadecimal digits and its path in the
tarball as UTF-8. How the files are packed is no part of it, so that it is the same for every
version of Python, of the compressor and of this package, and so that it can be told without reading
a file whose own digest is known.
"""

import hashlib
from collections.abc import Iterable, Iterator

from lmi.artifact.member import Member
from lmi.artifact.member_index import MemberIndex
from lmi.artifact.progress import Progress

LARGE_BYTES = 512 << 10
"""
From this size on a file is remembered between runs, and packed apart from its neighbours. Smaller
ones are read every time, which takes no longer than to look whether that is needed.
"""


class ContentReader:
    """Reads members and keeps their digests."""

    def __init__(self, index: MemberIndex | None = None) -> None:
        """Use *index* to know unchanged files. Default: every file is read."""
        self._index = index
        self._sha256: dict[str, str] = {}

    def known_sha256(self, member: Member) -> str | None:
        """
        Return the SHA-256 of *member*'s bytes if it is known without reading them.

        Raises:
            ArtifactError: the file changed since the artifact was loaded.
        """
        if self._index is None or member.fingerprint is None or member.size < LARGE_BYTES:
            return None
        # Opened, because a network file system makes sure of a file's status only then.
        member.open().close()
        return self._index.sha256_of(member.fingerprint)

    def take(self, member: Member, sha256: str) -> None:
        """Take *sha256* for the digest of *member*'s bytes."""
        self._sha256[member.path] = sha256

    def sha256_of(self, path: str) -> str:
        """Return the digest of the member *path*, which was read or taken."""
        return self._sha256[path]

    def read(self, member: Member) -> Iterator[bytes]:
        """
        Yield the bytes of *member*, CHUNK_BYTES at a time. Its digest is known when all are read.

        Raises:
            ArtifactError: the file cannot be read, or changed.
        """
        large = member.fingerprint is not None and member.size >= LARGE_BYTES
        worth_noting = large and self._index is not None and member.sync()
        digest = hashlib.sha256()
        for chunk in member.chunks():
            digest.update(chunk)
            yield chunk
        self.take(member, digest.hexdigest())
        if worth_noting and self._index is not None and member.fingerprint is not None:
            self._index.note(member.fingerprint, digest.hexdigest())

    def content_sha256(self, members: Iterable[Member]) -> str:
        """
        Return the content's digest; read what was neither read nor is known.

        Raises:
            ArtifactError: a file cannot be read, or changed.
        """
        members = sorted(members, key=lambda member: member.path)
        self._read_unknown([member for member in members if member.path not in self._sha256])
        listing = hashlib.sha256()
        for member in members:
            mode = "755" if member.executable else "644"
            listing.update(f"{mode} {self._sha256[member.path]} {member.path}\0".encode())
        return listing.hexdigest()

    def _read_unknown(self, members: Iterable[Member]) -> None:
        unknown = []
        for member in members:
            known = self.known_sha256(member)
            if known is None:
                unknown.append(member)
            else:
                self.take(member, known)
        with Progress("reading", sum(member.size for member in unknown)) as shown:
            for member in unknown:
                for chunk in self.read(member):
                    shown.advance(len(chunk))


def shape_sha256(members: Iterable[Member]) -> str:
    """Return a digest of the paths, sizes and modes, which is known without reading anything."""
    lines = sorted(f"{member.path}\0{member.size}\0{member.executable}" for member in members)
    return hashlib.sha256("\0\0".join(lines).encode()).hexdigest()
