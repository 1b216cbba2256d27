"""Reads a tarball to its end, or to where it is too much, in constant memory."""

import hashlib
import tarfile
from dataclasses import dataclass, field
from pathlib import Path

from lmi.artifact.folder import MOST_ENTRIES
from lmi.artifact.verify.gunzip import DamagedTarball
from lmi.artifact.verify.refusal import Names, Refusal, Topic, place, shown, why_refused
from lmi.artifact.verify.stream import TarballStream
from lmi.artifact.verify.tarball import Tarball, TarMember

# Where these hold a zero byte, it is no text.
_SNIFFED_BYTES = 8192
_REFUSALS_OF_A_TOPIC = 20
"""More of one kind are counted, not listed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """Where reading stops."""

    members: int = MOST_ENTRIES
    """As many as a folder may have."""

    bytes: int = 1 << 40
    """
    Unpacked. More than an instance gets in the hour that SageMaker waits at most, at 300 MB a
    second.
    """

    ratio: int = 200
    """Unpacked to compressed bytes. Weights have 1 to 2, text up to 10, deflate at most 1032."""

    free_bytes: int = 1 << 30
    """What may be unpacked at any ratio."""

    name_bytes: int = 64 << 20
    """Of all names together."""

    text_bytes: int = 8 << 20
    """Size of the largest file whose content is kept."""

    texts_bytes: int = 64 << 20
    """Of all content that is kept."""


def scan(path: Path, limits: Limits | None = None) -> Tarball:
    """
    Return what is in the tarball *path*.

    It is read as a stream, nothing is written, and memory does not grow with it.

    Args:
        path: the file, whatever it holds.
        limits: Default: those of `Limits`.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        reader = _Scan(limits=limits or Limits())
        try:
            reader.read(TarballStream(file))
        except DamagedTarball as error:
            reader.refuse("damage", str(error))
        except _TooMuch as error:
            reader.refuse("limit", f"{error}; the rest was not read")
        else:
            reader.is_whole = True
        return Tarball(
            path=path,
            compressed_bytes=path.stat().st_size,
            members=tuple(reader.members),
            folders=frozenset(reader.folders),
            refusals=reader.listed(),
            is_whole=reader.is_whole,
            texts=reader.texts,
        )


class _TooMuch(Exception):
    """A limit is reached."""


@dataclass(kw_only=True, slots=True)
class _Scan:
    limits: Limits
    members: list[TarMember] = field(default_factory=list)
    folders: set[str] = field(default_factory=set)
    texts: dict[str, bytes] = field(default_factory=dict)
    is_whole: bool = False
    _refusals: dict[Topic, list[Refusal]] = field(default_factory=dict)
    _more: dict[Topic, int] = field(default_factory=dict)
    _names: Names = field(default_factory=Names)
    _count: int = 0
    _name_bytes: int = 0
    _text_bytes: int = 0
    _declared: int = 0
    _read: int = 0

    def read(self, stream: TarballStream) -> None:
        for info in stream.members():
            self._count_in(info)
            refusal = why_refused(info)
            path = place(info.name)
            if refusal is None and path:
                refusal = self._names.add(info)
            if refusal is not None:
                self._add(refusal)
            self._member(info, path, stream, is_kept=refusal is None)
        if odd := stream.finish(lambda: self._check_ratio(stream, "behind its end")):
            self.refuse("end", odd)

    def refuse(self, topic: Topic, message: str) -> None:
        self._add(Refusal(topic=topic, message=message))

    def listed(self) -> tuple[Refusal, ...]:
        listed = [refusal for refusals in self._refusals.values() for refusal in refusals]
        for topic, more in self._more.items():
            listed.append(Refusal(topic=topic, message=f"and {more:,} more of the kind"))
        return tuple(listed)

    def _add(self, refusal: Refusal) -> None:
        refusals = self._refusals.setdefault(refusal.topic, [])
        if len(refusals) < _REFUSALS_OF_A_TOPIC:
            refusals.append(refusal)
        else:
            self._more[refusal.topic] = self._more.get(refusal.topic, 0) + 1

    def _count_in(self, info: tarfile.TarInfo) -> None:
        self._count += 1
        self._name_bytes += len(info.name)
        self._declared += max(info.size, 0) if info.isreg() else 0
        if self._count > self.limits.members:
            raise _TooMuch(f"the archive has more than {self.limits.members:,} members")
        if self._name_bytes > self.limits.name_bytes:
            raise _TooMuch(f"the names have more than {self.limits.name_bytes:,} bytes together")
        if self._declared > self.limits.bytes:
            raise _TooMuch(
                f"the archive unpacks to more than {self.limits.bytes:,} bytes, "
                f"at {shown(info.name)}"
            )

    def _member(
        self, info: tarfile.TarInfo, path: str, stream: TarballStream, *, is_kept: bool
    ) -> None:
        if info.isdir():
            if is_kept:
                self._folder(path)
            return
        digest, kept = hashlib.sha256(), is_kept and self._keeps(info)
        parts: list[bytes] = []
        for part in stream.content(info):
            digest.update(part)
            self._read += len(part)
            self._check_ratio(stream, f"at {shown(info.name)}")
            if kept:
                parts.append(part)
                kept = b"\0" not in parts[0][:_SNIFFED_BYTES]
        if not is_kept:
            return
        if kept:
            self.texts[path] = b"".join(parts)
            self._text_bytes += info.size
        self._folder(path.rpartition("/")[0])
        member = TarMember(
            path=path,
            size=info.size,
            executable=bool(info.mode & 0o100),
            sha256=digest.hexdigest(),
        )
        self.members.append(member)

    def _folder(self, path: str) -> None:
        while path and path not in self.folders:
            self.folders.add(path)
            path = path.rpartition("/")[0]

    def _keeps(self, info: tarfile.TarInfo) -> bool:
        return (
            info.size <= self.limits.text_bytes
            and self._text_bytes + info.size <= self.limits.texts_bytes
        )

    def _check_ratio(self, stream: TarballStream, where: str) -> None:
        most = max(self.limits.free_bytes, stream.compressed_bytes * self.limits.ratio)
        # A sparse file has more bytes than the archive holds of it.
        unpacked = max(stream.unpacked_bytes, self._read)
        if unpacked > most:
            raise _TooMuch(
                f"{stream.compressed_bytes:,} bytes unpack to {unpacked:,} and more, "
                f"over {self.limits.ratio} times as many, {where}"
            )
