"""Links in a folder: followed where they end inside it."""

import os
import tarfile
from pathlib import Path

import pytest

from lmi.artifact import Artifact, bundle, load_artifact
from lmi.artifact.folder import read_folder
from lmi.errors import ArtifactError

MANIFEST = "image: 0.20.0-deepspeed0.7.5-cu116\n"


@pytest.fixture(name="folder")
def _folder(tmp_path: Path) -> Path:
    return make(tmp_path / "gpt-j")


def make(folder: Path) -> Path:
    folder.mkdir(parents=True)
    (folder / "artifact.yaml").write_text(MANIFEST)
    return folder


def unpacked(artifact: Artifact, tmp_path: Path) -> dict[str, bytes]:
    bundle(artifact, tmp_path / "out.tar.gz")
    with tarfile.open(tmp_path / "out.tar.gz") as archive:
        return {
            member.name: file.read()
            for member in archive
            if member.isreg() and (file := archive.extractfile(member)) is not None
        }


def refusals(folder: Path) -> list[str]:
    return [str(problem).removeprefix(f"{folder}/") for problem in read_folder(folder).problems]


def test_what_links_inside_lead_to_is_packed_in_their_place(folder: Path, tmp_path: Path) -> None:
    (folder / "weights").mkdir()
    (folder / "weights" / "a.bin").write_bytes(b"a")
    (folder / "file.bin").symlink_to("weights/a.bin")
    (folder / "again.bin").symlink_to("file.bin")
    (folder / "absolute.bin").symlink_to(folder / "weights" / "a.bin")
    (folder / "copy").symlink_to("weights")
    (folder / "round.bin").symlink_to("../gpt-j/weights/a.bin")
    names = ("absolute.bin", "again.bin", "copy/a.bin", "file.bin", "round.bin", "weights/a.bin")
    assert unpacked(load_artifact(folder), tmp_path) == {f"gpt-j/{name}": b"a" for name in names}


def test_a_link_to_what_is_left_out_is_packed(folder: Path, tmp_path: Path) -> None:
    (folder / ".blobs").mkdir()
    (folder / ".blobs" / "1").write_bytes(b"w")
    (folder / "weights.bin").symlink_to(".blobs/1")
    assert unpacked(load_artifact(folder), tmp_path) == {"gpt-j/weights.bin": b"w"}


def test_a_snapshot_of_a_hugging_face_cache_is_packed_with_its_blobs(tmp_path: Path) -> None:
    repository = tmp_path / "hub" / "models--HuggingFaceTB--SmolLM2-135M"
    snapshot = make(repository / "snapshots" / "93efa2f097d58c2a74874c7e644dbc9b0cee75a2")
    (repository / "blobs").mkdir()
    for name, blob in (("config.json", "0a"), ("onnx/model.onnx", "0b")):
        (repository / "blobs" / blob).write_text(name)
        (snapshot / name).parent.mkdir(exist_ok=True)
        up = "../" * (2 + name.count("/"))
        (snapshot / name).symlink_to(f"{up}blobs/{blob}")
    prefix = snapshot.name
    assert unpacked(load_artifact(snapshot), tmp_path) == {
        f"{prefix}/config.json": b"config.json",
        f"{prefix}/onnx/model.onnx": b"onnx/model.onnx",
    }


def test_fails_on_blobs_of_another_repository_and_of_no_cache(tmp_path: Path) -> None:
    for place in ("models--a--b/snapshots/1", "models--a--b/other/1", "models/snapshots/1"):
        snapshot = make(tmp_path / place)
        (snapshot.parent.parent / "blobs").mkdir(exist_ok=True)
        (snapshot.parent.parent / "blobs" / "x").touch()
        (tmp_path / "models--c--d" / "blobs").mkdir(parents=True, exist_ok=True)
        (tmp_path / "models--c--d" / "blobs" / "x").touch()
        (snapshot / "other").symlink_to("../../../models--c--d/blobs/x")
        if place != "models--a--b/snapshots/1":
            (snapshot / "own").symlink_to("../../blobs/x")
        found = refusals(snapshot)
        assert found
        assert all("leads out of the folder" in refusal for refusal in found)
        assert len(found) == len([path for path in snapshot.iterdir() if path.is_symlink()])


