"""The life of an endpoint: created, invoked, deleted, or failed without a trace but its log."""

import gzip
import io
import itertools
import tarfile
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from lmi.catalog import image
from lmi.errors import HostError
from lmi.local.hosting import (
    EndpointFailed,
    EndpointHost,
    EndpointSpec,
    Invocation,
    InvocationFailed,
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
        self.connections = 0
        self.was_started = False
        self.stopped = threading.Event()
        fake = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self) -> None:
                super().setup()
                fake.connections += 1

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

    def stop(self) -> None:
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


@pytest.fixture
def objects() -> dict[str, bytes]:
    return {MODEL_URL: tarball({"chat/model.py": b"def handle(inputs): ..."})}


@pytest.fixture
def servers() -> Iterator[FakeServers]:
    servers = FakeServers()
    yield servers
    for server in servers.made:
        server.stop()


@pytest.fixture
def host(tmp_path: Path, objects: dict[str, bytes], servers: FakeServers) -> Iterator[EndpointHost]:
    host = EndpointHost(
        home=tmp_path,
        read_object=read_object(objects),
        servers=servers,
        count_accelerators=lambda kind: 0,
    )
    yield host
    host.close()


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
    folder = home / "local" / "endpoints"
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


# A life


def test_an_endpoint_is_served_from_its_own_folder(
    host: EndpointHost, servers: FakeServers, tmp_path: Path
) -> None:
    host.create(spec(container_startup_health_check_timeout_seconds=600))

    (server,) = servers.made
    folder = tmp_path / "local/endpoints/local-chat"
    assert server.given == {
        "version": "0.34.0",
        "directory": folder,
        "model_store": folder / "model",
        "environment": {"OPTION_X": "1"},
        "log": folder / "server.log",
    }
    assert (folder / "model/chat/model.py").read_bytes() == b"def handle(inputs): ..."
    assert servers.start_up_seconds == [600]


def test_start_up_has_eight_minutes_by_default(host: EndpointHost, servers: FakeServers) -> None:
    host.create(spec())

    assert servers.start_up_seconds == [480]


def test_status_tells_what_serves_and_where_it_differs(host: EndpointHost, tmp_path: Path) -> None:
    host.create(spec())

    (endpoint,) = host.status()
    assert (endpoint.endpoint_name, endpoint.region) == ("local-chat", REGION)
    assert (endpoint.status, endpoint.server_version) == ("InService", "0.34.0")
    assert endpoint.url is not None
    assert endpoint.url.startswith("http://127.0.0.1:")
    assert endpoint.log == tmp_path / "local/endpoints/local-chat/server.log"
    (note,) = endpoint.notes
    assert "0.36.0" in note
    assert "0.34.0" in note
    assert endpoint.log.read_text() == f"note: {note}\nstarted\n"


def test_an_old_server_says_that_its_health_check_proves_little(host: EndpointHost) -> None:
    host.create(spec(image_uri=OLD_IMAGE))

    (endpoint,) = host.status()
    assert endpoint.server_version == "0.20.0"
    assert "answers /ping with 200 also where the handler failed" in " ".join(endpoint.notes)


def test_an_invocation_reaches_the_model_and_its_answer_comes_back(
    host: EndpointHost, servers: FakeServers
) -> None:
    seen: dict[str, str] = {}

    def respond(request: BaseHTTPRequestHandler, body: bytes) -> None:
        seen.update({"path": request.path} | dict(request.headers))
        answer(
            request,
            body.upper(),
            Content_Type="text/x-loud",
            X_Amzn_SageMaker_Custom_Attributes="trace=2",
        )

    servers.respond = respond
    host.create(spec())

    given = host.invoke(
        "local-chat", ask(b"quiet", accept="text/plain", custom_attributes="trace=1")
    )

    assert (given.body, given.content_type) == (b"QUIET", "text/x-loud")
    assert given.invoked_production_variant == "AllTraffic"
    assert given.custom_attributes == "trace=2"
    assert seen["path"] == "/invocations"
    assert seen["Content-Type"] == "application/json"
    assert seen["Accept"] == "text/plain"
    assert seen["X-Amzn-SageMaker-Custom-Attributes"] == "trace=1"


