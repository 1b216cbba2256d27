"""Starting, finding and stopping the process of the embedded AWS."""

import importlib.util
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import lmi.local
from lmi.cli.local import command
from lmi.errors import HostError
from lmi.local import client, daemon, state


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The home of an embedded AWS that runs."""
    folder = tmp_path_factory.mktemp("project") / ".lmi"
    daemon.start(folder)
    yield folder
    daemon.stop(folder)


def invoke(*arguments: str) -> Any:
    return CliRunner().invoke(command, arguments)


def test_it_says_where_it_answers(home: Path) -> None:
    found = lmi.local.running_or_fail(home)
    status = lmi.local.status(home)

    assert status is not None
    assert (status.url, status.pid) == (found.url, found.pid)
    assert (status.account, status.endpoints) == ("111111111111", ())


def test_status_is_one_json_document(home: Path) -> None:
    found = lmi.local.running_or_fail(home)

    result = invoke("status", "--format", "json", "--home", str(home))

    assert json.loads(result.stdout) == {
        "schema": 1,
        "running": True,
        "url": found.url,
        "pid": found.pid,
        "account": "111111111111",
        "endpoints": [],
    }


def test_fails_to_start_twice_for_one_folder(home: Path) -> None:
    with pytest.raises(HostError, match=r"already runs at http://127.0.0.1:\d+ .*lmi local stop"):
        daemon.start(home)


def test_a_command_runs_against_it_and_gives_its_exit_code(home: Path, tmp_path: Path) -> None:
    said = tmp_path / "said"
    code = f"""
