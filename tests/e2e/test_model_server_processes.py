"""Workers, queue and processes of the local model server."""

import http.client
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from lmi.errors import HostError
from lmi.local.djl import create_python
from tests.e2e.model_servers import (
    BASE_PYTHON,
    ECHO,
    HOME,
    START_SECONDS,
    Servers,
    call,
    is_running,
    servers_in,
    wait_until,
)

pytestmark = pytest.mark.e2e


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[Servers]:
    with servers_in(tmp_path) as servers:
        yield servers


SLOW = """
import os, pathlib, time
from djl_python import Output

FOLDER = pathlib.Path(os.environ["TEST_FOLDER"])

def handle(inputs):
    if inputs.is_empty():
        return None
    (FOLDER / "begun").touch()
    while not (FOLDER / "go").exists():
        time.sleep(0.01)
    return Output().add("done")
"""


def test_a_full_queue_is_status_503(servers: Servers, tmp_path: Path) -> None:
    server = servers.serve(
        {"serving.properties": "job_queue_size=1\nmaxWorkers=1\n", "model.py": SLOW},
        TEST_FOLDER=str(tmp_path),
    )
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(call, server, body=b"x")
        wait_until((tmp_path / "begun").exists)

        refused = call(server, body=b"y")

        (tmp_path / "go").touch()
        assert first.result().body == b"done"
    assert refused.status == 503
    assert json.loads(refused.body)["type"] == "WlmCapacityException"


def test_a_handler_that_does_not_answer_in_time_is_status_503_and_fails_the_ping(
    servers: Servers, tmp_path: Path
) -> None:
    server = servers.serve(
        {"serving.properties": "option.predict_timeout=1\n", "model.py": SLOW},
        TEST_FOLDER=str(tmp_path),
    )

    answer = call(server, body=b"x")

    assert answer.status == 503
    assert json.loads(answer.body)["type"] == "WlmException"
    assert server.ping() == 500


def test_the_least_number_of_workers_are_so_many_python_processes(servers: Servers) -> None:
    server = servers.serve({"serving.properties": "minWorkers=2\n", "model.py": ECHO})

    def pythons() -> set[str]:
        with ThreadPoolExecutor(8) as pool:
            answers = pool.map(lambda _: call(server, body=b"x"), range(40))
            return {answer.headers["x-python"] for answer in answers}

    wait_until(lambda: len(pythons()) == 2)


def test_two_servers_start_at_once_and_keep_apart(servers: Servers, tmp_path: Path) -> None:
    first = servers.start({"model.py": ECHO}, name="first")
    second = servers.start({"model.py": SLOW}, name="second", TEST_FOLDER=str(tmp_path))
    (tmp_path / "go").touch()

    for server in (first, second):
        server.wait_until_in_service(START_SECONDS)

    assert first.port != second.port
    assert call(first, body=b"fine").headers["content-type"] == "application/x-echo"
    assert call(second, body=b"fine").body == b"done"


def test_stopping_leaves_no_process(servers: Servers) -> None:
    server = servers.serve({"model.py": ECHO})
    python = int(call(server, body=b"x").headers["x-python"])

    server.stop()

    assert not server.alive
    assert server.ping() is None
    wait_until(lambda: not is_running(python))


def test_stopping_ends_a_model_that_is_still_loading(servers: Servers, tmp_path: Path) -> None:
    handler = (
        "import os, pathlib, time\npathlib.Path(os.environ['PID']).write_text(str(os.getpid()))\n"
    )
    server = servers.start({"model.py": handler + "time.sleep(600)\n"}, PID=str(tmp_path / "pid"))
    wait_until(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text() != "")
    python = int((tmp_path / "pid").read_text())

    server.stop()

    wait_until(lambda: not is_running(python))


def test_stopping_one_that_was_killed_ends_its_python(servers: Servers, tmp_path: Path) -> None:
    handler = (
        "import os, pathlib, time\n"
        "pathlib.Path(os.environ['PIDS']).write_text(f'{os.getppid()} {os.getpid()} ')\n"
        "time.sleep(600)\n"
    )
    pids = tmp_path / "pids"
    server = servers.start({"model.py": handler}, PIDS=str(pids))
    wait_until(lambda: pids.exists() and pids.read_text().endswith(" "))
    java, python = map(int, pids.read_text().split())
    os.kill(java, signal.SIGKILL)
    wait_until(lambda: not server.alive)

    server.stop()

    wait_until(lambda: not is_running(python))


def test_a_model_that_loads_too_long_fails_in_time(servers: Servers) -> None:
    server = servers.start({"model.py": "import time\ntime.sleep(600)\n"})

    with pytest.raises(HostError, match=r"did not answer /ping with 200 in 0\.5 s"):
        server.wait_until_in_service(0.5)


PARENT = """
import sys, time
from pathlib import Path
from lmi.local.djl import ModelServer, installed
home, store, python, log = map(Path, sys.argv[1:])
server = ModelServer(
    installation=installed("0.34.0", home), python=python, model_store=store,
    environment={}, log=log,
)
server.start()
server.wait_until_in_service(60)
print(server.port, flush=True)
time.sleep(600)
"""


def test_the_server_ends_when_its_parent_is_killed(servers: Servers, tmp_path: Path) -> None:
    store = tmp_path / "store"
    store.mkdir()
    (store / "model.py").write_text(ECHO)
    python = create_python(tmp_path / "python", BASE_PYTHON)
    arguments = [HOME, store, python, tmp_path / "log"]
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, *arguments], stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        port = int(parent.stdout.readline())
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        connection.request("POST", "/invocations", body=b"x")
        model = int(connection.getresponse().headers["x-python"])
        connection.close()
        os.kill(parent.pid, signal.SIGKILL)

    wait_until(lambda: not is_running(model))
