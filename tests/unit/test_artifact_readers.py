"""What unpacks model.tar.gz gives back the same files."""

import os
import shutil
import subprocess
import tarfile
import zlib
from collections.abc import Mapping
from pathlib import Path

import pytest

from lmi.artifact import Member, bundle, load_artifact
from lmi.artifact.fingerprint import Fingerprint
from lmi.artifact.tarball import tar_parts
from lmi.local.hosting.fetch import ModelData
from lmi.local.hosting.unpack import unpack
from tests.unit.bundles import FILES, weights, write

CONTENTS = {
    **FILES,
    "weights/large.safetensors": weights(1_500_000),
    "weights/random.gguf": os.urandom(1_100_000),
    "n" * 255: b"as long as a name may be",
    "日本語/モデル.bin": b"beyond Latin-1",
}

COMMANDS = [name for name in ("tar", "bsdtar") if shutil.which(name)]
"""The commands that this machine has; GNU tar is on every one."""


@pytest.fixture(name="path")
def _path(tmp_path: Path) -> Path:
    directory = write(tmp_path / "m", CONTENTS)
    (directory / "model.py").chmod(0o6755)
    return bundle(load_artifact(directory), tmp_path / "m.tar.gz").path


def found(directory: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(directory)): path.read_bytes()
        for path in directory.rglob("*")
        if path.is_file()
    }


def expected() -> Mapping[str, bytes]:
    return {f"m/{name}": data for name, data in CONTENTS.items() if name != "artifact.yaml"}


@pytest.mark.parametrize("command", COMMANDS)
def test_the_tar_commands_give_back_the_files(command: str, path: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    ran = subprocess.run(
        [command, "-xzf", path, "-C", tmp_path / "out"],
        env=os.environ | {"LC_ALL": "C.UTF-8"},
        capture_output=True,
        check=True,
    )
    assert (ran.stdout, ran.stderr) == (b"", b"")
    assert found(tmp_path / "out") == expected()
    assert os.access(tmp_path / "out" / "m" / "model.py", os.X_OK)
    assert (tmp_path / "out" / "m" / "model.py").stat().st_mode & 0o7000 == 0


def test_pythons_tarfile_gives_back_the_files_under_its_strictest_filter(
    path: Path, tmp_path: Path
) -> None:
    with tarfile.open(path) as archive:
        archive.extractall(tmp_path / "out", filter="data")
    assert found(tmp_path / "out") == expected()


def test_the_embedded_hosting_gives_back_the_files(path: Path, tmp_path: Path) -> None:
    data = path.read_bytes()
    parts = [data[start : start + 1000] for start in range(0, len(data), 1000)]
    unpack(ModelData(parts, lambda: None), tmp_path / "out")
    assert found(tmp_path / "out") == expected()


def test_the_gzip_file_has_one_member(path: Path) -> None:
    reader = zlib.decompressobj(31)
    reader.decompress(path.read_bytes())
    assert reader.eof
    assert reader.unused_data == b""


def test_gzip_itself_finds_nothing_wrong(path: Path) -> None:
    subprocess.run(["gzip", "--test", path], check=True)


@pytest.mark.parametrize("size", [8 * 2**30 - 1, 8 * 2**30, 20 * 2**30])
def test_a_file_beyond_8_gib_has_its_size_in_the_header(size: int, tmp_path: Path) -> None:
    nothing = Fingerprint(device=0, inode=0, size=0, modified_ns=0, changed_ns=0)
    member = Member(
        path="m/w", size=size, executable=False, source=tmp_path / "w", fingerprint=nothing
    )
    parts = list(tar_parts([member]))
    header = parts[parts.index(member) - 1]
    assert isinstance(header, bytes)
    archive = tmp_path / "x.tar"
    archive.write_bytes(header)
    os.truncate(archive, len(header) + size + 10240)
    with tarfile.open(archive) as opened:
        assert [(info.name, info.size) for info in opened] == [("m/w", size)]
    listed = subprocess.run(["tar", "-tvf", archive], capture_output=True, check=True)
    assert str(size) in listed.stdout.decode()


def test_many_small_files_come_back(tmp_path: Path) -> None:
    files = {f"{number % 50}/{number}": str(number).encode() for number in range(3000)}
    directory = write(tmp_path / "m", files | {"artifact.yaml": FILES["artifact.yaml"]})
    path = bundle(load_artifact(directory), tmp_path / "m.tar.gz").path
    with tarfile.open(path) as archive:
        archive.extractall(tmp_path / "out", filter="data")
    assert found(tmp_path / "out") == {f"m/{name}": data for name, data in files.items()}
