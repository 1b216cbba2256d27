"""A tarball is a stranger's: all that is wrong with it is told, and nothing of it is trusted."""

import gzip
import tarfile
import tracemalloc
from pathlib import Path
from typing import Literal

import pytest

from lmi.artifact.folder import MOST_ENTRIES
from lmi.artifact.verify import scan
from lmi.artifact.verify.scan import Limits
from lmi.local.hosting.unpack import UnpackFailed, unpack
from tests.unit.tarballs import member, small_files, tar, write


@pytest.mark.parametrize(
    ("hostile", "topic", "message"),
    [
        (
            member("link", type=tarfile.SYMTYPE, linkname="/etc/passwd"),
            "link",
            "'link' is a symbolic link to '/etc/passwd', out of the model store",
        ),
        (
            member("a/link", type=tarfile.SYMTYPE, linkname="../../etc"),
            "link",
            "'a/link' is a symbolic link to '../../etc', out of the model store",
        ),
        (
            member("a/link", type=tarfile.SYMTYPE, linkname="../model.py"),
            "link",
            "'a/link' is a symbolic link to '../model.py'; pack",
        ),
        (
            member("a/self", type=tarfile.SYMTYPE, linkname="self"),
            "link",
            "'a/self' is a symbolic link to 'self'; pack",
        ),
        (
            member("a/b/hard", type=tarfile.LNKTYPE, linkname="model.py"),
            "link",
            "'a/b/hard' is a hard link to 'model.py'; pack",
        ),
        (
            member("hard", type=tarfile.LNKTYPE, linkname="../etc/shadow"),
            "link",
            "'hard' is a hard link to '../etc/shadow', out of the model store",
        ),
        (
            member("a/hard", type=tarfile.LNKTYPE, linkname="../model.py"),
            "link",
            "'a/hard' is a hard link to '../model.py', out of the model store",
        ),
        (member("tty", type=tarfile.CHRTYPE), "special", "'tty' is a character device"),
        (member("disk", type=tarfile.BLKTYPE), "special", "'disk' is a block device"),
        (member("pipe", type=tarfile.FIFOTYPE), "special", "'pipe' is a named pipe"),
        (member("odd", b"data", type=b"Z"), "special", "'odd' is neither a file nor a folder"),
        (member("/etc/cron", b"x"), "path", "'/etc/cron' is an absolute path"),
        (member("../out", b"x"), "path", "'../out' leads out of the model store"),
        (member("a/../../out", b"x"), "path", "'a/../../out' leads out of the model store"),
        (member("..", type=tarfile.DIRTYPE), "path", "'..' leads out of the model store"),
        (member(".", b"x"), "path", "'.' is not a file name"),
        (member("n" * 256, b"x"), "path", "has more than 255 bytes"),
        (member("ü" * 128, b"x"), "path", "has more than 255 bytes"),
        (member("漢" * 86, b"x"), "path", "has more than 255 bytes"),
        (member("😀" * 64, b"x"), "path", "has more than 255 bytes"),
        (member("/".join(["n" * 200] * 21), b"x"), "path", "has more than 4095 bytes in all"),
        (member("model.py", b"y"), "duplicate", "'model.py' is in the archive twice"),
        (member("./model.py", b"y"), "duplicate", "'./model.py' is in the archive twice"),
        (member("model.py/", type=tarfile.DIRTYPE), "duplicate", "is in the archive twice"),
        (member("model.py/x", b"y"), "duplicate", "is in a folder that is a file"),
        (member("w", b"y"), "duplicate", "'w' is in the archive twice"),
    ],
)
def test_a_hostile_member_is_named_as_hosting_names_it_and_the_others_are_read(
    tmp_path: Path, hostile: tuple[tarfile.TarInfo, bytes], topic: str, message: str
) -> None:
    content = tar(member("model.py", b"x"), member("w/1", b"x"), hostile, member("z", b"z"))
    path = write(tmp_path / "x.tar.gz", content)
    found = scan(path)
    (refusal,) = found.refusals
    with path.open("rb") as file, pytest.raises(UnpackFailed) as failure:
        unpack(file, tmp_path / "model")
    assert str(failure.value) == refusal.message
    assert refusal.topic == topic
    assert message in refusal.message
    assert found.is_whole
    assert [each.path for each in found.members] == ["model.py", "w/1", "z"]
    assert found.content_sha256 is None


def test_a_name_of_255_bytes_is_one(tmp_path: Path) -> None:
    content = tar(member("n" * 255, b"x"), member(f"a/{'ü' * 127}", b"x"))
    for format in (tarfile.PAX_FORMAT, tarfile.GNU_FORMAT):
        content = tar(member("n" * 255, b"x"), member(f"a/{'ü' * 127}", b"x"), format=format)
        found = scan(write(tmp_path / "x.tar.gz", content))
        assert found.refusals == ()
        assert [each.path for each in found.members] == ["n" * 255, f"a/{'ü' * 127}"]


def test_a_folder_may_be_named_twice_and_after_what_is_in_it(tmp_path: Path) -> None:
    folder = member("a/", type=tarfile.DIRTYPE)
    content = tar(folder, member("b/x", b"x"), folder, member("b/", type=tarfile.DIRTYPE))
    assert scan(write(tmp_path / "x.tar.gz", content)).refusals == ()


