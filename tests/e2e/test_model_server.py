"""Requests to the real DJL engine behind our HTTP front, and its answers."""

import http.client
import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from lmi.local.djl import ModelServer
from tests.e2e.model_servers import ECHO, call, servers_in

pytestmark = pytest.mark.e2e

MODES = """
import time
from djl_python import Input, Output

def handle(inputs: Input) -> Output | None:
    if inputs.is_empty():
        return None
    mode = inputs.get_as_string()
    if mode == "raise":
        raise ValueError("call failed")
    if mode == "refuse":
        return Output(code=418, message="no\\ncoffee").add("short and stout")
    if mode in CHUNKS:
        output = Output()
        output.add_property("content-type", "text/plain")
        output.add_stream_content(CHUNKS[mode](), output_formatter=None)
        return output
    return Output().add(mode)

def chunks(last=None):
    for chunk in ("one ", "two ", "three"):
        yield chunk
        time.sleep(0.3)
    if last is not None:
        last()

def broken():
    raise ValueError("call failed")

CHUNKS = {
    "chunks": chunks,
    "broken": lambda: chunks(broken),
    "stuck": lambda: chunks(lambda: time.sleep(3)),
    "one": lambda: iter(["one"]),
}
"""


@pytest.fixture(scope="module")
def echo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModelServer]:
    """A model in a folder of its own below the model store, as the tutorial packs it."""
    files = {
        "echo-model/serving.properties": "engine=Python\noption.greeting=from the file\n",
        "echo-model/model.py": ECHO,
    }
    limits = {"SERVING_MAX_REQUEST_SIZE": "100000", "OPTION_GREETING": "from the environment"}
    with servers_in(tmp_path_factory.mktemp("echo")) as servers:
        yield servers.serve(files, **limits)


@pytest.fixture(scope="module")
def modes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModelServer]:
    """A flat model without serving.properties that answers in the mode it is told."""
    with servers_in(tmp_path_factory.mktemp("modes")) as servers:
        yield servers.serve({"model.py": MODES}, SERVING_CHUNKED_READ_TIMEOUT="1")


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", json.dumps({"inputs": "Größe"}).encode()),
        ("text/plain; charset=utf-8", "Größe".encode()),
        ("application/octet-stream", bytes(range(256)) * 100),
        ("image/png", b""),
    ],
)
def test_a_body_reaches_the_handler_and_comes_back(
    echo: ModelServer, content_type: str, body: bytes
) -> None:
    answer = call(echo, body=body, Content_Type=content_type)

    assert (answer.status, answer.body) == (200, body)
    assert answer.headers["x-seen-content-type"] == content_type
    assert answer.headers["content-type"] == "application/x-echo"


def test_custom_attributes_and_headers_become_properties(echo: ModelServer) -> None:
    attributes = {"X_Amzn_SageMaker_Custom_Attributes": "colour=red; size=2", "X_Trace": "t1"}

    headers = call(echo, body=b"x", **attributes).headers

    assert headers["x-seen-colour"] == "red"
    assert headers["x-seen-x-trace"] == "t1"


def test_the_inference_id_comes_back_as_the_id_of_the_request(echo: ModelServer) -> None:
    answer = call(echo, body=b"x", X_Amzn_SageMaker_Inference_Id="id-7")

    assert answer.headers["x-request-id"] == "id-7"


def test_fields_of_a_form_become_contents(echo: ModelServer) -> None:
    form = "application/x-www-form-urlencoded"

    headers = call(echo, "/invocations?query=1", b"first=1&second=2", Content_Type=form).headers

    assert {"x-content-first", "x-content-second", "x-content-query"} <= headers.keys()
    assert "x-content-data" not in headers


def test_serving_properties_win_over_the_environment(echo: ModelServer) -> None:
    assert call(echo, body=b"x").headers["x-greeting"] == "from the file"


