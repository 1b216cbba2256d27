"""Starting and ending a model server, with a Java that is a small script."""

import os
from pathlib import Path

import pytest

from lmi.errors import HostError
from lmi.local.djl import Installation, ModelServer

ENVIRONMENT = {"OPTION_GREETING": "hello", "PYTHON_EXECUTABLE": "/usr/bin/python3"}


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModelServer:
    """A server whose Java writes its environment and its options to the log, and ends with 3."""
    java = tmp_path / "java"
    java.write_text('#!/bin/sh\n/usr/bin/env\nfor word; do echo "option $word"; done\nexit 3\n')
    java.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    return ModelServer(
        installation=Installation(version="0.34.0", directory=tmp_path / "djl"),
        python=tmp_path / "python",
        model_store=tmp_path / "store",
        environment=ENVIRONMENT,
        log=tmp_path / "logs" / "server.log",
    )


def lines(server: ModelServer, tmp_path: Path) -> list[str]:
    """Run the server to its end and return its log."""
    server.start()
    with pytest.raises(HostError):
        server.wait_until_in_service(10)
    server.stop()
    return (tmp_path / "logs" / "server.log").read_text().splitlines()


def test_fails_with_the_status_and_the_log_when_the_server_ends_silently(
    server: ModelServer, tmp_path: Path
) -> None:
    server.start()

    with pytest.raises(HostError) as error:
        server.wait_until_in_service(10)

    server.stop()
    log = tmp_path / "logs" / "server.log"
    assert str(error.value) == (
        f"the model does not load: the model server ended with status 3\nlog: {log}"
    )


def test_appends_to_the_log_but_does_not_show_the_failure_of_an_earlier_server(
    server: ModelServer, tmp_path: Path
) -> None:
    log = tmp_path / "logs" / "server.log"
    log.parent.mkdir()
    log.write_text("java.lang.IllegalArgumentException: an earlier failure\n")
    server.start()

    with pytest.raises(HostError, match="ended with status 3"):
        server.wait_until_in_service(10)

    server.stop()
    assert log.read_text().startswith("java.lang.IllegalArgumentException: an earlier failure\n")


def test_fails_when_it_was_not_started(server: ModelServer) -> None:
    with pytest.raises(HostError, match="was not started"):
        server.wait_until_in_service(10)


def test_fails_when_it_is_started_twice(server: ModelServer) -> None:
    server.start()
    try:
        with pytest.raises(HostError, match="started already"):
            server.start()
    finally:
        server.stop()


def test_fails_without_java_and_leaves_no_folder(
    server: ModelServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setenv("PATH", "")

    with pytest.raises(HostError, match="Java 17 or newer"):
        server.start()

    assert not list(tmp_path.glob("lmi-*"))


def test_stopping_what_was_not_started_does_nothing(server: ModelServer) -> None:
    server.stop()

    assert not server.alive
    assert server.port is None
    assert server.ping() is None


def test_removes_its_temporary_folder(
    server: ModelServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    server.start()
    assert list(tmp_path.glob("lmi-*"))

    server.stop()

    assert not list(tmp_path.glob("lmi-*"))


def test_the_model_sees_the_environment_of_the_container(
    server: ModelServer, tmp_path: Path
) -> None:
    log = lines(server, tmp_path)

    assert "OPTION_GREETING=hello" in log
    assert f"PYTHON_EXECUTABLE={tmp_path / 'python'}" in log


def test_the_model_does_not_see_the_environment_of_the_host(
    server: ModelServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("SERVING_MAX_WORKERS", "9")
    monkeypatch.setenv("PIP_CACHE_DIR", "/cache")

    log = lines(server, tmp_path)

    assert "PIP_CACHE_DIR=/cache" in log
    assert not [line for line in log if line.startswith(("AWS_SECRET", "SERVING_"))]


def test_the_model_does_not_find_the_credentials_of_whoever_runs_it(
    server: ModelServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    variables = dict(line.partition("=")[::2] for line in lines(server, tmp_path) if "=" in line)

    assert "AWS_PROFILE" not in variables
    assert variables["AWS_EC2_METADATA_DISABLED"] == "true"
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        assert not Path(variables[name]).exists()


def test_two_servers_have_different_temporary_folders(server: ModelServer, tmp_path: Path) -> None:
    # DJL's sockets bear the same names in every server.
    first, second = (
        [line for line in lines(server, tmp_path) if "java.io.tmpdir" in line][-1] for _ in range(2)
    )

    assert first != second
    assert len(os.fsencode(first)) < len("option -Djava.io.tmpdir=") + 80