def test_connections_to_the_model_are_kept(host: EndpointHost, servers: FakeServers) -> None:
    host.create(spec())

    for _ in range(5):
        assert host.invoke("local-chat", ask(b"x")).custom_attributes is None

    assert servers.made[0].connections == 1


def test_a_connection_that_the_server_closed_is_not_used_again(
    host: EndpointHost, servers: FakeServers
) -> None:
    closed = threading.Event()

    def respond(request: BaseHTTPRequestHandler, body: bytes) -> None:
        echo(request, body)
        request.wfile.flush()
        request.connection.shutdown(2)
        request.close_connection = True
        closed.set()

    servers.respond = respond
    host.create(spec())

    for _ in range(3):
        assert host.invoke("local-chat", ask(b"x")).body == b"x"
        closed.wait()
        closed.clear()


def test_a_deleted_endpoint_leaves_nothing(
    host: EndpointHost, servers: FakeServers, tmp_path: Path
) -> None:
    host.create(spec())

    host.delete("local-chat")

    assert servers.made[0].stopped.is_set()
    assert left_on_disk(tmp_path) == [".lock"]
    assert not (tmp_path / "local/endpoints/local-chat").exists()
    assert host.status() == ()
    with pytest.raises(InvocationFailed):
        host.invoke("local-chat", ask())


def test_an_endpoint_can_be_created_again(host: EndpointHost, servers: FakeServers) -> None:
    host.create(spec())
    host.delete("local-chat")

    host.create(spec())

    assert len(servers.made) == 2
    assert host.invoke("local-chat", ask(b"again")).body == b"again"


def test_endpoints_are_created_side_by_side(host: EndpointHost, servers: FakeServers) -> None:
    together = threading.Barrier(4)
    servers.wait = lambda server: (together.wait(10), None)[1]

    with ThreadPoolExecutor() as pool:
        list(pool.map(host.create, [spec(f"local-{number}") for number in range(4)]))

    assert [endpoint.status for endpoint in host.status()] == ["InService"] * 4
    assert len({server.url for server in servers.made}) == 4


def test_close_ends_all_and_keeps_the_logs(
    tmp_path: Path, objects: dict[str, bytes], servers: FakeServers
) -> None:
    host = EndpointHost(
        home=tmp_path,
        read_object=read_object(objects),
        servers=servers,
        count_accelerators=lambda kind: 0,
    )
    host.create(spec("local-a"))
    host.create(unhosted(name="local-b"))

    host.close()
    host.close()

    assert servers.made[0].stopped.is_set()
    assert left_on_disk(tmp_path) == [".lock", "local-a/server.log"]
    with pytest.raises(EndpointFailed, match="shutting down"):
        host.create(spec("local-c"))


# An unhosted life


@pytest.mark.parametrize(
    ("instance_type", "needs"),
    [
        ("ml.g5.12xlarge", "4 GPUs"),
        ("ml.g5.2xlarge", "1 GPU"),
        ("ml.inf1.xlarge", "1 Neuron chip"),
    ],
)
def test_without_its_accelerators_an_endpoint_is_unhosted(
    host: EndpointHost, servers: FakeServers, instance_type: str, needs: str
) -> None:
    host.create(unhosted(instance_type=instance_type))

    (endpoint,) = host.status()
    assert endpoint.status == f"InService (unhosted: needs {needs})"
    assert (endpoint.url, endpoint.log, endpoint.server_version) == (None, None, None)
    assert servers.made == []


def test_with_its_accelerators_an_endpoint_is_hosted(
    tmp_path: Path, objects: dict[str, bytes], servers: FakeServers
) -> None:
    host = EndpointHost(
        home=tmp_path,
        read_object=read_object(objects),
        servers=servers,
        count_accelerators=lambda kind: 4,
    )
    host.create(unhosted())

    assert [endpoint.status for endpoint in host.status()] == ["InService"]
    host.close()


def test_fails_to_invoke_an_unhosted_endpoint(host: EndpointHost) -> None:
    host.create(unhosted())

    with pytest.raises(InvocationFailed) as failure:
        host.invoke("local-chat", ask())

    error = failure.value
    assert (error.code, error.status, error.original_status_code) == ("ModelError", 424, 503)
    assert error.original_message == (
        "the endpoint is unhosted: ml.g5.12xlarge has 4 GPUs, which this host lacks"
    )


