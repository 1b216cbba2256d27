"""A model server, a bucket and endpoints for the tests of hosting, without Java."""

import gzip
import io
import socket
import tarfile
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from lmi.catalog import image
from lmi.local.hosting import (
    EndpointSpec,
    Invocation,
    VariantSpec,
)

REGION = "us-west-2"


CPU_IMAGE = image("0.36.0-cpu-full").uri(REGION)


OLD_IMAGE = image("0.20.0-deepspeed0.7.5-cu116").uri(REGION)


MODEL_URL = "s3://models/chat/model.tar.gz"


LIMIT = 6_291_456


Respond = Callable[[BaseHTTPRequestHandler, bytes], None]


def answer(request: BaseHTTPRequestHandler, body: bytes, status: int = 200, **headers: str) -> None:
    request.send_response(status)
    for name, value in headers.items():
        request.send_header(name.replace("_", "-"), value)
    request.send_header("Content-Length", str(len(body)))
    request.end_headers()
    request.wfile.write(body)


def echo(request: BaseHTTPRequestHandler, body: bytes) -> None:
    answer(request, body, Content_Type="application/json")


class FakeServer:
    """A model server: one thread of http.server, or a failure."""

    def __init__(self, factory: "FakeServers", **given: Any) -> None:
        self.factory, self.given = factory, given
        self.alive = False
        self.ping_status = 200
        self.connections = 0
        self.open_sockets: list[socket.socket] = []
        self.was_started = False
        self.stopped = threading.Event()
        fake = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self) -> None:
                super().setup()
                fake.connections += 1
                fake.open_sockets.append(self.connection)

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                with suppress(OSError):
                    fake.factory.respond(self, body)

            def log_message(self, *arguments: object) -> None:
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._http.server_port}"

    def start(self) -> None:
        self.alive = self.was_started = True
        with self.given["log"].open("a") as log:
            log.write("started\n")
        threading.Thread(target=self._http.serve_forever, args=(0.01,), daemon=True).start()

    def wait_until_in_service(self, timeout_seconds: float) -> None:
        self.factory.start_up_seconds.append(timeout_seconds)
        self.factory.wait(self)

    def ping(self) -> int | None:
        return self.ping_status

    def crash(self) -> None:
        """End as a process does that nobody has asked to."""
        self.alive = False
        self._http.shutdown()

    def stop(self) -> None:
        # A process that ends answers nothing more.
        for each in self.open_sockets:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        if self.alive:
            self.alive = False
            self._http.shutdown()
        self._http.server_close()
        self.stopped.set()


class FakeServers:
    """Makes fake model servers and keeps them."""

    def __init__(self) -> None:
        self.made: list[FakeServer] = []
        self.start_up_seconds: list[float] = []
        self.respond: Respond = echo
        self.prepare: Callable[[], object] = lambda: None
        self.wait: Callable[[FakeServer], None] = lambda server: None

    def __call__(self, **given: Any) -> FakeServer:
        (given["directory"] / "python").mkdir()
        self.prepare()
        server = FakeServer(self, **given)
        self.made.append(server)
        return server


def tarball(files: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return gzip.compress(buffer.getvalue())


def read_object(objects: Mapping[str, bytes]) -> Callable[[str, str], list[bytes] | None]:
    def read(bucket: str, key: str) -> list[bytes] | None:
        found = objects.get(f"s3://{bucket}/{key}")
        return None if found is None else [found[:100], found[100:]]

    return read


def variant(**fields: Any) -> VariantSpec:
    given: dict[str, Any] = {
        "variant_name": "AllTraffic",
        "instance_type": "ml.c6i.2xlarge",
        "image_uri": CPU_IMAGE,
        "model_data_url": MODEL_URL,
        "environment": {"OPTION_X": "1"},
        "initial_weight": 1.0,
    }
    return VariantSpec(**given | fields)


def several(*variants: VariantSpec, name: str = "local-chat", **fields: Any) -> EndpointSpec:
    """Return an endpoint of these variants."""
    given: dict[str, Any] = {"account": "111111111111", "region": REGION, "endpoint_name": name}
    return EndpointSpec(**given | fields, variants=variants)


def spec(name: str = "local-chat", *, region: str = REGION, **fields: Any) -> EndpointSpec:
    return EndpointSpec(
        account="111111111111", region=region, endpoint_name=name, variants=(variant(**fields),)
    )


def unhosted(**fields: Any) -> EndpointSpec:
    return spec(**{"instance_type": "ml.g5.12xlarge", "image_uri": OLD_IMAGE} | fields)


def ask(body: bytes = b"{}", **fields: Any) -> Invocation:
    return Invocation(**{"body": body, "content_type": "application/json"} | fields)


def wait_until(condition: Callable[[], bool]) -> None:
    tick = threading.Event()
    while not condition():
        tick.wait(0.001)


def left_on_disk(home: Path) -> list[str]:
    """Return the files below the endpoints' folder; of a log only whose it is."""
    folder = home / "local" / "endpoints"
    files = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return sorted(
        {
            str(file.parent if file.suffix == ".log" and len(file.parts) > 2 else file)
            for file in files
        }
    )
