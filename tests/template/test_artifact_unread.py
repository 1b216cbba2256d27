"""A synth of unchanged weights reads none of them, neither here nor in CDK."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import aws_cdk as cdk
import pytest

from cdk_lmi import LmiEndpoint, ModelArtifact
from lmi.artifact import Member, member_index
from tests.template.templates import new_app, write_artifact


@pytest.fixture(name="folder")
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    # Otherwise a file must have been at rest for two seconds, on a file system with a disk.
    monkeypatch.setattr(member_index, "SETTLED_NS", -(10**12))
    monkeypatch.setattr(member_index, "_devices_without_disk", set)
    folder = write_artifact(tmp_path / "tiny")
    (folder / "weights.bin").write_bytes(bytes(range(256)) * 5000)
    return folder


@pytest.fixture(name="read")
def _read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the files of the artifact that are read."""
    read = []
    chunks = Member.chunks

    def watched(member: Member) -> Iterator[bytes]:
        read.append(member.source.name)
        return chunks(member)

    monkeypatch.setattr(Member, "chunks", watched)
    return read


def synth(folder: Path, outdir: Path, options: dict[str, str | None] | None = None) -> None:
    app = new_app(outdir)
    artifact = ModelArtifact.from_directory(folder, options=options)
    LmiEndpoint(
        cdk.Stack(app, "Stack"), "Endpoint", artifact=artifact, instance_type="ml.g5.xlarge"
    )
    assert artifact.content_sha256
    app.synth()


def test_a_second_synth_reads_no_weights(folder: Path, tmp_path: Path, read: list[str]) -> None:
    synth(folder, tmp_path / "one")
    assert "weights.bin" in read
    read.clear()
    synth(folder, tmp_path / "two")
    synth(folder, tmp_path / "three", {"option.dtype": "fp16"})
    assert "weights.bin" not in read


def test_a_tarball_in_the_cache_is_not_read_after_the_staged_ones_are_gone(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synth(folder, tmp_path / "one")
    shutil.rmtree(tmp_path / "one")

    def fail(*arguments: object) -> None:
        raise AssertionError("the tarball was read")

    monkeypatch.setattr("lmi.artifact.record.hashlib.file_digest", fail)
    synth(folder, tmp_path / "two")


def test_a_staged_copy_is_kept_and_an_edited_one_is_not(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(source: Path, target: Path) -> None:
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr(os, "link", fail)
    artifact = ModelArtifact.from_directory(folder)
    app = new_app(tmp_path / "out")
    for number in range(2):
        artifact.bind(cdk.Stack(app, f"Stack{number}"))
    (staged,) = (tmp_path / "out").glob("asset.*.tar.gz")
    inode, data = staged.stat().st_ino, staged.read_bytes()
    artifact.bind(cdk.Stack(app, "Third"))
    assert staged.stat().st_ino == inode
    staged.write_bytes(data[::-1])
    artifact.bind(cdk.Stack(app, "Fourth"))
    assert staged.read_bytes() == data