def test_fails_to_create_an_unhosted_endpoint_without_a_model(
    host: EndpointHost, objects: dict[str, bytes], tmp_path: Path
) -> None:
    objects[MODEL_URL] = tarball({"m/serving.properties": b"option.dtype=fp16\n"})

    with pytest.raises(EndpointFailed, match=r"no model found: DJL Serving 0\.20\.0") as failure:
        host.create(unhosted())

    assert "did not pass the ping health check" not in failure.value.reason
    assert left_on_disk(tmp_path) == [".lock"]
    assert host.status() == ()


@pytest.mark.parametrize(
    ("properties", "says"),
    [(b"engine=Pyton\n", "did you mean 'Python'"), (b"engine=\\u12\n", "\\u12")],
)
def test_fails_to_create_an_unhosted_endpoint_whose_server_would_stop(
    host: EndpointHost, objects: dict[str, bytes], properties: bytes, says: str
) -> None:
    objects[MODEL_URL] = tarball({"m/serving.properties": properties})

    with pytest.raises(EndpointFailed, match="did not pass the ping health check") as failure:
        host.create(unhosted())

    assert says in failure.value.reason


def test_an_unhosted_endpoint_says_so_too_but_not_of_another_engine(
    host: EndpointHost, objects: dict[str, bytes]
) -> None:
    objects["s3://models/deepspeed"] = tarball({"serving.properties": b"engine=DeepSpeed\n"})

    host.create(unhosted(name="local-python"))
    host.create(unhosted(name="local-deepspeed", model_data_url="s3://models/deepspeed"))

    python, deepspeed = host.status()
    assert "answers /ping with 200 also where" in " ".join(python.notes)
    assert deepspeed.notes == ()


def test_several_models_are_worth_a_note(host: EndpointHost, objects: dict[str, bytes]) -> None:
    objects[MODEL_URL] = tarball({"a/model.py": b"", "b/model.py": b""})

    host.create(unhosted())

    assert "2 models (a, b)" in " ".join(host.status()[0].notes)


# Failures


def test_fails_when_there_is_no_model_data(host: EndpointHost, tmp_path: Path) -> None:
    with pytest.raises(EndpointFailed) as failure:
        host.create(spec(model_data_url="s3://models/other.tar.gz"))

    assert failure.value.reason == "Could not find model data at s3://models/other.tar.gz."
    assert left_on_disk(tmp_path) == [".lock"]


def test_fails_on_a_hostile_tarball_and_leaves_nothing(
    host: EndpointHost, objects: dict[str, bytes], servers: FakeServers, tmp_path: Path
) -> None:
    objects[MODEL_URL] = tarball({"model.py": b"", "../out": b"x"})

    with pytest.raises(EndpointFailed) as failure:
        host.create(spec())

    assert failure.value.reason == (
        f'Failed to extract model data archive from URL "{MODEL_URL}". Please ensure that the '
        "object located at the URL is a valid tar.gz archive. "
        "'../out' leads out of the model store; pack without '..'"
    )
    assert left_on_disk(tmp_path) == [".lock"]
    assert servers.made == []


def test_fails_with_the_handlers_own_error_and_keeps_the_log(
    host: EndpointHost, servers: FakeServers, tmp_path: Path
) -> None:
    def fail(server: FakeServer) -> None:
        raise HostError("ValueError: no such file: smollm2.gguf")

    servers.wait = fail

    with pytest.raises(EndpointFailed) as failure:
        host.create(spec())

    log = tmp_path / "local/endpoints/local-chat/server.log"
    assert failure.value.reason == (
        "The primary container for production variant AllTraffic did not pass the ping health "
        "check. Please check CloudWatch logs for this endpoint.\n"
        f"ValueError: no such file: smollm2.gguf\nlog: {log}"
    )
    assert servers.made[0].stopped.is_set()
    assert left_on_disk(tmp_path) == [".lock", "local-chat/server.log"]
    host.delete("local-chat")
    assert log.exists()


