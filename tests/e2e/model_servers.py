"""Small models and their servers, for the tests of the local model server."""

import http.client
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from lmi.errors import HostError
from lmi.local.djl import Installation, ModelServer, create_python, installed

HOME = Path(__file__).parents[2] / ".lmi"
BASE_PYTHON = HOME / "server-python" / "bin" / "python"
VERSION = "0.34.0"
START_SECONDS = 60

ECHO = """
import os
from djl_python import Input, Output

options = {}

def handle(inputs: Input) -> Output | None:
    if inputs.is_empty():
        options.update(inputs.get_properties())
        return None
    output = Output()
    output.add_property("x-greeting", options.get("greeting", ""))
    for name in ("content-type", "colour", "X-Trace"):
        value = inputs.get_property(name)
        if value:
            output.add_property(f"x-seen-{name}", value)
    output.add_property("x-python", str(os.getpid()))
    output.add_property("content-type", "application/x-echo")
    for key in inputs.content.keys:
        output.add_property(f"x-content-{key}", "yes")
    output.add(inputs.get_as_bytes())
    return output
"""
"""What came in goes out again."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What the server answered."""

    status: int
    reason: str
    headers: Mapping[str, str]
    body: bytes


def call(
    server: ModelServer,
    path: str = "/invocations",
    body: bytes = b"",
    method: str = "POST",
    **headers: str,
) -> Answer:
    """Send one request; an underscore in a header's name stands for a hyphen."""
    assert server.port is not None
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    try:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body=body, headers=named)
        answer = connection.getresponse()
        return Answer(
            status=answer.status,
            reason=answer.reason,
            headers={name.lower(): value for name, value in answer.getheaders()},
            body=answer.read(),
        )
    finally:
        connection.close()


def is_running(pid: int) -> bool:
    """Whether there is such a process, and not only its remains."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def wait_until(condition: Callable[[], bool], seconds: float = 20) -> None:
    """Return when *condition* holds, fail after *seconds*."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        threading.Event().wait(0.02)


@dataclass(frozen=True, kw_only=True, slots=True)
class Servers:
    """Makes servers in one folder, and ends them all."""

    folder: Path
    installation: Installation
    started: list[ModelServer]

    def start(
        self, files: Mapping[str, str | bytes], name: str = "model", **environment: str
    ) -> ModelServer:
        """Start a server on a model store that holds *files*; do not wait for it."""
        store = self.folder / f"{name}-store"
        store.mkdir()
        for path, content in files.items():
            file = store / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content if isinstance(content, bytes) else content.encode())
        server = ModelServer(
            installation=self.installation,
            python=create_python(self.folder / f"{name}-python", BASE_PYTHON),
            model_store=store,
            environment=environment,
            log=self.folder / f"{name}.log",
        )
        self.started.append(server)
        server.start()
        return server

    def serve(self, files: Mapping[str, str | bytes], **environment: str) -> ModelServer:
        """Start a server and wait until it is in service."""
        server = self.start(files, **environment)
        server.wait_until_in_service(START_SECONDS)
        return server

    def failure(self, files: Mapping[str, str | bytes], **environment: str) -> str:
        """Start a server that fails, and return its error."""
        with pytest.raises(HostError) as error:
            self.serve(files, **environment)
        assert not self.started[-1].alive
        return str(error.value)


@contextmanager
def servers_in(folder: Path) -> Iterator[Servers]:
    """Servers with their stores and logs in *folder*; all are ended on leaving."""
    installation = installed(VERSION, HOME)
    if installation is None or not BASE_PYTHON.exists():
        pytest.fail(f"the model server {VERSION} is not installed in {HOME}; run `make setup`")
    servers = Servers(folder=folder, installation=installation, started=[])
    try:
        yield servers
    finally:
        for server in servers.started:
            server.stop()
