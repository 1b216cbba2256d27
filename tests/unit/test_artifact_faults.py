"""Whatever ends a bundler: under the final name there is never a part of a tarball."""

import contextlib
import errno
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO

import pytest

from lmi.artifact import Artifact, Member, bundle, bundle_cached, load_artifact, unfinished
from lmi.errors import ArtifactError
from tests.unit.bundles import unpacked, weights, write

FILES = {
    "artifact.yaml": b"image: 0.20.0-deepspeed0.7.5-cu116\n",
    "serving.properties": b"engine=DeepSpeed\n",
    "weights.bin": weights(12_000_000),
}

BUNDLER = """
import sys
import time
from pathlib import Path
from lmi.artifact import bundle, load_artifact
artifact = load_artifact(Path(sys.argv[1]))
print("ready", flush=True)
bundle(artifact, Path(sys.argv[2]), cache=Path(sys.argv[3]))
"""


@pytest.fixture(name="artifact")
def _artifact(tmp_path: Path) -> Artifact:
    return load_artifact(write(tmp_path / "gpt-j", FILES))


@pytest.fixture(name="target")
def _target(tmp_path: Path) -> Path:
    (tmp_path / "build").mkdir()
    return tmp_path / "build" / "x.tar.gz"


def start(artifact: Artifact, target: Path, cache: Path) -> "subprocess.Popen[bytes]":
    """Start a bundler in a process of its own, and return it when it begins."""
    process = subprocess.Popen(
        [sys.executable, "-c", BUNDLER, artifact.directory, target, cache], stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    return process


def test_a_bundler_that_is_killed_at_any_moment_leaves_the_old_tarball_or_the_new(
    artifact: Artifact, target: Path, tmp_path: Path
) -> None:
    seed = random.SystemRandom().randrange(2**32)
    print(f"seed {seed}")  # noqa: T201 -- shown where the test fails
    moments = random.Random(seed)  # noqa: S311
    begun = time.monotonic()
    expected = bundle(artifact, tmp_path / "expected.tar.gz").path.read_bytes()
    took = time.monotonic() - begun
    target.write_bytes(b"the old one")
    killed = 0
    for number in range(20):
        if target.read_bytes() == expected:
            target.write_bytes(b"the old one")
        process = start(artifact, target, tmp_path / f"cache{number}")
        with process:
            try:
                process.wait(moments.uniform(0, took))
            except subprocess.TimeoutExpired:
                process.kill()
        killed += process.returncode == -signal.SIGKILL
        assert target.read_bytes() in (b"the old one", expected)
        # At most what this one left: the next one has removed what the one before had left.
        assert len(list(target.parent.iterdir())) <= 2
    assert killed
    bundle(artifact, target)
    assert [path.name for path in target.parent.iterdir()] == ["x.tar.gz"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_bundler_that_is_told_to_end_leaves_nothing(
    artifact: Artifact, target: Path, number: signal.Signals
) -> None:
    with start_in_the_middle(artifact, target) as process:
        process.send_signal(number)
        assert process.wait(20) in (128 + number, -number)
    assert not list(target.parent.iterdir())


MIDDLE = """
import sys, threading
from pathlib import Path
from lmi.artifact import Member, bundle, load_artifact
chunks = Member.chunks
def stuck(member):
    if member.path.endswith("weights.bin"):
        yield b"1" * 65536
        print("middle", flush=True)
        threading.Event().wait()
    yield from chunks(member)
Member.chunks = stuck
bundle(load_artifact(Path(sys.argv[1])), Path(sys.argv[2]))
"""


@contextlib.contextmanager
def start_in_the_middle(artifact: Artifact, target: Path) -> "Iterator[subprocess.Popen[bytes]]":
    """Yield a bundler that waits in the middle of its work; kill it at the end."""
    with subprocess.Popen(
        [sys.executable, "-c", MIDDLE, artifact.directory, target],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == b"middle\n"
            assert [path.suffix for path in target.parent.iterdir()] == [".part"]
            yield process
        finally:
            process.kill()


def test_what_a_living_bundler_is_writing_is_not_taken_for_abandoned(
    artifact: Artifact, target: Path
) -> None:
    with start_in_the_middle(artifact, target) as process:
        bundle(artifact, target)
        assert len(list(target.parent.glob(".lmi-*"))) == 1
        assert process.poll() is None
    bundle(artifact, target)
    assert not list(target.parent.glob(".lmi-*"))


class FullDisk:
    """A stream that takes some bytes and no more."""

    def __init__(self, stream: IO[bytes], room: int) -> None:
        self._stream, self._room = stream, room

    def write(self, data: bytes) -> int:
        self._room -= len(data)
        if self._room < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return self._stream.write(data)

    def __getattr__(self, name: str) -> object:
        return getattr(self._stream, name)

    def __enter__(self) -> "FullDisk":
        return self

    def __exit__(self, *error: object) -> None:
        self._stream.close()


@pytest.mark.parametrize("room", [0, 5, 100_000, 10_000_000])
def test_fails_without_a_trace_on_a_full_disk(
    artifact: Artifact, target: Path, room: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    target.write_bytes(b"the old one")
    create = unfinished._create

    def full(directory: Path) -> tuple[FullDisk, Path]:
        stream, path = create(directory)
        return FullDisk(stream, room), path

    monkeypatch.setattr(unfinished, "_create", full)
    with pytest.raises(
        ArtifactError, match=r"x\.tar\.gz: cannot be written: No space left .* room"
    ):
        bundle(artifact, target)
    assert {path.name: path.read_bytes() for path in target.parent.iterdir()} == {
        "x.tar.gz": b"the old one"
    }


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_fails_without_a_trace_where_the_disk_fails_at_the_end(
    artifact: Artifact, target: Path, call: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(
        f"lmi.artifact.unfinished.{'os' if call == 'fsync' else 'Path'}.{call}", fail
    )
    with pytest.raises(ArtifactError, match=r"cannot be written: Input/output error"):
        bundle(artifact, target)
    monkeypatch.undo()
    assert not list(target.parent.iterdir())


def test_fails_when_a_file_is_cut_off_while_it_is_packed(
    artifact: Artifact, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chunks = Member.chunks

    def cut(member: Member) -> Iterator[bytes]:
        for number, chunk in enumerate(chunks(member)):
            if number == 50:
                os.truncate(member.source, 60 * 65536)
            yield chunk

    monkeypatch.setattr(Member, "chunks", cut)
    with pytest.raises(ArtifactError, match=r"weights\.bin: the file changed while"):
        bundle(artifact, target)
    assert not list(target.parent.iterdir())


def test_two_bundlers_on_one_output_leave_one_whole_tarball(
    artifact: Artifact, target: Path, tmp_path: Path
) -> None:
    for cache in ("one", "two"):
        processes = [start(artifact, target, tmp_path / cache) for _ in range(2)]
        for process in processes:
            with process:
                pass
        assert [process.returncode for process in processes] == [0, 0]
        assert [path.name for path in target.parent.iterdir()] == ["x.tar.gz"]
        assert unpacked(target)["gpt-j/weights.bin"] == FILES["weights.bin"]


def test_threads_of_one_process_may_bundle_at_once(artifact: Artifact, tmp_path: Path) -> None:
    others = [load_artifact(artifact.directory, {"option.x": str(number)}) for number in range(3)]
    with ThreadPoolExecutor(6) as pool:
        written = list(pool.map(lambda each: bundle_cached(each, tmp_path / "c"), others * 2))
    for other, result in zip(others * 2, written, strict=True):
        assert other.properties.to_bytes() == unpacked(result.path)["gpt-j/serving.properties"]


def test_a_file_that_only_looks_unfinished_is_left_while_it_is_locked(target: Path) -> None:
    with unfinished.unfinished(target.parent) as file:
        unfinished.remove_abandoned(target.parent)
        assert file.path.exists()
    assert not file.path.exists()
    (target.parent / ".lmi-abandoned.part").touch()
    (target.parent / ".lmi-folder.part").mkdir()
    unfinished.remove_abandoned(target.parent)
    assert [path.name for path in target.parent.iterdir()] == [".lmi-folder.part"]
