"""Nothing is packed twice: equal weights are copied, and a tarball that is there is left."""

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from lmi.artifact import bundle, bundle_cached, known_tarball, load_artifact
from lmi.artifact.block import Block, pack
from lmi.artifact.gzip_writer import GzipWriter
from tests.unit.bundles import settle_at_once, unpacked, weights, write

FILES = {
    "artifact.yaml": b"image: 0.20.0-deepspeed0.7.5-cu116\n",
    "serving.properties": b"engine=DeepSpeed\n",
    "one.safetensors": weights(1_300_000),
    "two.safetensors": weights(600_000, 2),
}
OVERRIDES = {"option.dtype": "fp16"}


@pytest.fixture(name="directory")
def _directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    settle_at_once(monkeypatch)
    (tmp_path / "cache").mkdir()
    return write(tmp_path / "gpt-j", FILES)


@pytest.fixture(name="packed", autouse=True)
def _packed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Sizes of the blocks that are packed."""
    packed = []

    def watched(data: Sequence[bytes]) -> Block:
        block = pack(data)
        packed.append(block.size)
        return block

    constructor = GzipWriter.__init__
    monkeypatch.setattr(
        GzipWriter,
        "__init__",
        lambda self, stream, **options: constructor(self, stream, **options, pack=watched),
    )
    return packed


def test_other_options_copy_the_blocks_of_equal_weights(
    directory: Path, tmp_path: Path, packed: list[int]
) -> None:
    bundle_cached(load_artifact(directory), tmp_path / "cache")
    assert sum(packed) > 1_900_000
    packed.clear()
    second = bundle_cached(load_artifact(directory, OVERRIDES), tmp_path / "cache")
    assert sum(packed) < 20_000
    anew = bundle(load_artifact(directory, OVERRIDES), tmp_path / "anew.tar.gz")
    assert second.path.read_bytes() == anew.path.read_bytes()
    assert (second.sha256, second.bytes) == (anew.sha256, anew.bytes)
    assert unpacked(second.path)["gpt-j/serving.properties"].endswith(b"option.dtype=fp16\n")


def test_one_changed_file_of_many_is_packed_alone(
    directory: Path, tmp_path: Path, packed: list[int]
) -> None:
    bundle_cached(load_artifact(directory), tmp_path / "cache")
    packed.clear()
    (directory / "two.safetensors").write_bytes(weights(600_000, 3))
    (directory / "a.txt").write_bytes(b"moves what is behind it")
    second = bundle_cached(load_artifact(directory), tmp_path / "cache")
    assert 600_000 < sum(packed) < 620_000
    anew = bundle(load_artifact(directory), tmp_path / "anew.tar.gz")
    assert second.path.read_bytes() == anew.path.read_bytes()


@pytest.mark.parametrize("damage", ["byte", "cut", "gone"])
def test_damaged_blocks_are_not_copied(
    directory: Path, tmp_path: Path, packed: list[int], damage: str
) -> None:
    first = bundle_cached(load_artifact(directory), tmp_path / "cache")
    expected = bundle(load_artifact(directory, OVERRIDES), tmp_path / "anew.tar.gz")
    packed.clear()
    data = bytearray(first.path.read_bytes())
    if damage == "byte":
        # In the second large file, so that the first can be copied.
        data[-100_000] ^= 1
        first.path.write_bytes(data)
    elif damage == "cut":
        first.path.write_bytes(data[: len(data) // 2])
    else:
        first.path.unlink()
    second = bundle_cached(load_artifact(directory, OVERRIDES), tmp_path / "cache")
    assert second.path.read_bytes() == expected.path.read_bytes()
    assert second.sha256 == expected.sha256
    assert sum(packed) > 600_000


def test_blocks_of_another_compression_are_not_copied(
    directory: Path, tmp_path: Path, packed: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("packing", "known_tarball"):
        monkeypatch.setattr(f"lmi.artifact.{module}.compression", lambda: "1 isal 1.0 mips")
    old = bundle_cached(load_artifact(directory), tmp_path / "cache")
    monkeypatch.undo()
    inode = old.path.stat().st_ino
    assert bundle_cached(load_artifact(directory), tmp_path / "cache").path.stat().st_ino != inode


def test_an_output_that_is_there_is_left(
    directory: Path, tmp_path: Path, packed: list[int]
) -> None:
    target, cache = tmp_path / "x.tar.gz", tmp_path / "cache"
    first = bundle(load_artifact(directory), target, cache=cache)
    inode = target.stat().st_ino
    packed.clear()
    assert bundle(load_artifact(directory), target, cache=cache) == first
    assert (target.stat().st_ino, packed) == (inode, [])
    elsewhere = bundle(load_artifact(directory), tmp_path / "y.tar.gz", cache=cache)
    assert elsewhere.sha256 == first.sha256
    assert sum(packed) < 20_000


@pytest.mark.parametrize("change", ["other", "same size", "link", "time put back"])
def test_an_output_that_was_changed_is_written_again(
    directory: Path, tmp_path: Path, change: str
) -> None:
    target, cache = tmp_path / "x.tar.gz", tmp_path / "cache"
    bundle(load_artifact(directory), target, cache=cache)
    status, data = target.stat(), target.read_bytes()
    match change:
        case "other":
            bundle(load_artifact(directory, OVERRIDES), target, cache=cache)
        case "link":
            target.rename(tmp_path / "moved")
            target.symlink_to(tmp_path / "moved")
        case _:
            target.write_bytes(data[:-1] + b"x")
            if change == "time put back":
                os.utime(target, ns=(status.st_atime_ns, status.st_mtime_ns))
    bundle(load_artifact(directory), target, cache=cache)
    assert target.read_bytes() == data
    assert not target.is_symlink()


def test_without_a_cache_nothing_is_remembered(
    directory: Path, tmp_path: Path, packed: list[int]
) -> None:
    for _ in range(2):
        packed.clear()
        bundle(load_artifact(directory), tmp_path / "x.tar.gz")
        assert sum(packed) > 1_900_000
    assert not list((tmp_path / "cache").iterdir())


def test_touched_files_are_read_but_not_packed(
    directory: Path, tmp_path: Path, packed: list[int]
) -> None:
    first = bundle_cached(load_artifact(directory), tmp_path / "cache")
    for path in directory.iterdir():
        os.utime(path, (1, 1))
    packed.clear()
    assert bundle_cached(load_artifact(directory), tmp_path / "cache") == first
    assert not packed


def test_links_to_the_tarball_come_and_go_without_reading_it(
    directory: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = bundle_cached(load_artifact(directory), tmp_path / "cache")

    def fail(*arguments: object) -> None:
        raise AssertionError("the tarball was read")

    monkeypatch.setattr("lmi.artifact.record.hashlib.file_digest", fail)
    for name in ("a.tar.gz", "b.tar.gz"):
        known_tarball.link_tarball(first.path, tmp_path / name)
        assert bundle_cached(load_artifact(directory), tmp_path / "cache") == first
    for name in ("a.tar.gz", "b.tar.gz"):
        (tmp_path / name).unlink()
        assert bundle_cached(load_artifact(directory), tmp_path / "cache") == first


def test_a_linked_tarball_that_was_edited_with_its_time_put_back_is_written_again(
    directory: Path, tmp_path: Path
) -> None:
    first = bundle_cached(load_artifact(directory), tmp_path / "cache")
    known_tarball.link_tarball(first.path, tmp_path / "a.tar.gz")
    status, data = first.path.stat(), first.path.read_bytes()
    with (tmp_path / "a.tar.gz").open("r+b") as file:
        file.write(b"x")
    os.utime(first.path, ns=(status.st_atime_ns, status.st_mtime_ns))
    bundle_cached(load_artifact(directory), tmp_path / "cache")
    assert first.path.read_bytes() == data


def test_the_record_of_a_tarball_that_is_gone_goes_too(directory: Path, tmp_path: Path) -> None:
    first = bundle(load_artifact(directory), tmp_path / "x.tar.gz", cache=tmp_path / "cache")
    assert len(list((tmp_path / "cache").glob("output-*.json"))) == 1
    first.path.unlink()
    bundle_cached(load_artifact(directory), tmp_path / "cache")
    assert not list((tmp_path / "cache").glob("output-*.json"))