def test_a_long_error_keeps_its_end(host: EndpointHost, servers: FakeServers) -> None:
    def fail(server: FakeServer) -> None:
        raise HostError("frame\n" * 1000 + "ValueError: the cause")

    servers.wait = fail

    with pytest.raises(EndpointFailed, match="ValueError: the cause\nlog: ") as failure:
        host.create(spec())

    assert len(failure.value.reason) == 1024


def test_after_a_failure_the_same_name_can_be_created(
    host: EndpointHost, servers: FakeServers
) -> None:
    def fail(server: FakeServer) -> None:
        raise HostError("broken")

    servers.wait = fail
    with pytest.raises(EndpointFailed):
        host.create(spec())
    servers.wait = lambda server: None

    host.create(spec())

    assert host.invoke("local-chat", ask(b"works")).body == b"works"


def test_fails_when_the_server_is_not_installed(tmp_path: Path, objects: dict[str, bytes]) -> None:
    def not_installed(**given: Any) -> FakeServer:
        raise HostError("DJL's engine 0.34.0 is not installed; run `make setup`")

    host = EndpointHost(home=tmp_path, read_object=read_object(objects), servers=not_installed)

    with pytest.raises(EndpointFailed, match="run `make setup`") as failure:
        host.create(spec())

    assert "ping" not in failure.value.reason
    host.close()


def test_fails_with_the_command_that_installs_djl(
    tmp_path: Path, objects: dict[str, bytes]
) -> None:
    host = EndpointHost(home=tmp_path, read_object=read_object(objects))

    with pytest.raises(EndpointFailed) as failure:
        host.create(spec())

    host.close()
    assert failure.value.reason == (
        f"DJL's engine 0.34.0 is not installed in {tmp_path}; "
        f"{tmp_path}/server-python/bin/python, the Python of model servers, is missing; "
        "run `make setup`"
    )


@pytest.mark.parametrize("end", ["delete", "close"])
def test_an_endpoint_can_be_ended_while_it_is_created(
    host: EndpointHost, servers: FakeServers, tmp_path: Path, end: str
) -> None:
    waiting = threading.Event()

    def wait(server: FakeServer) -> None:
        waiting.set()
        server.stopped.wait(10)
        raise HostError("the server has ended")

    servers.wait = wait
    with ThreadPoolExecutor() as pool:
        creation = pool.submit(host.create, spec())
        waiting.wait(10)
        assert [endpoint.status for endpoint in host.status()] == ["Creating"]
        with pytest.raises(InvocationFailed, match="not found"):
            host.invoke("local-chat", ask())
        host.delete("local-chat") if end == "delete" else host.close()
        with pytest.raises(EndpointFailed, match="was deleted while it was being created"):
            creation.result(10)

    assert host.status() == ()
    assert not (tmp_path / "local/endpoints/local-chat/model").exists()


def test_delete_returns_when_the_creation_has_ended(
    host: EndpointHost, servers: FakeServers
) -> None:
    release = threading.Event()

    def wait(server: FakeServer) -> None:
        server.stopped.wait(10)
        release.wait(10)
        raise HostError("the server has ended")

    servers.wait = wait
    with ThreadPoolExecutor() as pool:
        creation = pool.submit(host.create, spec())
        wait_until(lambda: bool(servers.made) and servers.made[0].alive)
        deletion = pool.submit(host.delete, "local-chat")
        with pytest.raises(TimeoutError):
            deletion.result(0.05)
        release.set()
        deletion.result(10)
        assert creation.exception(10) is not None


def test_a_server_is_not_started_for_an_endpoint_that_is_deleted_before(
    host: EndpointHost, servers: FakeServers
) -> None:
    preparing, deleting = threading.Event(), threading.Event()

    def prepare() -> None:
        preparing.set()
        deleting.wait(10)

    servers.prepare = prepare
    with ThreadPoolExecutor() as pool:
        creation = pool.submit(host.create, spec())
        preparing.wait(10)
        deletion = pool.submit(host.delete, "local-chat")
        wait_until(lambda: host.status()[0].status == "Deleting")
        deleting.set()
        deletion.result(10)
        with pytest.raises(EndpointFailed, match="was deleted while it was being created"):
            creation.result(10)

    assert not servers.made[0].was_started