def test_of_very_many_only_some_are_listed(tmp_path: Path) -> None:
    links = (member(f"l{n}", type=tarfile.SYMTYPE, linkname="/x") for n in range(1020))
    found = scan(write(tmp_path / "x.tar.gz", tar(*links)))
    assert len(found.refusals) == 21
    assert found.refusals[-1].message == "and 1,000 more of the kind"


def test_a_name_that_would_speak_to_the_terminal_is_quoted(tmp_path: Path) -> None:
    link = member("\x1b[2J", type=tarfile.SYMTYPE, linkname="\x07")
    (refusal,) = scan(write(tmp_path / "x.tar.gz", tar(link))).refusals
    assert refusal.message.startswith("'\\x1b[2J' is a symbolic link to '\\x07'")
    assert refusal.message.isprintable()


def test_a_hundred_thousand_small_files_are_read(tmp_path: Path) -> None:
    path = write(tmp_path / "x.tar.gz", small_files(100_000), level=1)
    found = scan(path)
    assert (found.is_whole, found.refusals, len(found.members)) == (True, (), 100_000)
    assert found.unpacked_bytes == 100_000


def test_a_bomb_is_not_unpacked_to_its_end(tmp_path: Path) -> None:
    zeros = tar(member("bomb", bytes(30 << 20)), member("after", b"x"))
    found = scan(write(tmp_path / "x.tar.gz", zeros), Limits(free_bytes=1 << 20))
    (refusal,) = found.refusals
    assert refusal.topic == "limit"
    assert "over 200 times as many, at 'bomb'; the rest was not read" in refusal.message
    assert (found.is_whole, found.members) == (False, ())


def test_a_bomb_behind_the_end_is_not_unpacked_either(tmp_path: Path) -> None:
    content = tar(member("model.py", b"x")) + bytes(30 << 20)
    found = scan(write(tmp_path / "x.tar.gz", content), Limits(free_bytes=1 << 20))
    assert [refusal.topic for refusal in found.refusals] == ["limit"]
    assert "times as many, behind its end" in found.refusals[0].message


def test_zeros_are_no_bomb_as_long_as_they_are_few(tmp_path: Path) -> None:
    zeros = tar(member("zeros", bytes(30 << 20)))
    assert scan(write(tmp_path / "x.tar.gz", zeros)).refusals == ()


def test_a_sparse_file_counts_for_what_it_unpacks_to(tmp_path: Path) -> None:
    info, _ = member("sparse", b"", type=tarfile.GNUTYPE_SPARSE)
    header = bytearray(info.tobuf(tarfile.GNU_FORMAT))
    header[386:398] = b"%011o\0" % 0
    header[398:410] = b"%011o\0" % 0
    header[483:495] = b"%011o\0" % (6 << 30)
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    path = write(tmp_path / "x.tar.gz", bytes(header) + bytes(10240))
    (refusal,) = scan(path, Limits(free_bytes=1 << 20)).refusals
    assert refusal.topic == "limit"
    assert "at 'sparse'" in refusal.message


@pytest.mark.parametrize("format", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT])
def test_sizes_above_8_gib_are_read_and_stop_the_reading_where_it_is_too_much(
    tmp_path: Path, format: Literal[1, 2]
) -> None:
    info, _ = member("weights.bin")
    info.size = 9 << 30
    path = write(tmp_path / "x.tar.gz", info.tobuf(format) + b"w" * 4096)
    (cut,) = scan(path).refusals
    assert "ends too early" in cut.message
    (refusal,) = scan(path, Limits(bytes=8 << 30)).refusals
    assert refusal.message == (
        "the archive unpacks to more than 8,589,934,592 bytes, at 'weights.bin'; the rest was not "
        "read"
    )


def test_members_beyond_those_that_a_folder_may_have_are_not_read(tmp_path: Path) -> None:
    assert Limits().members == MOST_ENTRIES
    path = write(tmp_path / "x.tar.gz", tar(*(member(f"f{n}") for n in range(11))))
    assert scan(path, Limits(members=11)).refusals == ()
    (refusal,) = scan(path, Limits(members=10)).refusals
    assert refusal.message == "the archive has more than 10 members; the rest was not read"
    (refusal,) = scan(path, Limits(name_bytes=10)).refusals
    assert refusal.message == "the names have more than 10 bytes together; the rest was not read"


def test_a_header_that_would_fill_the_memory_is_not_held(tmp_path: Path) -> None:
    huge, _ = member("x", type=tarfile.XHDTYPE)
    huge.size = 1 << 32
    path = tmp_path / "x.tar.gz"
    path.write_bytes(gzip.compress(huge.tobuf(tarfile.USTAR_FORMAT) + bytes(64 << 20), 1))
    tracemalloc.start()
    try:
        (refusal,) = scan(path).refusals
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert refusal.topic == "damage"
    assert "header has more than" in refusal.message
    assert peak < 32 << 20


def test_global_headers_do_not_pile_up(tmp_path: Path) -> None:
    pieces = []
    for number in range(200):
        text = f" key{number}=x\n"
        record = f"{len(text) + 2}{text}".encode()
        pieces.append(member("g", record, type=tarfile.XGLTYPE))
        pieces.append(member(f"f{number}"))
    (refusal,) = scan(write(tmp_path / "x.tar.gz", tar(*pieces))).refusals
    assert refusal.message == "the archive has more than 100 global headers"
