"""The real Maven where it cannot reach Maven Central."""

import os
from pathlib import Path

import pytest

from lmi.errors import HostError
from lmi.local.djl import install

pytestmark = pytest.mark.e2e


def test_fails_clearly_with_an_empty_repository_and_no_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere = "-Dhttps.proxyHost=127.0.0.1 -Dhttps.proxyPort=9"
    monkeypatch.setenv("MAVEN_OPTS", f"-Dmaven.repo.local={tmp_path / 'repository'} {nowhere}")

    with pytest.raises(HostError) as error:
        install("0.34.0", tmp_path, lambda line: None)

    first, advice, log = str(error.value).splitlines()
    assert first.startswith("Maven could not fetch what its local repository lacks: ")
    assert "127.0.0.1:9" in first
    assert "~/.m2/settings.xml" in advice
    assert log.endswith(str(tmp_path / "djl" / "0.34.0.log"))
    assert os.listdir(tmp_path / "djl") == ["0.34.0.log"]