def test_a_download_ends_when_its_endpoint_is_deleted(tmp_path: Path, servers: FakeServers) -> None:
    downloading, deleting = threading.Event(), threading.Event()

    def endless(bucket: str, key: str) -> Iterator[bytes]:
        downloading.set()
        deleting.wait(10)
        yield from itertools.repeat(gzip.compress(bytes(1000)))

    host = EndpointHost(home=tmp_path, read_object=endless, servers=servers)
    with ThreadPoolExecutor() as pool:
        creation = pool.submit(host.create, spec())
        downloading.wait(10)
        deletion = pool.submit(host.delete, "local-chat")
        wait_until(lambda: host.status()[0].status == "Deleting")
        deleting.set()
        deletion.result(10)
        with pytest.raises(EndpointFailed, match="was deleted while it was being created"):
            creation.result(10)
    host.close()

    assert left_on_disk(tmp_path) == [".lock"]


def test_fails_when_the_download_takes_too_long(
    tmp_path: Path, servers: FakeServers, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0.0]
    monkeypatch.setattr("lmi.local.hosting.fetch.time.monotonic", lambda: now[0])

    def slow(bucket: str, key: str) -> Iterator[bytes]:
        for start in range(0, 300, 100):
            now[0] += 40
            yield tarball({"model.py": bytes(100)})[start : start + 100]

    host = EndpointHost(home=tmp_path, read_object=slow, servers=servers)

    with pytest.raises(EndpointFailed, match=r"ModelDataDownloadTimeoutInSeconds \(60 s\)"):
        host.create(spec(model_data_download_timeout_seconds=60))

    host.close()


def test_fails_to_create_a_name_twice(host: EndpointHost) -> None:
    host.create(spec("local-chat"))

    with pytest.raises(EndpointFailed, match="Cannot create already existing endpoint") as failure:
        host.create(spec("Local-Chat"))

    assert "arn:aws:sagemaker:us-west-2:111111111111:endpoint/local-chat" in failure.value.reason
    assert host.invoke("local-chat", ask(b"still")).body == b"still"


def test_fails_when_another_host_has_the_folder(host: EndpointHost, tmp_path: Path) -> None:
    with pytest.raises(HostError, match="lmi local stop"):
        EndpointHost(home=tmp_path, read_object=read_object({}))


def test_what_a_killed_host_left_is_removed_but_for_its_logs(tmp_path: Path) -> None:
    folder = tmp_path / "local/endpoints/local-chat"
    (folder / "model/deep").mkdir(parents=True)
    (folder / "model/deep/weights").write_bytes(b"x")
    (folder / "model/deep").chmod(0o555)
    (folder / "server.log").write_text("killed")

    EndpointHost(home=tmp_path, read_object=read_object({})).close()

    assert left_on_disk(tmp_path) == [".lock", "local-chat/server.log"]


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"model_data_url": None}, "the model has no ModelDataUrl"),
        ({"model_data_url": "https://s3.amazonaws.com/b/k"}, "must be s3://BUCKET/KEY"),
        ({"model_data_url": "s3://bucket"}, "must be s3://BUCKET/KEY"),
        ({"image_uri": ""}, "the model has no Image"),
        ({"image_uri": CPU_IMAGE + "x"}, "unknown image tag '0.36.0-cpu-fullx'"),
        ({"image_uri": CPU_IMAGE.replace(":", "@sha256:")}, "knows images by tag"),
        ({"image_uri": CPU_IMAGE.replace("us-west-2", "eu-west-1")}, "publishes it for us-west-2"),
        ({"instance_type": ""}, "serverless variants are not hosted"),
        ({"instance_type": "ml.c6i.2xlargee"}, "unknown instance type 'ml.c6i.2xlargee'"),
        ({"initial_weight": 0.0}, "InitialVariantWeight must be above 0"),
        ({"variant_name": "All Traffic"}, "VariantName must match"),
        ({"container_startup_health_check_timeout_seconds": 59}, "from 60 to 3600, got 59"),
        ({"model_data_download_timeout_seconds": 3601}, "from 60 to 3600, got 3601"),
        ({"environment": {"A-B": "x"}}, "Environment key must match"),
        ({"environment": {"A": "x" * 1025}}, "may have 1024 characters, got 1025"),
        ({"environment": {f"A{n}": "" for n in range(101)}}, "may have 100 entries, got 101"),
        ({"environment": {"A": "x\0"}}, "NUL character"),
    ],
)
def test_fails_on_what_this_host_cannot_do(
    host: EndpointHost, servers: FakeServers, fields: dict[str, Any], says: str
) -> None:
    with pytest.raises(EndpointFailed) as failure:
        host.create(spec(**fields))

    assert says in failure.value.reason
    assert servers.made == []


