"""A model.tar.gz is a stranger's until it is unpacked."""

import gzip
import io
import stat
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from lmi.local.hosting.fetch import ModelData
from lmi.local.hosting.unpack import Room, UnpackFailed, unpack


def member(name: str, content: bytes = b"", **fields: object) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.size = len(content)
    for key, value in fields.items():
        setattr(info, key, value)
    return info, content


def tar(*members: tuple[tarfile.TarInfo, bytes], format: int = tarfile.PAX_FORMAT) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=format) as archive:
        for info, content in members:
            archive.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


def data(content: bytes, part: int = 1000) -> ModelData:
    parts = [content[start : start + part] for start in range(0, len(content), part)]
    return ModelData(parts, lambda: None)


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "model"


def test_files_and_folders_have_their_content(store: Path) -> None:
    content = tar(
        member("./", type=tarfile.DIRTYPE),
        member("./gpt-j/", type=tarfile.DIRTYPE),
        member("./gpt-j/serving.properties", b"engine=Python\n"),
        member("deep/below/weights.bin", b"w" * 5000),
    )

    names = unpack(data(gzip.compress(content)), store)

    assert names == ("gpt-j/serving.properties", "deep/below/weights.bin")
    assert (store / "gpt-j/serving.properties").read_bytes() == b"engine=Python\n"
    assert (store / "deep/below/weights.bin").read_bytes() == b"w" * 5000


def test_a_name_too_long_for_a_plain_header_is_kept(store: Path) -> None:
    name = "/".join(["n" * 120] * 3)

    for format in (tarfile.PAX_FORMAT, tarfile.GNU_FORMAT):
        folder = store / str(format)
        assert unpack(data(gzip.compress(tar(member(name, b"x"), format=format))), folder) == (
            name,
        )


def test_several_gzip_members_are_one_archive(store: Path) -> None:
    content = tar(member("model.py", b"x" * 3000))

    unpack(data(gzip.compress(content[:700]) + gzip.compress(content[700:])), store)

    assert (store / "model.py").stat().st_size == 3000


def test_nothing_in_the_model_store_can_be_written(store: Path) -> None:
    unpack(data(gzip.compress(tar(member("a/run.sh", b"x", mode=0o700), member("b.txt")))), store)

    modes = {
        str(path.relative_to(store)): stat.S_IMODE(path.stat().st_mode)
        for path in (store, *store.rglob("*"))
    }
    assert modes == {".": 0o555, "a": 0o555, "a/run.sh": 0o555, "b.txt": 0o444}


@pytest.mark.parametrize(
    ("hostile", "names"),
    [
        (member("link", type=tarfile.SYMTYPE, linkname="/etc/passwd"), "'link' is a symbolic link"),
        (member("link", type=tarfile.LNKTYPE, linkname="model.py"), "'link' is a hard link"),
        (member("tty", type=tarfile.CHRTYPE), "'tty' is a character device"),
        (member("disk", type=tarfile.BLKTYPE), "'disk' is a block device"),
        (member("pipe", type=tarfile.FIFOTYPE), "'pipe' is a named pipe"),
        (member("odd", type=b"Z"), "'odd' is neither a file nor a folder"),
        (member("/etc/cron", b"x"), "'/etc/cron' is an absolute path"),
        (member("../out", b"x"), "'../out' leads out of the model store"),
        (member("a/../../out", b"x"), "'a/../../out' leads out of the model store"),
        (member("..", type=tarfile.DIRTYPE), "'..' leads out of the model store"),
        (member(".", b"x"), "'.' is not a file name"),
        (member("model.py", b"y"), "'model.py' is in the archive twice"),
        (member("./model.py", b"y"), "'./model.py' is in the archive twice"),
        (member("model.py/", type=tarfile.DIRTYPE), "'model.py' is in the archive twice"),
        (member("model.py/x", b"y"), "'model.py/x' is in a folder that is a file"),
        (member("n" * 300, b"y"), "has more than 255 bytes"),
    ],
)
def test_fails_on_a_hostile_member_and_names_it(
    store: Path, hostile: tuple[tarfile.TarInfo, bytes], names: str
) -> None:
    content = gzip.compress(tar(member("model.py", b"x"), hostile, member("after", b"x")))

    with pytest.raises(UnpackFailed) as failure:
        unpack(data(content), store)

    assert names in str(failure.value)
    assert not (store / "after").exists()
    assert {path.name for path in store.parent.iterdir()} == {"model"}


