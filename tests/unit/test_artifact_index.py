"""What is remembered of a file is forgotten as soon as the file may be another."""

import mmap
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from lmi.artifact import Artifact, Member, bundle_cached, content_sha256_cached, load_artifact
from lmi.artifact import member_index as module
from lmi.artifact.fingerprint import Fingerprint
from lmi.artifact.member_index import MemberIndex
from tests.unit.bundles import settle_at_once, unpacked, weights, write

SIZE = 600_000
FILES = {
    "artifact.yaml": b"image: 0.20.0-deepspeed0.7.5-cu116\n",
    "serving.properties": b"engine=DeepSpeed\n",
    "weights.bin": weights(SIZE),
}
OTHER = weights(SIZE, 1)
SETTLED_NS = module.SETTLED_NS


@pytest.fixture(name="directory")
def _directory(tmp_path: Path) -> Path:
    return write(tmp_path / "gpt-j", FILES)


@pytest.fixture(name="cache")
def _cache(tmp_path: Path) -> Path:
    (tmp_path / "cache").mkdir()
    return tmp_path / "cache"


@pytest.fixture(name="read", autouse=True)
def _read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The paths of the members that are read."""
    read = []
    chunks = Member.chunks

    def watched(member: Member) -> Iterator[bytes]:
        read.append(member.path)
        return chunks(member)

    monkeypatch.setattr(Member, "chunks", watched)
    return read


def digest(directory: Path, cache: Path) -> str:
    return content_sha256_cached(load_artifact(directory), cache)


def test_a_large_file_at_rest_is_read_once(
    directory: Path, cache: Path, read: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    settle_at_once(monkeypatch)
    first = digest(directory, cache)
    assert "gpt-j/weights.bin" in read
    read.clear()
    assert digest(directory, cache) == first
    assert read == ["gpt-j/serving.properties"]


def test_a_file_that_changed_just_now_is_read_again(
    directory: Path, cache: Path, read: list[str]
) -> None:
    first = digest(directory, cache)
    read.clear()
    assert digest(directory, cache) == first
    assert "gpt-j/weights.bin" in read


def in_place(path: Path) -> None:
    with path.open("r+b") as file:
        file.write(OTHER)


def edit_and_put_the_time_back(path: Path) -> None:
    status = path.stat()
    in_place(path)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def rename_over(path: Path) -> None:
    status = path.stat()
    other = path.with_name("other")
    other.write_bytes(OTHER)
    os.utime(other, ns=(status.st_atime_ns, status.st_mtime_ns))
    other.rename(path)


def write_through_a_mapping(path: Path) -> None:
    with path.open("r+b") as file, mmap.mmap(file.fileno(), 0) as mapping:
        mapping[:] = OTHER


EDITS = [in_place, edit_and_put_the_time_back, rename_over, write_through_a_mapping]


@pytest.mark.parametrize("edit", EDITS)
@pytest.mark.parametrize("settled", [False, True], ids=["in the same tick", "at rest before"])
def test_an_edit_of_the_same_size_is_never_missed(
    directory: Path,
    cache: Path,
    edit: Callable[[Path], None],
    settled: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if settled:
        settle_at_once(monkeypatch, any_file_system=False)
    first = bundle_cached(load_artifact(directory), cache)
    if settled:
        # At rest means that the clock has moved on since.
        wait_for_the_next_tick(directory / "weights.bin")
    edit(directory / "weights.bin")
    second = bundle_cached(load_artifact(directory), cache)
    assert second.content_sha256 != first.content_sha256
    assert unpacked(second.path)["gpt-j/weights.bin"] == OTHER
    assert unpacked(first.path)["gpt-j/weights.bin"] == FILES["weights.bin"]


def wait_for_the_next_tick(path: Path) -> None:
    probe = path.parent / ".probe"
    probe.touch()
    while probe.stat().st_ctime_ns <= path.stat().st_ctime_ns:
        probe.touch()


def test_a_mapping_that_wrote_before_the_file_was_read_is_noticed_when_it_writes_again(
    directory: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle_at_once(monkeypatch, any_file_system=False)
    path = directory / "weights.bin"
    with path.open("r+b") as file, mmap.mmap(file.fileno(), 0) as mapping:
        mapping[:10] = b"1" * 10
        first = digest(directory, cache)
        wait_for_the_next_tick(path)
        # The page is in the mapping and was dirty: without a sync, no fault and no new time.
        mapping[:10] = b"2" * 10
        assert digest(directory, cache) != first


ENTRY = Fingerprint(device=1, inode=2, size=3, modified_ns=10**18, changed_ns=10**18)


@pytest.fixture(name="clock")
def _clock(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """What the clock says, in nanoseconds."""
    clock = [10**18 + SETTLED_NS + 1]
    monkeypatch.setattr(module, "_now_ns", lambda directory: clock[0])
    monkeypatch.setattr(module, "_devices_without_disk", lambda: {9})
    return clock


def test_an_entry_counts_once_the_file_had_been_at_rest(cache: Path, clock: list[int]) -> None:
    index = MemberIndex.open(cache)
    index.note(ENTRY, "a" * 64)
    index.save()
    assert MemberIndex.open(cache).sha256_of(ENTRY) == "a" * 64
    for changed in (
        replace(ENTRY, inode=3),
        replace(ENTRY, device=2),
        replace(ENTRY, size=4),
        replace(ENTRY, modified_ns=ENTRY.modified_ns - 1),
        replace(ENTRY, changed_ns=ENTRY.changed_ns - 1),
    ):
        assert MemberIndex.open(cache).sha256_of(changed) is None


@pytest.mark.parametrize("field", ["modified_ns", "changed_ns"])
def test_a_file_younger_than_the_tick_or_from_the_future_is_not_remembered(
    cache: Path, clock: list[int], field: str
) -> None:
    for nanoseconds in (10**18 + 1, 10**18 + SETTLED_NS, 10**19):
        young = replace(ENTRY, **{field: nanoseconds})
        index = MemberIndex.open(cache)
        index.note(young, "a" * 64)
        index.save()
        assert MemberIndex.open(cache).sha256_of(young) is None


def test_no_entry_counts_after_the_clock_was_set_back(cache: Path, clock: list[int]) -> None:
    index = MemberIndex.open(cache)
    index.note(ENTRY, "a" * 64)
    index.save()
    clock[0] -= 1
    assert MemberIndex.open(cache).sha256_of(ENTRY) is None


def test_nothing_is_saved_if_the_clock_was_set_back_meanwhile(
    cache: Path, clock: list[int]
) -> None:
    index = MemberIndex.open(cache)
    index.note(ENTRY, "a" * 64)
    clock[0] -= 1
    index.save()
    assert not list(cache.iterdir())


def test_a_file_system_without_a_disk_is_never_trusted(cache: Path, clock: list[int]) -> None:
    index = MemberIndex.open(cache)
    index.note(replace(ENTRY, device=9), "a" * 64)
    assert index.sha256_of(replace(ENTRY, device=9)) is None


def test_indexes_that_are_saved_at_once_keep_what_both_know(cache: Path, clock: list[int]) -> None:
    one, two, other = MemberIndex.open(cache), MemberIndex.open(cache), replace(ENTRY, inode=7)
    one.note(ENTRY, "a" * 64)
    two.note(other, "b" * 64)
    one.save()
    two.save()
    both = MemberIndex.open(cache)
    assert (both.sha256_of(ENTRY), both.sha256_of(other)) == ("a" * 64, "b" * 64)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"schema": 1, "members": [[1]]}', b"\xff"])
def test_a_damaged_index_is_an_empty_one(
    directory: Path, cache: Path, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle_at_once(monkeypatch)
    (cache / "members.index").write_bytes(content)
    expected = load_artifact(directory).content_sha256
    assert digest(directory, cache) == digest(directory, cache) == expected


def test_a_flipped_bit_in_the_index_is_noticed(
    directory: Path, cache: Path, read: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    settle_at_once(monkeypatch)
    expected = digest(directory, cache)
    path = cache / "members.index"
    data = bytearray(path.read_bytes())
    for position in range(len(data) - 1):
        damaged = data.copy()
        damaged[position] ^= 1
        path.write_bytes(damaged)
        assert MemberIndex.open(cache)._entries == {}
    read.clear()
    assert digest(directory, cache) == expected
    assert "gpt-j/weights.bin" in read


def test_the_oldest_entries_make_room(
    cache: Path, clock: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_ENTRIES", 2)
    entries = [replace(ENTRY, inode=inode) for inode in range(4)]
    for entry in entries:
        index = MemberIndex.open(cache)
        index.note(entry, "a" * 64)
        index.save()
        clock[0] += 1
    index = MemberIndex.open(cache)
    assert [index.sha256_of(entry) is None for entry in entries] == [True, True, False, False]


def test_an_index_that_cannot_be_written_is_done_without(directory: Path, tmp_path: Path) -> None:
    assert digest(directory, tmp_path / "none") == load_artifact(directory).content_sha256


def test_the_clock_is_that_of_the_file_system_where_it_is_behind(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = time.time_ns()
    monkeypatch.setattr(time, "time_ns", lambda: real + 10**12)
    assert module._now_ns(cache) < real + 10**11
    monkeypatch.setattr(time, "time_ns", lambda: real - 10**12)
    assert module._now_ns(cache) == real - 10**12


def test_a_digest_is_taken_once_from_an_artifact(
    directory: Path, cache: Path, read: list[str]
) -> None:
    artifact: Artifact = load_artifact(directory)
    written = bundle_cached(artifact, cache)
    read.clear()
    assert artifact.content_sha256 == content_sha256_cached(artifact, cache)
    assert artifact.content_sha256 == written.content_sha256
    assert not read
