"""Installing the model server, with a Java and a Maven that are small scripts."""

import os
from pathlib import Path

import pytest

from lmi.errors import HostError
from lmi.local.djl import install, installed

JAVA_17 = """#!/bin/sh
[ "$1" = -version ] && echo 'openjdk version "17.0.15" 2025-04-15' >&2
exit 0
"""
MAVEN = """#!/bin/sh
PATH=/usr/bin:/bin
echo "$@" >> "$(dirname "$0")/maven-calls"
mkdir -p target/lib && touch target/lib/python.jar target/model-server.jar
"""
UNREACHABLE = """#!/bin/sh
printf '\033[0m[ERROR] [ERROR] Some problems were encountered while processing the POMs:\n'
echo '[ERROR] Could not transfer artifact ai.djl:api:jar:0.34.0: Unknown host -> [Help 1]'
exit 1
"""
COMMAND = "apt-get install -y default-jdk-headless maven"


class Host:
    """A PATH that holds only what a test puts there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()

    def put(self, name: str, script: str) -> Path:
        """Make the command *name*."""
        file = self.folder / name
        file.write_text(script)
        file.chmod(0o755)
        return file


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Host:
    host = Host(tmp_path / "bin")
    monkeypatch.setenv("PATH", str(host.folder))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    return host


@pytest.fixture
def complete_host(host: Host) -> Host:
    host.put("java", JAVA_17)
    host.put("javac", JAVA_17)
    host.put("mvn", MAVEN)
    return host


def failure(home: Path, version: str = "0.34.0") -> str:
    with pytest.raises(HostError) as error:
        install(version, home, lambda line: None)
    return str(error.value)


def test_installs_the_jars_and_tells_each_step(complete_host: Host, tmp_path: Path) -> None:
    lines: list[str] = []

    installation = install("0.34.0", tmp_path, lines.append)

    assert sorted(f.name for f in (installation.directory / "lib").iterdir()) == [
        "model-server.jar",
        "python.jar",
    ]
    assert installed("0.34.0", tmp_path) == installation
    assert len(lines) == 2
    assert "-Ddjl.version=0.34.0" in (complete_host.folder / "maven-calls").read_text()


def test_does_nothing_when_it_is_installed(complete_host: Host, tmp_path: Path) -> None:
    first = install("0.34.0", tmp_path, lambda line: None)
    complete_host.put("mvn", UNREACHABLE)

    assert install("0.34.0", tmp_path, pytest.fail) == first


def test_builds_anew_when_the_sources_have_changed(complete_host: Host, tmp_path: Path) -> None:
    installation = install("0.34.0", tmp_path, lambda line: None)
    (installation.directory / "source.sha256").write_text("another")
    (installation.directory / "lib" / "old.jar").touch()

    assert installed("0.34.0", tmp_path) is None
    install("0.34.0", tmp_path, lambda line: None)

    assert not (installation.directory / "lib" / "old.jar").exists()
    assert installed("0.34.0", tmp_path) == installation


def test_leaves_only_the_installation_and_the_log(complete_host: Host, tmp_path: Path) -> None:
    install("0.34.0", tmp_path, lambda line: None)

    assert sorted(os.listdir(tmp_path / "djl")) == ["0.34.0", "0.34.0.log"]


def test_is_not_installed_in_an_empty_folder(tmp_path: Path) -> None:
    assert installed("0.34.0", tmp_path) is None


def test_fails_on_a_version_that_is_not_published(complete_host: Host, tmp_path: Path) -> None:
    assert failure(tmp_path, "0.36.0") == (
        "version must be one of 0.20.0, 0.25.0, 0.34.0, got '0.36.0'"
    )


def test_fails_without_java_and_maven_and_names_both_and_one_command(
    host: Host, tmp_path: Path
) -> None:
    java, maven, command = failure(tmp_path).splitlines()

    assert java == "Java 17 or newer is needed, found none"
    assert "Maven" in maven
    assert command.endswith(COMMAND)
    assert not (tmp_path / "djl").exists()


@pytest.mark.parametrize(("text", "number"), [("11.0.2", 11), ("1.8.0_402", 8)])
def test_fails_on_an_old_java_and_names_it(
    complete_host: Host, tmp_path: Path, text: str, number: int
) -> None:
    java = complete_host.put("java", JAVA_17.replace("17.0.15", text))

    message = failure(tmp_path)

    assert f"Java 17 or newer is needed, found Java {number} at {java}" in message
    assert COMMAND in message


def test_fails_on_a_java_without_a_compiler(complete_host: Host, tmp_path: Path) -> None:
    (complete_host.folder / "javac").unlink()

    assert "runtime without javac" in failure(tmp_path)


def test_fails_on_a_java_that_does_not_run(complete_host: Host, tmp_path: Path) -> None:
    complete_host.put("java", "#!/bin/sh\nexit 1\n")

    assert "does not run" in failure(tmp_path)


def test_fails_on_a_java_home_without_java(
    complete_host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "jdk"))

    message = failure(tmp_path)

    assert f"JAVA_HOME is '{tmp_path / 'jdk'}'" in message
    assert "unset it" in message


def test_fails_when_maven_central_is_unreachable_and_names_what_is_missing(
    complete_host: Host, tmp_path: Path
) -> None:
    complete_host.put("mvn", UNREACHABLE)

    message = failure(tmp_path)

    assert message.splitlines()[0] == (
        "Maven could not fetch what its local repository lacks: "
        "Could not transfer artifact ai.djl:api:jar:0.34.0: Unknown host"
    )
    assert "~/.m2/settings.xml" in message
    assert message.endswith(str(tmp_path / "djl" / "0.34.0.log"))
    assert os.listdir(tmp_path / "djl") == ["0.34.0.log"]


def test_fails_when_the_build_fails_and_shows_the_first_error(
    complete_host: Host, tmp_path: Path
) -> None:
    complete_host.put("mvn", "#!/bin/sh\necho '[ERROR]   COMPILATION ERROR : '\nexit 1\n")

    first = failure(tmp_path).splitlines()[0]

    assert first == "the model server could not be built: COMPILATION ERROR :"
