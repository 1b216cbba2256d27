"""A working directory of their own for tests that bundle."""

from pathlib import Path

import pytest

from cdk_lmi import ModelArtifact
from tests.template.templates import write_artifact


@pytest.fixture(autouse=True)
def working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where bundles are cached."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def artifact(tmp_path: Path) -> ModelArtifact:
    """An artifact that needs no network."""
    return ModelArtifact.from_directory(write_artifact(tmp_path / "tiny"))
