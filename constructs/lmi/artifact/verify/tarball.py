"""What was found in a tarball."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lmi.artifact.content import ContentReader
from lmi.artifact.member import Member
from lmi.artifact.verify.refusal import Refusal


@dataclass(frozen=True, kw_only=True, slots=True)
class TarMember:
    """A file that would lie in the model store."""

    path: str
    """In the model store, with `/`."""

    size: int
    """Bytes."""

    executable: bool
    """Whether its owner may execute it."""

    sha256: str
    """Of its bytes."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Tarball:
    """What was found in a tarball."""

    path: Path

    compressed_bytes: int
    """Of the file."""

    members: tuple[TarMember, ...]
    """The files that would be unpacked, in the order of the archive."""

    folders: frozenset[str]
    """Paths of the folders, those that only stand above a file among them."""

    refusals: tuple[Refusal, ...]
    """What is wrong, in the order of the archive."""

    is_whole: bool
    """Whether it was read to its end."""

    texts: Mapping[str, bytes] = field(repr=False, hash=False)
    """The content of the files that were kept, by path: small ones that may be text."""

    @property
    def unpacked_bytes(self) -> int:
        """The size of the files."""
        return sum(member.size for member in self.members)

    @property
    def content_sha256(self) -> str | None:
        """
        The digest that tells whether two tarballs hold the same: that of `lmi bundle`.

        None where members are refused or not named in UTF-8, or it was not read to its end.
        """
        if not self.is_whole or any(refusal.topic != "end" for refusal in self.refusals):
            return None
        reader, members = ContentReader(), []
        for each in self.members:
            member = Member(
                path=each.path, size=each.size, executable=each.executable, source=self.path
            )
            reader.take(member, each.sha256)
            members.append(member)
        try:
            return reader.content_sha256(members)
        except UnicodeEncodeError:
            return None

    @property
    def root(self) -> str | None:
        """
        The folder that all lies in, if there is one; None: a flat layout.

        As DJL's `Utils.getNestedModelDir`: the only name at the top that is not hidden.
        """
        top = {path.partition("/")[0] for path in (*self.folders, *self._paths())}
        visible = [name for name in top if not name.startswith(".")]
        return visible[0] if len(visible) == 1 and visible[0] in self.folders else None

    def _paths(self) -> list[str]:
        return [member.path for member in self.members]