def test_fails_on_all_problems_at_once(host: EndpointHost) -> None:
    both = (variant(variant_name="A"), variant(variant_name="B", image_uri=""))
    wrong = EndpointSpec(
        account="111111111111", region=REGION, endpoint_name="../up", variants=both
    )

    with pytest.raises(EndpointFailed) as failure:
        host.create(wrong)

    name, count, missing = failure.value.reason.splitlines()
    assert name.startswith("endpoint name must match")
    assert count == ("the local host runs exactly one production variant, got 2 (A, B); leave one")
    assert missing == "production variant 'B': the model has no Image"


# Invocations that fail


def test_fails_on_an_endpoint_that_is_not_there(host: EndpointHost) -> None:
    host.create(spec("local-chat"))

    for name in ("other", "Local-Chat"):
        with pytest.raises(InvocationFailed) as failure:
            host.invoke(name, ask())

        assert (failure.value.code, failure.value.status) == ("ValidationError", 400)
        assert failure.value.message == f"Endpoint {name} of account 111111111111 not found."


@pytest.mark.parametrize(("status", "side"), [(400, "client"), (424, "client"), (503, "server")])
def test_fails_with_the_containers_status_and_message(
    host: EndpointHost, servers: FakeServers, status: int, side: str
) -> None:
    servers.respond = lambda request, body: answer(request, b'{"code": 1}', status)
    host.create(spec())

    with pytest.raises(InvocationFailed) as failure:
        host.invoke("local-chat", ask())

    error = failure.value
    assert (error.code, error.status, error.original_status_code) == ("ModelError", 424, status)
    assert error.original_message == '{"code": 1}'
    assert error.message.startswith(
        f'Received {side} error ({status}) from primary with message "{{"code": 1}}". See /'
    )
    assert error.log_stream_arn == (
        "arn:aws:logs:us-west-2:111111111111:log-group:/aws/sagemaker/Endpoints/local-chat"
    )


def test_messages_have_at_most_the_length_of_the_service(
    host: EndpointHost, servers: FakeServers
) -> None:
    servers.respond = lambda request, body: answer(request, b"x" * 9000, 500)
    host.create(spec())

    with pytest.raises(InvocationFailed) as failure:
        host.invoke("local-chat", ask())

    assert failure.value.original_message == "x" * 2048
    assert len(failure.value.message) < 2048
    assert failure.value.message.endswith("server.log for more information.")


@pytest.mark.parametrize("trickles", [False, True])
def test_fails_when_the_model_is_too_slow(
    tmp_path: Path, objects: dict[str, bytes], servers: FakeServers, trickles: bool
) -> None:
    release = threading.Event()

    def block(request: BaseHTTPRequestHandler, body: bytes) -> None:
        if trickles:
            request.send_response(200)
            request.send_header("Content-Length", "1000000")
            request.end_headers()
            while not release.wait(0.01):
                request.wfile.write(b"x")
        release.wait(10)

    servers.respond = block
    host = EndpointHost(
        home=tmp_path, read_object=read_object(objects), servers=servers, model_timeout_seconds=0.1
    )
    host.create(spec())

    with pytest.raises(InvocationFailed) as failure:
        host.invoke("local-chat", ask())

    release.set()
    error = failure.value
    assert (error.code, error.status, error.original_status_code) == ("ModelError", 424, 0)
    assert error.message.startswith(
        'Received server error (0) from primary with message "Your invocation timed out while '
        "waiting for a response from container primary."
    )
    servers.respond = echo
    assert host.invoke("local-chat", ask(b"next")).body == b"next"
    host.close()


