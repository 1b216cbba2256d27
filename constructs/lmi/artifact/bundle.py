"""
An artifact becomes a model.tar.gz.

The gzip header carries neither name nor time, so the same content gives the same bytes for one
version of ISA-L and one processor architecture, whatever the number of threads; across those, only
`content_sha256` is comparable.

With a cache, nothing is done twice: large files that are known to be unchanged are not read, their
blocks are copied from an earlier tarball, and a tarball that is there already is left as it is.
"""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from lmi.artifact.artifact import Artifact
from lmi.artifact.content import ContentReader, shape_sha256
from lmi.artifact.folder import is_left_out
from lmi.artifact.member_index import MemberIndex
from lmi.artifact.replacing import writable
from lmi.artifact.tarball import member_names
from lmi.artifact.termination import terminable
from lmi.artifact.unfinished import unfinished
from lmi.errors import ArtifactError

if TYPE_CHECKING:
    from lmi.artifact.packing import Packed
    from lmi.artifact.record import Record

BUNDLES = Path(".lmi", "bundles")
"""
The cache that `lmi bundle` and `cdk_lmi` use, below the working directory. Safe to delete.
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Bundle:
    """A written tarball."""

    path: Path
    bytes: int
    sha256: str
    content_sha256: str

    members: tuple[str, ...]
    """Names in the tarball, in its order, as `tar -tzf` prints them."""


def bundle(
    artifact: Artifact, target: Path, *, cache: Path | None = None, threads: int | None = None
) -> Bundle:
    """
    Write the tarball of *artifact* to *target*, and return what was written.

    *target* changes only when all is done. Memory does not grow with the artifact.

    Args:
        artifact: what goes in.
        target: a file in a folder that is there.
        cache: folder of what is known from earlier runs, which also writes *target* only if it is
            not that tarball already. Default: everything is read and packed anew.
        threads: how many blocks are packed at once. Default: one for each core.

    Raises:
        ArtifactError: a file cannot be read or changed meanwhile, *target* would become
            part of the artifact, or cannot be written.
    """
    _check_stays_out(artifact, target)
    if cache is not None:
        with contextlib.suppress(OSError):
            cache.mkdir(parents=True, exist_ok=True)
    return _bundle(artifact, target, lambda content_sha256: target, cache, threads)


def bundle_cached(artifact: Artifact, directory: Path) -> Bundle:
    """
    Return the tarball `<content_sha256>.tar.gz` in *directory*, and write it if it is not there.

    Beside it lies `<content_sha256>.json` with what is known of it. A tarball that does not match
    its record is written again. Processes that do this at once write the same bytes and replace
    each other's file as a whole.

    Raises:
        ArtifactError: as `bundle`.
    """
    _check_stays_out(artifact, directory / "new.tar.gz")
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ArtifactError(f"{directory}: cannot be made: {error.strerror}") from error
    return _bundle(
        artifact,
        directory / "new.tar.gz",
        lambda content_sha256: directory / f"{content_sha256}.tar.gz",
        directory,
        None,
    )


def _bundle(
    artifact: Artifact,
    place: Path,
    target_of: Callable[[str], Path],
    cache: Path | None,
    threads: int | None,
) -> Bundle:
    """Write the tarball to where *target_of* its digest tells, beside *place*, or find it there."""
    # Here, because what only loads artifacts needs no compressor.
    from lmi.artifact.known_tarball import find_tarball, remember_tarball
    from lmi.artifact.packing import EarlierTarballs, pack_members
    from lmi.artifact.record import records

    index = MemberIndex.open(cache) if cache is not None else None
    known = () if cache is None else tuple(records(cache))
    reader = ContentReader(index)
    content_sha256 = _content_in_advance(artifact, reader, known)
    if index is not None:
        index.save()
    if cache is not None and content_sha256 is not None:
        target = target_of(content_sha256)
        found = find_tarball(target, cache, content_sha256)
        if found is not None:
            return _described(artifact, target, found)
    with terminable(), writable(place), unfinished(place.parent) as file:
        packed = pack_members(
            artifact.members,
            file.stream,
            reader,
            earlier=None if cache is None else EarlierTarballs(cache, known),
            threads=threads,
        )
        _check_unchanged(artifact, packed.content_sha256, content_sha256)
        target = target_of(packed.content_sha256)
        status = file.become(target)
    artifact.__dict__.setdefault("content_sha256", packed.content_sha256)
    if index is not None and cache is not None:
        index.save()
        remember_tarball(target, cache, artifact.members, packed, status)
    return _described(artifact, target, packed)


def content_sha256_cached(artifact: Artifact, directory: Path) -> str:
    """
    Return `artifact.content_sha256`, and read only what *directory*, a cache, does not know.

    Raises:
        ArtifactError: a file cannot be read, or changed since the artifact was loaded.
    """
    known = vars(artifact).get("content_sha256")
    if known is None:
        index = MemberIndex.open(directory)
        known = ContentReader(index).content_sha256(artifact.members)
        index.save()
        artifact.__dict__["content_sha256"] = known
    return str(known)


def _described(artifact: Artifact, target: Path, tarball: "Packed | Record") -> Bundle:
    return Bundle(
        path=target,
        bytes=tarball.bytes,
        sha256=tarball.sha256,
        content_sha256=tarball.content_sha256,
        members=member_names(artifact.members),
    )


def _content_in_advance(
    artifact: Artifact, reader: ContentReader, known: "tuple[Record, ...]"
) -> str | None:
    """
    Return the content's digest where it was told already, or a tarball may be there that holds it;
    None where there is none, so that the files are better read once, and packed at the same time.
    """
    told = vars(artifact).get("content_sha256")
    if told is not None:
        return str(told)
    shape = shape_sha256(artifact.members)
    if any(record.shape_sha256 == shape for record in known):
        return reader.content_sha256(artifact.members)
    return None


def _check_stays_out(artifact: Artifact, target: Path) -> None:
    """Raise if *target* lies where the next tarball would pack it."""
    # The parent alone is resolved, because a link at *target* is replaced, not followed.
    place, folder = target.parent.resolve() / target.name, artifact.directory.resolve()
    if not place.is_relative_to(folder):
        return
    parts = place.relative_to(folder).parts
    if not any(is_left_out(part, "/".join(parts[:depth])) for depth, part in enumerate(parts)):
        raise ArtifactError(
            f"{target}: must not lie in the artifact's folder {artifact.directory}, because the "
            "next tarball would hold it; nothing was written, choose a place outside"
        )


def _check_unchanged(artifact: Artifact, content_sha256: str, expected: str | None) -> None:
    """Raise if the digest that others already know *artifact* by is another one."""
    if expected not in (None, content_sha256):
        raise ArtifactError(
            f"{artifact.directory}: the content changed since its digest was taken; nothing was "
            "written, run again when it is at rest"
        )
