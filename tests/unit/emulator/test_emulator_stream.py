"""InvokeEndpointWithResponseStream as an SDK and the AWS CLI see it."""

import json
import threading
from collections.abc import Callable, Generator
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from botocore.eventstream import EventStreamBuffer
from botocore.exceptions import ClientError, EventStreamError

from lmi.local.emulator import event_stream
from lmi.local.hosting import Invocation, InvocationFailed
from lmi.local.hosting.invocation import StreamingAnswer

if TYPE_CHECKING:
    from tests.unit.emulator.conftest import Aws

Stream = Callable[[Generator[bytes]], Any]
BINARY = b"\x00\xff" * 40_000


@pytest.fixture
def endpoint(aws: "Aws", endpoint_resources: Any) -> str:
    name = aws.unique("endpoint")
    aws.deploy(aws.unique("stack"), endpoint_resources(name))
    return name


@pytest.fixture
def stream(aws: "Aws", endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Stream:
    """Call the endpoint, whose model answers in the given parts; return the SDK's answer."""

    def call(parts: Generator[bytes]) -> Any:
        def invoke_stream(endpoint_name: str, invocation: Invocation) -> StreamingAnswer:
            aws.host.invocations.append((endpoint_name, invocation))
            return StreamingAnswer(
                content_type="application/jsonlines",
                invoked_production_variant="AllTraffic",
                custom_attributes=invocation.custom_attributes,
                parts=parts,
            )

        monkeypatch.setattr(aws.host, "invoke_stream", invoke_stream, raising=False)
        return aws.client("sagemaker-runtime").invoke_endpoint_with_response_stream(
            EndpointName=endpoint,
            Body=b"body",
            ContentType="application/json",
            Accept="application/jsonlines",
            CustomAttributes="trace-1",
            TargetVariant="AllTraffic",
        )

    return call


def of(*parts: bytes | InvocationFailed | Exception) -> Generator[bytes]:
    for part in parts:
        if isinstance(part, Exception):
            raise part
        yield part


def payloads(answer: Any) -> list[bytes]:
    return [event["PayloadPart"]["Bytes"] for event in answer["Body"]]


def test_the_parts_arrive_as_the_model_made_them(stream: Stream, aws: "Aws") -> None:
    answer = stream(of(b'{"a": 1}\n', b"", BINARY))

    assert payloads(answer) == [b'{"a": 1}\n', BINARY]
    assert answer["ContentType"] == "application/jsonlines"
    assert answer["InvokedProductionVariant"] == "AllTraffic"
    assert answer["CustomAttributes"] == "trace-1"
    ((_, invocation),) = aws.host.invocations
    assert (invocation.body, invocation.accept) == (b"body", "application/jsonlines")
    assert invocation.target_variant == "AllTraffic"


def test_a_part_arrives_before_the_next_one_is_made(stream: Stream) -> None:
    seen = threading.Event()

    def parts() -> Generator[bytes]:
        yield b"first"
        assert seen.wait(10)
        yield b"second"

    arriving = iter(stream(parts())["Body"])

    assert next(arriving)["PayloadPart"]["Bytes"] == b"first"
    seen.set()
    assert next(arriving)["PayloadPart"]["Bytes"] == b"second"
    assert list(arriving) == []


def test_a_stream_without_parts_ends(stream: Stream) -> None:
    assert payloads(stream(of())) == []


def test_the_connection_serves_on_after_a_stream(stream: Stream) -> None:
    for _ in range(3):
        assert payloads(stream(of(b"x"))) == [b"x"]


def test_fails_in_the_middle_with_a_model_stream_error(stream: Stream) -> None:
    broken = InvocationFailed("ModelStreamError", 424, "the model broke off")

    with closing(stream(of(b"first", broken))["Body"]) as body:
        arriving = iter(body)
        assert next(arriving)["PayloadPart"]["Bytes"] == b"first"
        with pytest.raises(EventStreamError, match="the model broke off") as caught:
            next(arriving)

    assert caught.value.response["Error"]["Code"] == "ModelStreamError"


def test_fails_in_the_middle_with_an_internal_failure_for_what_nobody_expected(
    stream: Stream,
) -> None:
    with (
        closing(stream(of(b"first", RuntimeError("oops")))["Body"]) as body,
        pytest.raises(EventStreamError, match="RuntimeError: oops") as caught,
    ):
        list(body)

    assert caught.value.response["Error"]["Code"] == "InternalStreamFailure"


def test_fails_before_the_first_part_as_an_invocation_does(
    aws: "Aws", endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(endpoint_name: str, invocation: Invocation) -> StreamingAnswer:
        raise InvocationFailed("ModelError", 424, "Received", original_status_code=503)

    monkeypatch.setattr(aws.host, "invoke_stream", refuse, raising=False)

    with pytest.raises(ClientError) as caught:
        aws.client("sagemaker-runtime").invoke_endpoint_with_response_stream(
            EndpointName=endpoint, Body=b""
        )

    response: Any = caught.value.response
    assert response["Error"]["Code"] == "ModelError"
    assert response["OriginalStatusCode"] == 503


def test_fails_on_a_stream_of_an_endpoint_that_is_not_there(aws: "Aws") -> None:
    with pytest.raises(ClientError, match="Endpoint nowhere of account 111111111111 not found"):
        aws.client("sagemaker-runtime").invoke_endpoint_with_response_stream(
            EndpointName="nowhere", Body=b""
        )


def test_the_model_is_told_when_the_client_has_gone(stream: Stream) -> None:
    told = threading.Event()

    def parts() -> Generator[bytes]:
        try:
            while True:
                yield bytes(1 << 16)
        finally:
            told.set()

    body = stream(parts())["Body"]
    next(iter(body))
    body.close()

    assert told.wait(10)


def test_the_model_is_told_when_all_is_read(stream: Stream) -> None:
    told = threading.Event()

    def parts() -> Generator[bytes]:
        try:
            yield b"all"
        finally:
            told.set()

    assert payloads(stream(parts())) == [b"all"]
    assert told.wait(10)


def test_frames_are_what_botocore_decodes() -> None:
    buffer = EventStreamBuffer()
    frames = event_stream.event("PayloadPart", b"\x00x", content_type="a/b")
    frames += event_stream.exception("ModelStreamError", {"Message": "ü", "ErrorCode": "Broken"})
    for byte in frames:
        buffer.add_data(bytes([byte]))

    decoded: list[Any] = list(buffer)
    event, exception = decoded

    assert event.headers == {
        ":event-type": "PayloadPart",
        ":content-type": "a/b",
        ":message-type": "event",
    }
    assert event.payload == b"\x00x"
    assert exception.headers[":exception-type"] == "ModelStreamError"
    assert exception.headers[":message-type"] == "exception"
    assert json.loads(exception.payload) == {"Message": "ü", "ErrorCode": "Broken"}