def test_fails_when_the_server_has_ended(host: EndpointHost, servers: FakeServers) -> None:
    host.create(spec())
    servers.made[0].stop()

    with pytest.raises(InvocationFailed) as failure:
        host.invoke("local-chat", ask())

    assert (failure.value.code, failure.value.original_status_code) == ("ModelError", 503)
    assert "the model server has ended" in failure.value.message
    assert host.status()[0].status == "Failed (the model server has ended)"


@pytest.mark.parametrize("sends", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"])
def test_fails_when_the_server_breaks_off(
    host: EndpointHost, servers: FakeServers, sends: bytes
) -> None:
    calls: list[bytes] = []

    def break_off(request: BaseHTTPRequestHandler, body: bytes) -> None:
        calls.append(body)
        request.wfile.write(sends)
        request.close_connection = True

    servers.respond = break_off
    host.create(spec())

    with pytest.raises(InvocationFailed) as failure:
        host.invoke("local-chat", ask(b"once"))

    assert (failure.value.code, failure.value.original_status_code) == ("ModelError", 503)
    assert calls == [b"once"]


def test_a_body_may_have_six_mebibytes(host: EndpointHost) -> None:
    host.create(spec())

    assert len(host.invoke("local-chat", ask(bytes(LIMIT))).body) == LIMIT


def test_fails_on_a_request_over_the_limit(host: EndpointHost) -> None:
    host.create(spec())

    with pytest.raises(InvocationFailed) as failure:
        host.invoke("local-chat", ask(bytes(LIMIT + 1)))

    assert (failure.value.code, failure.value.status) == ("413", 413)
    assert failure.value.message == "HTTP content length exceeded 6291456 bytes."


@pytest.mark.parametrize("chunked", [False, True])
def test_fails_on_an_answer_over_the_limit(
    host: EndpointHost, servers: FakeServers, chunked: bool
) -> None:
    def respond(request: BaseHTTPRequestHandler, body: bytes) -> None:
        if not chunked:
            answer(request, bytes(LIMIT + 1))
            return
        request.send_response(200)
        request.send_header("Transfer-Encoding", "chunked")
        request.end_headers()
        request.wfile.write(b"%x\r\n" % (LIMIT + 1) + bytes(LIMIT + 1) + b"\r\n0\r\n\r\n")

    servers.respond = respond
    host.create(spec())

    with pytest.raises(InvocationFailed, match="more than 6291456 bytes") as failure:
        host.invoke("local-chat", ask())

    assert failure.value.code == "ModelError"


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"content_type": "text/plain\r\nX-Evil: 1"}, "ContentType must be at most 1024"),
        ({"accept": "é"}, "Accept must be at most 1024"),
        ({"custom_attributes": "x" * 1025}, "CustomAttributes must be at most 1024"),
        ({"target_variant": "Other"}, "TargetVariant must be AllTraffic"),
        ({"target_model": "a.tar.gz"}, "TargetModel is set"),
        ({"target_container_hostname": "a"}, "TargetContainerHostname is set"),
        ({"inference_component_name": "a"}, "InferenceComponentName is set"),
        ({"session_id": "NEW_SESSION"}, "SessionId is set"),
        ({"enable_explanations": "`true`"}, "EnableExplanations is set"),
    ],
)
def test_fails_on_a_field_that_the_endpoint_cannot_honour(
    host: EndpointHost, fields: dict[str, Any], says: str
) -> None:
    host.create(spec())

    with pytest.raises(InvocationFailed) as failure:
        host.invoke("local-chat", ask(**fields))

    assert failure.value.code == "ValidationError"
    assert says in failure.value.message


def test_the_only_variant_can_be_named(host: EndpointHost) -> None:
    host.create(spec())

    assert host.invoke("local-chat", ask(b"x", target_variant="AllTraffic")).body == b"x"


def test_invocations_run_side_by_side(host: EndpointHost, servers: FakeServers) -> None:
    together = threading.Barrier(8)

    def respond(request: BaseHTTPRequestHandler, body: bytes) -> None:
        together.wait(10)
        echo(request, body)

    servers.respond = respond
    host.create(spec())
    bodies = [str(number).encode() for number in range(8)]

    with ThreadPoolExecutor(max_workers=8) as pool:
        answers = list(pool.map(lambda body: host.invoke("local-chat", ask(body)).body, bodies))

    assert answers == bodies
