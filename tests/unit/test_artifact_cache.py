"""Tarballs by content: made once, and again when damaged."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from lmi.artifact import Artifact, bundle_cached, load_artifact
from lmi.artifact.record import read_record
from lmi.errors import ArtifactError


@pytest.fixture(name="artifact")
def _artifact(tmp_path: Path) -> Artifact:
    directory = tmp_path / "gpt-j"
    directory.mkdir()
    (directory / "artifact.yaml").write_text("image: 0.20.0-deepspeed0.7.5-cu116\n")
    (directory / "serving.properties").write_text("engine=DeepSpeed\n")
    (directory / "weights.bin").write_bytes(bytes(range(256)) * 5000)
    return load_artifact(directory)


def test_a_cached_tarball_is_made_once(tmp_path: Path, artifact: Artifact) -> None:
    first = bundle_cached(artifact, tmp_path / "cache")
    assert first.path == tmp_path / "cache" / f"{artifact.content_sha256}.tar.gz"
    inode = first.path.stat().st_ino
    again = bundle_cached(load_artifact(artifact.directory), tmp_path / "cache")
    assert again == first
    assert again.path.stat().st_ino == inode


@pytest.mark.parametrize("damage", ["content", "size", "record", "no record", "no file"])
def test_a_damaged_cache_entry_is_made_again(
    tmp_path: Path, artifact: Artifact, damage: str
) -> None:
    first = bundle_cached(artifact, tmp_path / "cache")
    data, record = first.path.read_bytes(), first.path.with_suffix("").with_suffix(".json")
    match damage:
        case "content":
            first.path.write_bytes(data[:-1] + b"x")
        case "size":
            first.path.write_bytes(data[:-1])
        case "record":
            record.write_bytes(b"{")
        case "no record":
            record.unlink()
        case _:
            first.path.unlink()
    assert bundle_cached(artifact, tmp_path / "cache") == first
    assert first.path.read_bytes() == data
    said = read_record(record)
    assert said is not None
    assert (said.bytes, said.sha256) == (first.bytes, first.sha256)


def test_bundling_at_once_into_one_cache_gives_one_whole_tarball(
    tmp_path: Path, artifact: Artifact
) -> None:
    with ThreadPoolExecutor(4) as pool:
        results = set(pool.map(lambda _: bundle_cached(artifact, tmp_path / "c"), range(8)))
    assert len(results) == 1
    assert not list((tmp_path / "c").glob(".*"))
    assert len(list((tmp_path / "c").glob("*.tar.gz"))) == 1
    (written,) = results
    assert hashlib.sha256(written.path.read_bytes()).hexdigest() == written.sha256


def test_fails_when_the_content_is_no_longer_that_of_a_known_digest(
    tmp_path: Path, artifact: Artifact, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(vars(artifact), "content_sha256", "0" * 64)
    with pytest.raises(ArtifactError, match="the content changed since its digest was taken"):
        bundle_cached(artifact, tmp_path / "cache")
    assert not list((tmp_path / "cache").glob("*.tar.gz"))
    assert not list((tmp_path / "cache").glob(".*"))
