"""What is found in a tarball that anybody made."""

import gzip
import hashlib
import os
import subprocess
import tarfile
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lmi.artifact import bundle, load_artifact
from lmi.artifact.verify import Tarball, scan
from lmi.artifact.verify.scan import Limits
from lmi.local.hosting.unpack import UnpackFailed, unpack
from tests.unit.tarballs import member, tar, write

GOOD = tar(
    member("gpt-j/serving.properties", b"engine=Python\n"),
    member("gpt-j/weights", bytes(range(256)) * 40),
)


def topics(tarball: Tarball) -> list[str]:
    return [refusal.topic for refusal in tarball.refusals]


def artifact(folder: Path, layout: str = "rooted") -> Path:
    (folder / "deep").mkdir(parents=True)
    (folder / "artifact.yaml").write_text(f"image: 0.20.0-deepspeed0.7.5-cu116\nlayout: {layout}\n")
    (folder / "serving.properties").write_text("engine=Python\n")
    (folder / "run.sh").write_bytes(b"#!")
    (folder / "run.sh").chmod(0o755)
    (folder / "deep" / ("ü" * 120)).write_bytes(os.urandom(3_000_000))
    return folder


@pytest.mark.parametrize("layout", ["rooted", "flat"])
def test_our_own_tarball_has_the_digest_that_the_artifact_has(tmp_path: Path, layout: str) -> None:
    loaded = load_artifact(artifact(tmp_path / "gpt-j", layout))
    written = bundle(loaded, tmp_path / "x.tar.gz")
    found = scan(tmp_path / "x.tar.gz")
    assert (found.is_whole, found.refusals) == (True, ())
    assert found.content_sha256 == written.content_sha256
    assert found.compressed_bytes == written.bytes
    assert found.root == ("gpt-j" if layout == "rooted" else None)


@pytest.mark.parametrize("options", [(), ("--format=gnu",), ("--format=pax",), ("--format=ustar",)])
def test_gnu_tars_has_the_same_digest_whatever_its_order_and_owner(
    tmp_path: Path, options: tuple[str, ...]
) -> None:
    folder = artifact(tmp_path / "gpt-j")
    if "--format=ustar" in options:
        next((folder / "deep").iterdir()).rename(folder / "deep" / "weights")
    loaded = load_artifact(folder)
    (folder / "artifact.yaml").unlink()
    subprocess.run(
        ["tar", "-czf", "x.tar.gz", *options, "--sort=none", "gpt-j"], cwd=tmp_path, check=True
    )
    found = scan(tmp_path / "x.tar.gz")
    assert (found.is_whole, found.refusals) == (True, ())
    assert found.content_sha256 == loaded.content_sha256


def test_members_have_size_mode_and_digest(tmp_path: Path) -> None:
    content = tar(
        member("./", type=tarfile.DIRTYPE),
        member("./a//run.sh", b"#!", mode=0o4700),
        member("b.bin", b"\0" * 70_000, mode=0o677),
    )
    found = scan(write(tmp_path / "x.tar.gz", content))
    assert [(each.path, each.size, each.executable) for each in found.members] == [
        ("a/run.sh", 2, True),
        ("b.bin", 70_000, False),
    ]
    assert found.members[1].sha256 == hashlib.sha256(b"\0" * 70_000).hexdigest()
    assert (found.unpacked_bytes, found.folders) == (70_002, frozenset({"a"}))


def test_texts_are_kept_and_weights_are_not(tmp_path: Path) -> None:
    content = tar(member("a.py", b"x"), member("w", b"w\0"), member("b", b"y" * 9), member("c"))
    path = write(tmp_path / "x.tar.gz", content)
    assert scan(path).texts == {"a.py": b"x", "b": b"y" * 9, "c": b""}
    assert scan(path, Limits(text_bytes=5)).texts == {"a.py": b"x", "c": b""}
    assert scan(path, Limits(texts_bytes=3)).texts == {"a.py": b"x", "c": b""}


