"""How files are cut into parts, and what checksum S3 has of them."""

import base64
import hashlib
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmi.artifact.member import Member
from lmi.errors import ArtifactError
from lmi.ops.mirror.manifest import MirroredFile, MirrorManifest
from lmi.ops.mirror.parts import (
    MOST_PARTS,
    PART_BYTES,
    Part,
    checksum_of,
    part_bytes_of,
    part_count,
    parts_of,
    read_part,
)
from lmi.s3_prefix import S3Prefix


@given(st.integers(0, 1 << 20), st.integers(1, 1 << 18))
def test_the_parts_are_the_file(size: int, part_bytes: int) -> None:
    part_bytes = part_bytes_of(size, part_bytes)
    parts = list(parts_of(size, part_bytes))
    assert [part.number for part in parts] == list(range(1, len(parts) + 1))
    assert len(parts) == part_count(size, part_bytes) <= MOST_PARTS
    ends = [part.start + part.size for part in parts]
    assert [0, *ends[:-1]] == [part.start for part in parts]
    assert ends[-1] == size
    assert all(part.size == part_bytes for part in parts[:-1])


def test_parts_grow_only_where_there_would_be_too_many() -> None:
    assert part_bytes_of(100 << 30) == PART_BYTES
    size = part_bytes_of(1 << 40)
    assert size > PART_BYTES
    assert size % (1 << 20) == 0
    assert part_count(1 << 40, size) <= MOST_PARTS


def test_the_checksum_is_that_of_s3() -> None:
    # The composite one as S3 documents it: the digest of the digests, and how many.
    one, two = hashlib.sha256(b"one").digest(), hashlib.sha256(b"two").digest()
    assert checksum_of([one]) == base64.b64encode(one).decode()
    both = base64.b64encode(hashlib.sha256(one + two).digest()).decode()
    assert checksum_of([one, two]) == f"{both}-2"


def test_fails_on_a_file_that_changed(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    path.write_bytes(b"0123456789")
    member = Member.from_file(path, "model.safetensors", path.stat())
    assert read_part(member, Part(number=2, start=4, size=4)) == b"4567"
    os.truncate(path, 5)
    with pytest.raises(ArtifactError, match="changed while"):
        read_part(member, Part(number=2, start=4, size=4))


def test_a_manifest_reads_back_and_tells_no_time() -> None:
    file = MirroredFile(
        path="model.safetensors",
        bytes=3,
        part_bytes=PART_BYTES,
        checksum_sha256="abc",
        sha256=None,
    )
    prefix = S3Prefix.parse("s3://models/gpt-j/")
    manifest = MirrorManifest(prefix=prefix, content_sha256="f" * 64, files=(file,))
    assert MirrorManifest.from_bytes(manifest.to_bytes(), prefix) == manifest
    assert manifest.to_bytes().decode() == (
        '{\n "schema": 1,\n "uri": "s3://models/gpt-j/",\n "content_sha256": "' + "f" * 64 + '",\n'
        ' "checksum_algorithm": "SHA256",\n "files": [\n  {\n   "path": "model.safetensors",\n'
        '   "bytes": 3,\n   "part_bytes": 16777216,\n   "checksum_sha256": "abc",\n'
        '   "sha256": null\n  }\n ]\n}\n'
    )