import os, sys
open({str(said)!r}, "w").write(os.environ["AWS_ENDPOINT_URL"] + os.environ.get("AWS_PROFILE", ""))
sys.exit(7)
"""
    result = CliRunner(env={"AWS_PROFILE": "real"}).invoke(
        command, ["run", "--home", str(home), "--", sys.executable, "-c", code]
    )

    assert result.exit_code == 7
    assert said.read_text() == lmi.local.running_or_fail(home).url


def test_env_is_what_a_shell_needs(home: Path) -> None:
    result = invoke("env", "--home", str(home), "--region", "eu-west-1")
    script = f"{result.stdout}\necho $AWS_ENDPOINT_URL $AWS_REGION ${{AWS_PROFILE-none}}"

    said = subprocess.run(
        ["/bin/sh", "-c", script],
        env={"AWS_PROFILE": "real"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    assert said.split() == [lmi.local.running_or_fail(home).url, "eu-west-1", "none"]


def test_clients_have_a_cache_of_their_own_and_no_profile(home: Path) -> None:
    environment = client.client_environment(lmi.local.running_or_fail(home))

    assert environment["CDK_HOME"] == str(home / "local" / "cdk")
    assert environment["AWS_ACCESS_KEY_ID"] not in ("test", "testing")
    assert not Path(environment["AWS_CONFIG_FILE"]).exists()
    assert {"127.0.0.1", "localhost"} <= set(environment["NO_PROXY"].split(","))


def test_it_logs_requests(home: Path) -> None:
    lmi.local.status(home)

    assert "GET /_lmi/status HTTP/1.1 200" in invoke("logs", "--home", str(home)).stdout


def test_one_that_was_killed_is_not_taken_for_running(tmp_path: Path) -> None:
    found = daemon.start(tmp_path)
    os.kill(found.pid, signal.SIGKILL)
    os.waitpid(found.pid, 0)

    assert state.running(tmp_path) is None
    assert daemon.stop(tmp_path) is False


def test_temporary_files_of_one_that_was_killed_go_at_the_next_start(tmp_path: Path) -> None:
    link = state.local_folder(tmp_path) / "temporary"
    found = daemon.start(tmp_path)
    left = link.readlink()
    os.kill(found.pid, signal.SIGKILL)
    os.waitpid(found.pid, 0)
    (left / "lmi-of-a-server").mkdir()

    daemon.start(tmp_path)
    next_one = link.readlink()
    daemon.stop(tmp_path)

    assert left != next_one
    assert [path.exists() for path in (left, next_one, link)] == [False, False, False]


def test_a_process_id_that_is_anothers_by_now_is_not_taken_for_it(tmp_path: Path) -> None:
    state.local_folder(tmp_path).mkdir()
    state.announce(state.Running(home=tmp_path, pid=os.getpid(), port=1))

    assert state.running(tmp_path) is None
    assert daemon.status(tmp_path) is None


def test_the_lock_forgets_what_an_earlier_one_left(tmp_path: Path) -> None:
    state.local_folder(tmp_path).mkdir()
    state.announce(state.Running(home=tmp_path, pid=os.getpid(), port=1))

    descriptor = state.claim(tmp_path)

    assert state.is_claimed(tmp_path)
    assert state.running(tmp_path) is None
    os.close(descriptor)
    assert not state.is_claimed(tmp_path)


def test_fails_on_a_port_in_use(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        with pytest.raises(HostError, match=rf"^port {port} is in use; .*--port 0.*free one$"):
            daemon.start(tmp_path, port)

    assert state.running(tmp_path) is None


def test_fails_without_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)

    with pytest.raises(HostError, match=r"moto is missing; .*pip install '\.\[local\]'"):
        daemon.start(tmp_path)


def test_fails_on_another_moto(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.metadata.version", lambda name: "6.0.0")

    with pytest.raises(HostError, match=r"needs moto 5\.2\.5, got 6\.0\.0"):
        daemon.start(tmp_path)


@pytest.mark.parametrize("arguments", [["env"], ["logs"]])
def test_fails_where_none_runs(arguments: list[str], tmp_path: Path) -> None:
    result = CliRunner().invoke(command, [*arguments, "--home", str(tmp_path)])

    assert isinstance(result.exception, HostError)
    assert "is not running; start it with `lmi local start`" in str(result.exception)


def test_status_and_stop_say_that_none_runs(tmp_path: Path) -> None:
    text = invoke("status", "--home", str(tmp_path))
    document = json.loads(invoke("status", "--format", "json", "--home", str(tmp_path)).stdout)
    stop = invoke("stop", "--home", str(tmp_path))

    assert "is not running" in text.stdout
    assert (document["running"], document["url"]) == (False, None)
    assert (stop.exit_code, "is not running" in stop.stdout) == (0, True)


def test_the_log_of_an_endpoint_is_found_also_when_it_failed(tmp_path: Path) -> None:
    log = tmp_path / "local" / "endpoints" / "local-chat" / "server.log"
    log.parent.mkdir(parents=True)
    log.write_text("ValueError: no weights\n")

    assert (
        invoke("logs", "local-chat", "--home", str(tmp_path)).stdout == "ValueError: no weights\n"
    )
    miss = invoke("logs", "local-caht", "--home", str(tmp_path))
    assert str(miss.exception) == (
        "there is no log of an endpoint 'local-caht'; did you mean 'local-chat'?"
    )


def test_the_commands_import_no_moto() -> None:
    code = "import sys, lmi.cli.local; sys.exit(any(m in sys.modules for m in ('moto', 'boto3')))"

    subprocess.run([sys.executable, "-c", code], check=True)


def test_what_env_exports_its_unset_takes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_ECR", "http://127.0.0.1:1")
    found = state.Running(home=Path("unused"), pid=1, port=2)
    exports = client.shell_exports(found).splitlines()
    exported = {line.removeprefix("export ").partition("=")[0] for line in exports[:-1]}
    assert "AWS_ENDPOINT_URL_ECR" in exports[-1].split()
    taken_back = set(client.shell_unsets().split()[1:])
    assert exported - taken_back == {"NO_PROXY", "no_proxy"}
    assert not client.points_here({})
    assert client.points_here(client.client_environment(found))