@pytest.mark.parametrize(
    ("names", "root"),
    [
        (("gpt-j/a",), "gpt-j"),
        (("gpt-j/a", "._gpt-j", ".DS_Store"), "gpt-j"),
        (("gpt-j/a", "README"), None),
        (("a/x", "b/x"), None),
        (("a/x", "empty/"), None),
        (("a",), None),
        (("./gpt-j/a",), "gpt-j"),
        ((), None),
    ],
)
def test_the_root_is_the_only_visible_folder_at_the_top(
    tmp_path: Path, names: tuple[str, ...], root: str | None
) -> None:
    members = [
        member(name, type=tarfile.DIRTYPE) if name.endswith("/") else member(name, b"x")
        for name in names
    ]
    found = scan(write(tmp_path / "x.tar.gz", tar(*members) if members else bytes(10240)))
    assert (found.root, found.refusals) == (root, ())


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is empty"),
        (b"PK\3\4 a zip file, whatever its name", "is not gzip-compressed: it begins with b'PK"),
        (GOOD, "is not gzip-compressed"),
        (b"\x1f", "is not gzip-compressed"),
        (gzip.compress(b"not a tar file" * 100), "is not a tar file"),
        (gzip.compress(b""), "is not a tar file"),
        (gzip.compress(GOOD)[:-8], "ends too early"),
        (gzip.compress(GOOD)[:60], "ends too early"),
        (gzip.compress(GOOD)[:-8] + bytes(8), "is damaged"),
        (gzip.compress(GOOD)[:100] + b"?" * 99, "is damaged"),
        (gzip.compress(GOOD[:2000]), "ends too early"),
        (gzip.compress(GOOD[:1300]), "ends too early"),
        (gzip.compress(GOOD) + b"garbage", "bytes that are not gzip-compressed follow"),
        (gzip.compress(GOOD) + b"\x1f", "bytes that are not gzip-compressed follow"),
        (gzip.compress(GOOD) + bytes(9) + b"x" * 99, "bytes that are not gzip-compressed follow"),
    ],
)
def test_what_is_not_one_whole_gzip_tar_is_damaged_for_hosting_too(
    tmp_path: Path, data: bytes, message: str
) -> None:
    (tmp_path / "x.tar.gz").write_bytes(data)
    found = scan(tmp_path / "x.tar.gz")
    (refusal,) = found.refusals
    assert refusal.topic == "damage"
    assert message in refusal.message
    with (tmp_path / "x.tar.gz").open("rb") as file, pytest.raises(UnpackFailed) as failure:
        unpack(file, tmp_path / "model")
    assert str(failure.value) == refusal.message
    assert (found.is_whole, found.content_sha256) == (False, None)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (gzip.compress(GOOD + b"more" * 200), "further bytes follow the end"),
        (gzip.compress(GOOD) + gzip.compress(GOOD), "further bytes follow the end"),
        (gzip.compress(GOOD[: 3 * 512 + 10240]), "no end mark"),
    ],
)
def test_an_odd_end_is_told_and_does_not_change_the_digest(
    tmp_path: Path, data: bytes, message: str
) -> None:
    (tmp_path / "x.tar.gz").write_bytes(data)
    found = scan(tmp_path / "x.tar.gz")
    assert [refusal.topic for refusal in found.refusals] == ["end"]
    assert message in found.refusals[0].message
    assert (
        found.content_sha256 == scan(write(tmp_path / "y.tar.gz", GOOD)).content_sha256 is not None
    )


@pytest.mark.parametrize(
    "data",
    [
        gzip.compress(GOOD) + bytes(1000),
        gzip.compress(GOOD) + bytes(400_000),
        gzip.compress(GOOD[:700]) + gzip.compress(GOOD[700:]),
        gzip.compress(GOOD[:700]) + bytes(3) + gzip.compress(GOOD[700:]),
        gzip.compress(GOOD + bytes(100_000)),
    ],
    ids=["zeros behind", "many zeros behind", "two gzip members", "zeros between", "a long end"],
)
def test_what_gzip_and_tar_take_is_whole(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "x.tar.gz").write_bytes(data)
    found = scan(tmp_path / "x.tar.gz")
    assert (found.is_whole, found.refusals) == (True, ())


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.binary(max_size=40), st.integers(0, len(GOOD) - 1), st.booleans())
def test_no_bytes_make_it_fail(
    tmp_path_factory: pytest.TempPathFactory, patch: bytes, at: int, inside: bool
) -> None:
    path = tmp_path_factory.getbasetemp() / "fuzzed.tar.gz"
    if inside:
        write(path, GOOD[:at] + patch + GOOD[at + len(patch) :])
    else:
        data = gzip.compress(GOOD)
        at %= len(data)
        path.write_bytes(data[:at] + patch + data[at + len(patch) :])
    found = scan(path)
    assert found.is_whole or topics(found)[-1] in {"damage", "limit"}


def test_memory_does_not_grow_with_a_member(tmp_path: Path) -> None:
    content = tar(member("weights", bytes(40 << 20)))
    path = write(tmp_path / "x.tar.gz", content, level=1)
    del content
    tracemalloc.start()
    try:
        assert scan(path).unpacked_bytes == 40 << 20
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 12 << 20
