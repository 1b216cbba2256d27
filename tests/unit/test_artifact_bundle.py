"""The tarball: same content, same bytes, read back by tar, whole or not there."""

import hashlib
import io
import os
import subprocess
import tarfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lmi.artifact import Artifact, Member, bundle, load_artifact
from lmi.artifact.tarball import tar_parts
from lmi.errors import ArtifactError
from tests.unit.bundles import FILES, unpacked, write


@pytest.fixture(name="artifact")
def _artifact(tmp_path: Path) -> Artifact:
    return load_artifact(write(tmp_path / "gpt-j"))


def test_the_tutorials_layout_is_what_tar_lists(tmp_path: Path) -> None:
    files = {name: FILES[name] for name in ("artifact.yaml", "serving.properties")}
    target = tmp_path / "model.tar.gz"
    bundle(load_artifact(write(tmp_path / "gpt-j-6b-deepspeed", files)), target)
    listed = subprocess.run(["tar", "-tzf", target], capture_output=True, text=True, check=True)
    assert listed.stdout == "gpt-j-6b-deepspeed/\ngpt-j-6b-deepspeed/serving.properties\n"


def test_a_flat_layout_has_no_root(tmp_path: Path) -> None:
    files = {**FILES, "artifact.yaml": FILES["artifact.yaml"] + b"layout: flat\n"}
    written = bundle(load_artifact(write(tmp_path / "x", files)), tmp_path / "x.tar.gz")
    assert "serving.properties" in written.members
    assert "weights/" in written.members
    assert not any(name.startswith(("x/", "./")) for name in written.members)


def test_what_goes_in_comes_out_of_tar(tmp_path: Path, artifact: Artifact) -> None:
    written = bundle(artifact, tmp_path / "x.tar.gz")
    (tmp_path / "out").mkdir()
    subprocess.run(["tar", "-xzf", written.path, "-C", tmp_path / "out"], check=True)
    found = {
        str(path.relative_to(tmp_path / "out" / "gpt-j")): path.read_bytes()
        for path in (tmp_path / "out").rglob("*")
        if path.is_file()
    }
    assert found == {name: data for name, data in FILES.items() if name != "artifact.yaml"}


def test_the_members_are_what_tar_lists_in_its_order(tmp_path: Path, artifact: Artifact) -> None:
    written = bundle(artifact, tmp_path / "x.tar.gz")
    with tarfile.open(written.path) as archive:
        names = tuple(f"{info.name}/" if info.isdir() else info.name for info in archive)
    assert written.members == names


def test_size_and_digests_are_those_of_the_file(tmp_path: Path, artifact: Artifact) -> None:
    written = bundle(artifact, tmp_path / "x.tar.gz")
    data = written.path.read_bytes()
    assert (written.bytes, written.sha256) == (len(data), hashlib.sha256(data).hexdigest())
    assert written.content_sha256 == load_artifact(artifact.directory).content_sha256


def test_the_headers_tell_nothing_of_user_clock_or_name(tmp_path: Path, artifact: Artifact) -> None:
    (artifact.directory / "model.py").chmod(0o6711)
    written = bundle(load_artifact(artifact.directory), tmp_path / "secret-name.tar.gz")
    assert written.path.read_bytes()[:10] == bytes.fromhex("1f8b08000000000000ff")
    with tarfile.open(written.path) as archive:
        for info in archive:
            assert (info.uid, info.gid, info.uname, info.gname, info.mtime) == (0, 0, "", "", 0)
            executable = info.isdir() or info.name.endswith("model.py")
            assert info.mode == (0o755 if executable else 0o644)


def test_only_what_does_not_fit_gets_an_extended_header(artifact: Artifact) -> None:
    parts = [part for part in tar_parts(artifact.members) if isinstance(part, bytes)]
    headers = b"".join(parts).count(b"././@PaxHeader")
    assert headers == 4  # folder and file of the long path, folder and file outside ASCII


def test_two_folders_with_the_same_content_give_the_same_bytes(tmp_path: Path) -> None:
    first = write(tmp_path / "one" / "gpt-j")
    umask = os.umask(0o077)
    try:
        second = write(tmp_path / "two" / "gpt-j", dict(reversed(FILES.items())))
    finally:
        os.umask(umask)
    for path in second.rglob("*"):
        os.utime(path, (0, 12345))
    (second / "empty").mkdir()
    (second / ".hidden").write_bytes(b"x")
    a = bundle(load_artifact(first), tmp_path / "a.tar.gz")
    b = bundle(load_artifact(second), tmp_path / "elsewhere.tar.gz")
    assert a.path.read_bytes() == b.path.read_bytes()
    assert (a.content_sha256, a.members) == (b.content_sha256, b.members)


@pytest.mark.parametrize("change", ["content", "name", "executable", "override"])
def test_any_change_of_content_changes_the_digest(tmp_path: Path, change: str) -> None:
    directory = write(tmp_path / "x")
    before = load_artifact(directory).content_sha256
    options = None
    match change:
        case "content":
            (directory / "model.py").write_bytes(b"print(1)")
        case "name":
            (directory / "model.py").rename(directory / "model2.py")
        case "executable":
            (directory / "model.py").chmod(0o755)
        case _:
            options = {"option.dtype": "fp16"}
    assert load_artifact(directory, options).content_sha256 != before