def test_fails_on_a_link_out_by_way_of_a_link_inside(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("x")
    (folder / "up").mkdir()
    (folder / "up" / "here").symlink_to("../..")
    (folder / "file").symlink_to("up/here/secret")
    assert refusals(folder) == [
        "file: a link (to 'up/here/secret') leads out of the folder; put the file or folder itself "
        "there",
        "up/here: a link (to '../..') leads out of the folder; put the file or folder itself there",
    ]


def test_a_folder_whose_name_only_begins_alike_is_outside(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "gpt-j-2").mkdir()
    (tmp_path / "gpt-j-2" / "a").touch()
    (folder / "a").symlink_to("../gpt-j-2/a")
    assert len(refusals(folder)) == 1


def test_fails_on_links_that_lead_to_nothing_or_round(folder: Path) -> None:
    (folder / "a").symlink_to("none")
    (folder / "b").symlink_to("b")
    (folder / "c").symlink_to("d")
    (folder / "d").symlink_to("c")
    (folder / "e").symlink_to("artifact.yaml/x")
    assert refusals(folder) == [
        "a: a link (to 'none') leads to nothing; remove it, or put the file there",
        "b: a link (to 'b') leads round in a circle; remove it",
        "c: a link (to 'd') leads round in a circle; remove it",
        "d: a link (to 'c') leads round in a circle; remove it",
        "e: a link (to 'artifact.yaml/x') leads to nothing; remove it, or put the file there",
    ]


def test_fails_on_links_back_to_a_folder_above(folder: Path) -> None:
    (folder / "a" / "b").mkdir(parents=True)
    (folder / "a" / "b" / "self").symlink_to(".")
    (folder / "a" / "top").symlink_to("..")
    (folder / "c").mkdir()
    (folder / "c" / "to-d").symlink_to("../d")
    (folder / "d").mkdir()
    (folder / "d" / "to-c").symlink_to("../c")
    rest = "leads back to a folder above it; remove it"
    assert refusals(folder) == [
        f"a/b/self: a link (to '.') {rest}",
        f"a/top: a link (to '..') {rest}",
        f"c/to-d/to-c: a link (to '../c') {rest}",
        f"d/to-c/to-d: a link (to '../d') {rest}",
    ]


def test_fails_on_a_few_folders_that_links_make_endless(folder: Path) -> None:
    for number in range(40):
        (folder / f"d{number}").mkdir()
        for name in ("left", "right"):
            (folder / f"d{number}" / name).symlink_to(f"../d{number + 1}")
    (folder / "d40").mkdir()
    problems = read_folder(folder, most_entries=5000).problems
    assert [problem.message for problem in problems] == ["holds more than 5,000 files and folders"]


def test_a_hundred_thousand_files_are_read(folder: Path) -> None:
    (folder / "shards").mkdir()
    for number in range(1000):
        (folder / "shards" / str(number)).touch()
    for number in range(99):
        (folder / f"copy{number}").symlink_to("shards")
    contents = read_folder(folder)
    assert contents.problems == ()
    assert len({file.name for file in contents.files}) == 100_000


def test_fails_where_a_link_leads_elsewhere_since_the_folder_was_read(
    folder: Path, tmp_path: Path
) -> None:
    (folder / "a").write_bytes(b"1")
    (folder / "b").write_bytes(b"2")
    (folder / "link").symlink_to("a")
    artifact = load_artifact(folder)
    os.unlink(folder / "link")
    (folder / "link").symlink_to("b")
    with pytest.raises(ArtifactError, match="link: the file changed while the artifact was read"):
        bundle(artifact, tmp_path / "x.tar.gz")
    assert not (tmp_path / "x.tar.gz").exists()
