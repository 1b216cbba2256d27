"""What a failing call tells the user, answered by a server on loopback through the real boto3."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import boto3
import pytest
from botocore.config import Config

from lmi import local
from lmi.environment import Environment, load_environment
from lmi.errors import HostError, LmiError
from lmi.ops import predict as module
from lmi.ops.predict import InvocationError, predict
from lmi.ops.session import runtime_client

HOME = Path("unused")
Answers = Callable[[int, dict[str, str], bytes], None]


@pytest.fixture(name="environment")
def _environment(tmp_path: Path) -> Environment:
    path = tmp_path / "dev.yaml"
    path.write_text(
        "target: aws\nregion: us-west-2\nendpoints:\n"
        "  chat: {artifact: smollm2-135m, instance_type: ml.c6i.2xlarge}\n"
    )
    return load_environment(path)


@pytest.fixture(name="runtime")
def _runtime(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Answers, list[bytes]]]:
    """A runtime whose next answer a test sets, and the bodies it was sent."""
    answer: list[tuple[int, dict[str, str], bytes]] = []
    bodies: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            status, headers, body = answer[-1]
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        client = boto3.client(
            "sagemaker-runtime",
            region_name="us-west-2",
            endpoint_url=f"http://127.0.0.1:{server.server_port}",
            aws_access_key_id="fake",
            aws_secret_access_key="fake",
            config=Config(retries={"total_max_attempts": 1}),
        )
        monkeypatch.setattr(module, "runtime_client", lambda *_, **__: client)
        yield lambda status, headers, body: answer.append((status, headers, body)), bodies
        client.close()
        server.shutdown()
        thread.join()


def _ask(environment: Environment) -> module.Prediction:
    return predict(environment, "chat", "a prompt", max_new_tokens=7, home=HOME)


def test_sends_what_every_handler_reads_and_returns_the_answer(
    environment: Environment, runtime: tuple[Answers, list[bytes]]
) -> None:
    answers, bodies = runtime
    headers = {
        "Content-Type": "application/json",
        "x-Amzn-Invoked-Production-Variant": "AllTraffic",
    }
    answers(200, headers, b'[{"generated_text": "a text"}]')

    prediction = _ask(environment)

    assert json.loads(bodies[0]) == {"inputs": "a prompt", "parameters": {"max_new_tokens": 7}}
    assert prediction.body == b'[{"generated_text": "a text"}]'
    assert (prediction.variant, prediction.endpoint_name) == ("AllTraffic", "dev-chat")


def test_fails_with_the_status_and_words_of_the_model(
    environment: Environment, runtime: tuple[Answers, list[bytes]]
) -> None:
    answers, _ = runtime
    body = {"OriginalStatusCode": 424, "OriginalMessage": "out of memory", "Message": "received"}
    answers(424, {"x-amzn-ErrorType": "ModelError"}, json.dumps(body).encode())
    with pytest.raises(InvocationError, match="status 424: out of memory"):
        _ask(environment)


def test_fails_with_the_command_that_deploys_a_missing_endpoint(
    environment: Environment, runtime: tuple[Answers, list[bytes]]
) -> None:
    answers, _ = runtime
    body = {"message": "Endpoint dev-chat of account 111111111111 not found."}
    answers(400, {"x-amzn-ErrorType": "ValidationError"}, json.dumps(body).encode())
    with pytest.raises(InvocationError, match="not found; deploy it with: cdk deploy 'dev/chat'"):
        _ask(environment)


def test_fails_when_nothing_answers(
    environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = boto3.client(
        "sagemaker-runtime",
        region_name="us-west-2",
        endpoint_url="http://127.0.0.1:9",
        aws_access_key_id="fake",
        aws_secret_access_key="fake",
        config=Config(retries={"total_max_attempts": 1}),
    )
    monkeypatch.setattr(module, "runtime_client", lambda *_, **__: client)
    with pytest.raises(HostError, match="dev-chat could not be called"):
        _ask(environment)


def test_fails_on_a_local_environment_without_an_embedded_aws(tmp_path: Path) -> None:
    path = tmp_path / "local.yaml"
    path.write_text(
        'target: local\naccount: "111111111111"\nregion: us-west-2\nendpoints:\n'
        "  chat: {artifact: smollm2-135m, instance_type: ml.c6i.2xlarge}\n"
    )
    with pytest.raises(LmiError, match="lmi local start"):
        predict(load_environment(path), "chat", "x", max_new_tokens=1, home=tmp_path / ".lmi")


def test_a_local_environment_ignores_the_credentials_of_the_shell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "local.yaml"
    path.write_text('target: local\naccount: "111111111111"\nregion: us-west-2\nendpoints: {}\n')
    running = local.Running(home=tmp_path, pid=1, port=9)
    monkeypatch.setattr(local, "running_or_fail", lambda home: running)
    monkeypatch.setenv("AWS_PROFILE", "a-profile-that-does-not-exist")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:10")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "of-a-real-account")

    client = runtime_client(load_environment(path), home=tmp_path, read_timeout_seconds=1)

    assert client.meta.endpoint_url == "http://127.0.0.1:9"


def test_fails_with_the_limit_when_the_model_is_too_slow(
    environment: Environment, runtime: tuple[Answers, list[bytes]]
) -> None:
    answers, _ = runtime
    body = {"OriginalStatusCode": 0, "OriginalMessage": "Your invocation timed out", "Message": "x"}
    answers(424, {"x-amzn-ErrorType": "ModelError"}, json.dumps(body).encode())
    with pytest.raises(InvocationError, match="did not answer within 60 s"):
        _ask(environment)