@settings(max_examples=30, deadline=None)
@given(
    files=st.dictionaries(
        st.text(st.sampled_from("aé😀-x."), min_size=1, max_size=60).filter(
            lambda name: not name.startswith(".")
        ),
        st.binary(max_size=1100),
        max_size=4,
    )
)
def test_any_files_come_back_unchanged(
    files: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory
) -> None:
    directory = tmp_path_factory.mktemp("any") / "m"
    write(directory, {**files, **{"artifact.yaml": FILES["artifact.yaml"], "model.py": b""}})
    written = bundle(load_artifact(directory), directory.parent / "m.tar.gz")
    assert unpacked(written.path) == {f"m/{name}": data for name, data in files.items()} | {
        "m/model.py": b""
    }


class Torn(io.BytesIO):
    """A file that cannot be read to its end."""

    def read(self, size: int | None = -1, /) -> bytes:
        if self.tell():
            raise OSError(5, "Input/output error")
        return super().read(size)


def test_fails_without_a_trace_when_a_file_cannot_be_read_to_its_end(
    tmp_path: Path, artifact: Artifact, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "build" / "x.tar.gz"
    target.parent.mkdir()
    target.write_bytes(b"the old one")
    opened = Member.open

    def torn(member: Member) -> BinaryIO:
        return Torn(b"1") if member.path.endswith("b.bin") else opened(member)

    monkeypatch.setattr(Member, "open", torn)
    with pytest.raises(ArtifactError, match=r"b\.bin: cannot be read: Input/output error"):
        bundle(artifact, target)
    assert {path.name: path.read_bytes() for path in target.parent.iterdir()} == {
        "x.tar.gz": b"the old one"
    }


def test_fails_without_a_trace_when_it_is_interrupted(
    tmp_path: Path, artifact: Artifact, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(member: Member) -> Iterator[bytes]:
        yield b"1"
        raise KeyboardInterrupt

    monkeypatch.setattr(Member, "chunks", interrupted)
    (tmp_path / "build").mkdir()
    with pytest.raises(KeyboardInterrupt):
        bundle(artifact, tmp_path / "build" / "x.tar.gz")
    assert not list((tmp_path / "build").iterdir())


@pytest.mark.parametrize("change", ["grow", "shrink", "rewrite", "delete", "link", "pipe"])
def test_fails_when_a_file_changed_since_it_was_loaded(
    tmp_path: Path, artifact: Artifact, change: str
) -> None:
    path = artifact.directory / "weights" / "b.bin"
    data = path.read_bytes()
    match change:
        case "grow":
            path.write_bytes(data + b"1")
        case "shrink":
            path.write_bytes(data[:-1])
        case "rewrite":
            path.write_bytes(data[::-1])
            os.utime(path, ns=(0, time.time_ns()))
        case "delete":
            path.unlink()
        case "pipe":
            path.unlink()
            os.mkfifo(path)
        case _:
            path.rename(tmp_path / "b.bin")
            path.symlink_to(tmp_path / "b.bin")
    (member,) = (member for member in artifact.members if member.path.endswith("b.bin"))
    with pytest.raises(ArtifactError, match=r"b\.bin: the file changed while the artifact was"):
        member.open()
    with pytest.raises(ArtifactError, match=r"b\.bin: the file changed while the artifact was"):
        bundle(artifact, tmp_path / "x.tar.gz")
    assert not (tmp_path / "x.tar.gz").exists()


def test_fails_when_a_file_changes_while_it_is_read(artifact: Artifact) -> None:
    (member,) = (member for member in artifact.members if member.path.endswith("b.bin"))
    chunks = member.chunks()
    next(chunks)
    with member.source.open("ab") as file:
        file.write(b"1")
    with pytest.raises(ArtifactError, match="changed while the artifact was read"):
        list(chunks)


def test_fails_when_a_file_is_cut_off_while_it_is_read(artifact: Artifact) -> None:
    (member,) = (member for member in artifact.members if member.path.endswith("b.bin"))
    chunks = member.chunks()
    next(chunks)
    os.truncate(member.source, 100)
    with pytest.raises(ArtifactError, match="changed while the artifact was read"):
        list(chunks)


def test_fails_on_a_file_that_may_not_be_read(
    tmp_path: Path, artifact: Artifact, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(path: object, flags: int) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("lmi.artifact.member.os.open", refused)
    with pytest.raises(ArtifactError, match=r"π: cannot be read: Permission denied"):
        bundle(artifact, tmp_path / "x.tar.gz")


def test_fails_on_a_target_that_cannot_be_written(tmp_path: Path, artifact: Artifact) -> None:
    with pytest.raises(ArtifactError, match=r"none/x: cannot be written: No such file"):
        bundle(artifact, tmp_path / "none" / "x")
    with pytest.raises(ArtifactError, match=r"cannot be written: Is a directory"):
        bundle(artifact, tmp_path)


def test_the_tarball_has_the_mode_that_the_umask_allows(tmp_path: Path, artifact: Artifact) -> None:
    umask = os.umask(0o027)
    try:
        written = bundle(artifact, tmp_path / "x.tar.gz")
    finally:
        os.umask(umask)
    assert written.path.stat().st_mode & 0o777 == 0o640