@pytest.mark.parametrize(
    "path",
    [
        "/predictions/echo_model",
        "/models/echo_model/invoke",
        "/invocations?model_name=echo_model",
        "/v1/chat/completions",
    ],
)
def test_the_model_is_served_under_its_folder_s_name(echo: ModelServer, path: str) -> None:
    assert call(echo, path, b"x").status == 200


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/predictions/other", "ModelNotFoundException"),
        ("/invocations?model_name=other", "ModelNotFoundException"),
        ("/predictions", "ResourceNotFoundException"),
        ("/nothing/here", "ResourceNotFoundException"),
        ("/", "ResourceNotFoundException"),
    ],
)
def test_an_unknown_model_or_path_is_not_found(echo: ModelServer, path: str, kind: str) -> None:
    answer = call(echo, path, b"x")

    assert answer.status == 404
    assert json.loads(answer.body)["type"] == kind


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ({"handler": "other"}, "The handler can't be overridden in a request"),
        ({"x_synchronous": "false"}, "x-synchronous and x-starting-token are not supported"),
    ],
)
def test_a_request_that_is_refused_names_the_reason(
    echo: ModelServer, header: dict[str, str], message: str
) -> None:
    answer = call(echo, body=b"x", **header)

    assert answer.status == 400
    assert json.loads(answer.body)["type"] == "BadRequestException"
    assert message in json.loads(answer.body)["message"]


def test_a_body_over_the_limit_is_refused(echo: ModelServer) -> None:
    assert call(echo, body=b"x" * 100_001).status == 413


def test_ping_names_the_healthy_model(echo: ModelServer) -> None:
    answer = call(echo, "/ping", method="GET")

    assert answer.status == 200
    assert json.loads(answer.body) == {"echo_model": {"status": "Healthy"}}


def test_many_clients_at_once_get_each_their_own_answer(echo: ModelServer) -> None:
    bodies = [str(number).encode() for number in range(60)]

    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda body: call(echo, body=body), bodies))

    assert [answer.body for answer in answers] == bodies


def test_an_exception_of_the_handler_is_status_424_with_its_text(modes: ModelServer) -> None:
    answer = call(modes, body=b"raise")

    assert answer.status == 424
    assert answer.headers["content-type"] == "application/json"
    assert json.loads(answer.body) == {
        "code": 424,
        "message": "invoke handler failure",
        "error": "call failed",
    }


def test_the_handler_goes_on_after_an_exception(modes: ModelServer) -> None:
    call(modes, body=b"raise")

    assert call(modes, body=b"fine").body == b"fine"


def test_the_handler_decides_status_and_body(modes: ModelServer) -> None:
    answer = call(modes, body=b"refuse")

    assert (answer.status, answer.reason, answer.body) == (418, "no coffee", b"short and stout")


def read_parts(server: ModelServer, mode: str) -> list[tuple[bytes, float]]:
    """Return the chunks of an answer, and when they arrived."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    with closing(connection):
        begun = time.monotonic()
        connection.request("POST", "/invocations", mode)
        answer = connection.getresponse()
        assert (answer.status, answer.getheader("content-type")) == (200, "text/plain")
        assert answer.getheader("transfer-encoding") == "chunked"
        parts = []
        while part := answer.read1(1 << 16):
            parts.append((part, time.monotonic() - begun))
        return parts


def test_an_answer_in_chunks_is_sent_as_it_grows(modes: ModelServer) -> None:
    parts = read_parts(modes, "chunks")

    assert [part for part, _ in parts] == [b"one ", b"two ", b"three"]
    assert parts[-1][1] - parts[0][1] > 0.5


def test_an_answer_in_chunks_can_be_read_whole(modes: ModelServer) -> None:
    answer = call(modes, body=b"chunks")

    assert (answer.status, answer.body) == (200, b"one two three")
    assert call(modes, body=b"one").body == b"one"


def test_an_exception_between_two_chunks_is_the_last_chunk_as_djl_has_it(
    modes: ModelServer,
) -> None:
    parts = read_parts(modes, "broken")

    assert [part for part, _ in parts] == [b"one ", b"two ", b"three", b"call failed"]


def test_fails_on_a_chunk_that_does_not_come_in_time(modes: ModelServer) -> None:
    with pytest.raises(http.client.IncompleteRead):
        read_parts(modes, "stuck")


def test_the_handler_goes_on_after_a_client_that_left(modes: ModelServer) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", modes.port, timeout=30)
    connection.request("POST", "/invocations", "chunks")
    connection.getresponse().read1(1)
    connection.close()

    assert call(modes, body=b"fine").body == b"fine"
