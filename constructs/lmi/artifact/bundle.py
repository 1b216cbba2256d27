"""
An artifact becomes a model.tar.gz.

The gzip header carries neither name nor time, so the same content gives the same bytes for one
version of ISA-L and one processor architecture; across those, only `content_sha256` is comparable.
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from lmi.artifact.artifact import Artifact
from lmi.artifact.folder import is_left_out
from lmi.artifact.replacing import replacing
from lmi.artifact.tarball import member_names, tar_stream
from lmi.errors import ArtifactError

COMPRESSION_LEVEL = 3
"""
ISA-L's best: on weights still several times faster than gzip, and within a few percent of its size.
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


def bundle(artifact: Artifact, target: Path) -> Bundle:
    """
    Write the tarball of *artifact* to *target*, and return what was written.

    *target* changes only when all is done. Memory does not grow with the artifact.

    Raises:
        ArtifactError: a file cannot be read or changed meanwhile, *target* would become
            part of the artifact, or cannot be written.
    """
    from isal import isal_zlib

    _check_stays_out(artifact, target)
    # 31 writes a gzip header, with time 0 and no name.
    compressor = isal_zlib.compressobj(COMPRESSION_LEVEL, wbits=31)
    content, compressed, size = hashlib.sha256(), hashlib.sha256(), 0
    with replacing(target) as stream:
        for piece in tar_stream(artifact.members):
            content.update(piece)
            packed = compressor.compress(piece)
            compressed.update(packed)
            size += stream.write(packed)
        packed = compressor.flush()
        compressed.update(packed)
        size += stream.write(packed)
        _check_unchanged(artifact, content.hexdigest())
    return Bundle(
        path=target,
        bytes=size,
        sha256=compressed.hexdigest(),
        content_sha256=content.hexdigest(),
        members=member_names(artifact.members),
    )


def bundle_cached(artifact: Artifact, directory: Path) -> Bundle:
    """
    Return the tarball `<content_sha256>.tar.gz` in *directory*, and write it if it is not there.

    Beside it lies `<content_sha256>.json` with its size and digest. A tarball that does not match
    its record is written again. Processes that do this at once write the same bytes and replace
    each other's file as a whole.

    Raises:
        ArtifactError: as `bundle`.
    """
    target = directory / f"{artifact.content_sha256}.tar.gz"
    _check_stays_out(artifact, target)
    record = directory / f"{artifact.content_sha256}.json"
    cached = _read_cached(target, record, artifact)
    if cached is not None:
        return cached
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ArtifactError(f"{directory}: cannot be made: {error.strerror}") from error
    written = bundle(artifact, target)
    with replacing(record) as stream:
        stream.write(json.dumps({"bytes": written.bytes, "sha256": written.sha256}).encode())
    return written


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


def _check_unchanged(artifact: Artifact, content_sha256: str) -> None:
    """Raise if the digest that others already know *artifact* by is another one."""
    known = vars(artifact).get("content_sha256", content_sha256)
    if known != content_sha256:
        raise ArtifactError(
            f"{artifact.directory}: the content changed since its digest was taken; nothing was "
            "written, run again when it is at rest"
        )


def _read_cached(target: Path, record: Path, artifact: Artifact) -> Bundle | None:
    try:
        said = json.loads(record.read_bytes())
        with target.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
            size = stream.tell()
    except (OSError, ValueError):
        return None
    if said != {"bytes": size, "sha256": digest}:
        return None
    return Bundle(
        path=target,
        bytes=size,
        sha256=digest,
        content_sha256=artifact.content_sha256,
        members=member_names(artifact.members),
    )
