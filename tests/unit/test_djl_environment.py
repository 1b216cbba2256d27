"""The throw-away Python of one model."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from lmi.errors import HostError
from lmi.local.djl import create_python

BASE = Path(sys.executable)


def run(python: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([python, *arguments], capture_output=True, text=True, env=variables)


def wheel(folder: Path) -> Path:
    """A package `tiny_requirement` that holds nothing."""
    file = folder / "tiny_requirement-1.0-py3-none-any.whl"
    info = "tiny_requirement-1.0.dist-info"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("tiny_requirement.py", "")
        archive.writestr(
            f"{info}/METADATA", "Metadata-Version: 2.1\nName: tiny-requirement\nVersion: 1.0\n"
        )
        archive.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{info}/RECORD", "")
    return file


def test_sees_the_packages_of_the_base(tmp_path: Path) -> None:
    python = create_python(tmp_path / "python", BASE)

    assert run(python, "-c", "import pytest").returncode == 0


def test_pip_installs_into_the_throw_away_python_alone(tmp_path: Path) -> None:
    python = create_python(tmp_path / "python", BASE)
    requirements = tmp_path / "requirements.txt"
    requirements.write_text(f"{wheel(tmp_path)}\n")

    pip = run(python, "-m", "pip", "install", "-q", "--no-index", "-r", str(requirements))

    assert pip.returncode == 0, pip.stderr
    assert run(python, "-c", "import tiny_requirement").returncode == 0
    assert run(BASE, "-c", "import tiny_requirement").returncode == 1


def test_pip_asks_no_index_for_what_the_base_has(tmp_path: Path) -> None:
    python = create_python(tmp_path / "python", BASE)
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("pytest\n")

    nowhere = {"PIP_INDEX_URL": "http://127.0.0.1:9/", "PIP_RETRIES": "0"}
    pip = run(
        python,
        "-m",
        "pip",
        "install",
        "--disable-pip-version-check",
        "-r",
        str(requirements),
        **nowhere,
    )

    assert pip.returncode == 0, pip.stderr


def test_fails_without_a_base(tmp_path: Path) -> None:
    missing = tmp_path / "bin" / "python"

    with pytest.raises(HostError, match=f"no Python for model servers at {missing}"):
        create_python(tmp_path / "python", missing)


def test_fails_on_a_base_that_cannot_make_environments(tmp_path: Path) -> None:
    base = tmp_path / "base"
    base.write_text("#!/bin/sh\necho 'No module named venv' >&2\nexit 1\n")
    base.chmod(0o755)

    with pytest.raises(
        HostError, match="could not make a virtual environment: No module named venv"
    ):
        create_python(tmp_path / "python", base)