def test_a_folder_may_be_named_twice(store: Path) -> None:
    folder = member("a/", type=tarfile.DIRTYPE)

    unpack(data(gzip.compress(tar(folder, folder, member("a/b", b"x")))), store)

    assert (store / "a/b").is_file()


GOOD = tar(member("model.py", b"x" * 4000), member("weights", bytes(range(256)) * 40))


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "not a tar file"),
        (b"PK\3\4 a zip file, whatever its name", "not gzip-compressed"),
        (GOOD, "not gzip-compressed"),
        (gzip.compress(b"not a tar file" * 100), "not a tar file"),
        (gzip.compress(b""), "not a tar file"),
        (gzip.compress(GOOD)[:-8], "ends too early"),
        (gzip.compress(GOOD)[:120], "ends too early"),
        (gzip.compress(GOOD)[:-8] + b"\0" * 8, "not gzip-compressed"),
        (gzip.compress(GOOD + bytes(3 << 20))[:-8] + b"\0" * 8, "not gzip-compressed"),
        (gzip.compress(GOOD[:2000]), "ends too early"),
        (gzip.compress(GOOD[:4700]), "ends too early"),
        (gzip.compress(GOOD[:4608] + b"garbage!" * 64 + GOOD[5120:]), "damaged"),
    ],
    ids=[
        "empty",
        "zip",
        "plain tar",
        "gzip of something else",
        "gzip of nothing",
        "without gzip's checksum",
        "gzip cut short",
        "wrong checksum",
        "wrong checksum after much padding",
        "tar cut in a file",
        "tar cut in a header",
        "tar damaged in a header",
    ],
)
def test_fails_on_what_is_not_a_whole_gzip_tar(store: Path, content: bytes, says: str) -> None:
    with pytest.raises(UnpackFailed, match=says):
        unpack(data(content), store)


@pytest.mark.parametrize("room", [Room(bytes=4999, files=9), Room(bytes=10**9, files=1)])
def test_fails_before_the_disk_is_full(store: Path, room: Room) -> None:
    content = gzip.compress(tar(member("small", b"x"), member("weights", b"x" * 4999)))

    with pytest.raises(UnpackFailed, match=r"'weights' .* does not fit on this host's disk"):
        unpack(data(content), store, room=lambda _: room)

    assert not (store / "weights").exists()


def test_fails_on_a_header_that_would_fill_the_memory(store: Path) -> None:
    huge = member("x", b"", type=tarfile.XHDTYPE)[0]
    huge.size = 1 << 32
    zeros = gzip.compress(huge.tobuf(tarfile.USTAR_FORMAT) + bytes(64 << 20))

    with pytest.raises(UnpackFailed, match="a member's header has more than"):
        unpack(data(zeros), store)


def test_fails_on_a_negative_size(store: Path) -> None:
    info = member("model.py")[0]
    info.size = -512
    content = gzip.compress(info.tobuf(tarfile.GNU_FORMAT) + bytes(1024))

    with pytest.raises(UnpackFailed, match=r"negative size|not a tar file"):
        unpack(data(content), store)


def test_reading_stops_when_it_is_told_to(store: Path) -> None:
    class Stop(Exception):
        pass

    calls: list[int] = []

    def check() -> None:
        calls.append(1)
        if len(calls) > 2:
            raise Stop

    content = gzip.compress(tar(member("model.py", b"x" * 10**6)), compresslevel=0)
    parts = [content[start : start + 1000] for start in range(0, len(content), 1000)]

    with pytest.raises(Stop):
        unpack(ModelData(parts, check), store)


def test_the_stream_is_read_part_by_part() -> None:
    taken: list[bytes] = []

    def source() -> Iterator[bytes]:
        for part in (b"abc", b"", b"defg"):
            taken.append(part)
            yield part

    stream = ModelData(source(), lambda: None)

    assert stream.read(2) == b"ab"
    assert taken == [b"abc"]
    assert stream.read(2) == b"c"
    assert stream.read() == b"defg"
    assert stream.read(1) == b""
