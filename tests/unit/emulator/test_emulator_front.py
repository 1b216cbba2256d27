"""InvokeEndpoint as an SDK sees it, the status, and what moto cannot answer."""

import http.client
import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from lmi.local.hosting import InvocationFailed
from lmi.local.hosting.invocation import MAX_BODY_BYTES

if TYPE_CHECKING:
    from tests.unit.emulator.conftest import Aws


@pytest.fixture
def endpoint(aws: "Aws", endpoint_resources: Any) -> str:
    name = aws.unique("endpoint")
    aws.deploy(aws.unique("stack"), endpoint_resources(name))
    return name


def test_an_invocation_reaches_the_host_and_its_answer_comes_back(
    aws: "Aws", endpoint: str
) -> None:
    answer = aws.client("sagemaker-runtime").invoke_endpoint(
        EndpointName=endpoint,
        Body=b"body",
        ContentType="application/json",
        Accept="text/plain",
        CustomAttributes="trace-1",
        TargetVariant="AllTraffic",
    )

    assert answer["Body"].read() == b"ydob"
    assert answer["ContentType"] == "text/plain"
    assert answer["InvokedProductionVariant"] == "AllTraffic"
    assert answer["CustomAttributes"] == "trace-1"
    ((name, invocation),) = aws.host.invocations
    assert (name, invocation.body, invocation.content_type) == (
        endpoint,
        b"body",
        "application/json",
    )
    assert (invocation.accept, invocation.target_variant) == ("text/plain", "AllTraffic")


def test_a_model_error_carries_what_the_model_said(aws: "Aws", endpoint: str) -> None:
    runtime = aws.client("sagemaker-runtime")
    aws.host.failure = InvocationFailed(
        "ModelError",
        424,
        "Received server error (500) from primary",
        original_status_code=500,
        original_message='{"error": "boom"}',
        log_stream_arn="arn:aws:logs:us-west-2:111111111111:log-group:any",
    )

    with pytest.raises(runtime.exceptions.ModelError) as caught:
        runtime.invoke_endpoint(EndpointName=endpoint, Body=b"")

    response: Any = caught.value.response
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 424
    assert response["ResponseMetadata"]["RetryAttempts"] == 0
    assert response["Error"]["Message"] == "Received server error (500) from primary"
    assert response["OriginalStatusCode"] == 500
    assert response["OriginalMessage"] == '{"error": "boom"}'
    assert response["LogStreamArn"] == "arn:aws:logs:us-west-2:111111111111:log-group:any"


def test_fails_on_an_endpoint_that_is_not_there(aws: "Aws") -> None:
    with pytest.raises(
        ClientError, match="Endpoint nowhere of account 111111111111 not found"
    ) as e:
        aws.client("sagemaker-runtime").invoke_endpoint(EndpointName="nowhere", Body=b"")

    assert e.value.response["Error"]["Code"] == "ValidationError"


def test_fails_on_an_endpoint_of_another_region(aws: "Aws", endpoint: str) -> None:
    with pytest.raises(ClientError, match="not found"):
        aws.client("sagemaker-runtime", "eu-west-1").invoke_endpoint(
            EndpointName=endpoint, Body=b""
        )


def test_fails_on_a_body_over_the_limit_as_sagemaker_does(aws: "Aws", endpoint: str) -> None:
    runtime = aws.client("sagemaker-runtime")
    runtime.invoke_endpoint(EndpointName=endpoint, Body=b"x" * MAX_BODY_BYTES)["Body"].close()

    with pytest.raises(ClientError, match=r"\(413\).*HTTP content length exceeded 6291456 bytes"):
        runtime.invoke_endpoint(EndpointName=endpoint, Body=b"x" * (MAX_BODY_BYTES + 1))


def test_fails_on_an_asynchronous_invocation(aws: "Aws", endpoint: str) -> None:
    with pytest.raises(ClientError, match="InvokeEndpointAsync is not supported"):
        aws.client("sagemaker-runtime").invoke_endpoint_async(
            EndpointName=endpoint, InputLocation="s3://bucket/key"
        )


@pytest.mark.parametrize(
    ("service", "call", "arguments"),
    [
        ("sagemaker", "create_app_image_config", {"AppImageConfigName": "any"}),
        ("cloudformation", "list_types", {}),
    ],
)
def test_fails_once_on_what_moto_does_not_have(
    aws: "Aws", service: str, call: str, arguments: dict[str, Any]
) -> None:
    with pytest.raises(ClientError, match="the embedded AWS could not answer") as caught:
        getattr(aws.client(service), call)(**arguments)

    response: Any = caught.value.response
    assert response["Error"]["Code"] == "NotImplemented"
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 501
    assert response["ResponseMetadata"]["RetryAttempts"] == 0


def test_fails_in_s3s_own_format_when_moto_fails_there(
    aws: "Aws", monkeypatch: pytest.MonkeyPatch
) -> None:
    from moto.s3.models import S3Backend

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("<broken>")

    monkeypatch.setattr(S3Backend, "list_buckets", broken)

    with pytest.raises(ClientError, match="RuntimeError: <broken>") as caught:
        aws.client("s3").list_buckets()

    assert caught.value.response["Error"]["Code"] == "NotImplemented"


def test_the_status_shows_endpoints_with_the_hosts_notes(aws: "Aws", endpoint: str) -> None:
    connection = http.client.HTTPConnection(aws.url.removeprefix("http://"), timeout=5)
    connection.request("GET", "/_lmi/status")
    document = json.loads(connection.getresponse().read())
    connection.close()

    assert document["account"] == "111111111111"
    assert {
        "endpoint_name": endpoint,
        "region": "us-west-2",
        "status": "InService (unhosted: needs 4 GPUs)",
        "failure_reason": None,
        "server_version": "0.34.0",
        "notes": ["a note"],
        "url": None,
        "log": None,
    } in document["endpoints"]


def test_other_web_pages_may_not_read_it(aws: "Aws") -> None:
    connection = http.client.HTTPConnection(aws.url.removeprefix("http://"), timeout=5)
    connection.request("GET", "/", headers={"Origin": "https://example.com"})
    response = connection.getresponse()
    response.read()
    connection.close()

    assert response.getheader("Access-Control-Allow-Origin") is None
