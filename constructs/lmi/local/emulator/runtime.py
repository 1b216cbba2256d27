"""
The service sagemaker-runtime: InvokeEndpoint over HTTP, as botocore's model of it says (botocore
1.44.5).
"""

import json
import re
from typing import TYPE_CHECKING

from moto.sagemaker.models import sagemaker_backends
from werkzeug.wrappers import Request, Response

from lmi.local.emulator import ACCOUNT
from lmi.local.hosting import Invocation, InvocationFailed

if TYPE_CHECKING:
    from lmi.local.emulator.sagemaker import Host

_PATH = re.compile(
    r"/endpoints/(?P<name>[^/]+)/(?P<operation>invocations|invocations-response-stream|async-invocations)"
)
_REGION = re.compile(r"Credential=[^/]+/\d+/([^/]+)/")
_IN_SERVICE = ("InService", "Updating")
# Longest body of a request or an answer (botocore 1.44.5: sagemaker-runtime, shape BodyBlob).
MAX_BODY_BYTES = 6_291_456
_DRAINED_AT_ONCE = 1 << 20


class Runtime:
    """Answers the calls of sagemaker-runtime with what *host* runs."""

    def __init__(self, host: "Host") -> None:
        self._host = host

    def answer(self, request: Request) -> Response | None:
        """Return the answer to *request*, or None if it is not a call of this service."""
        match = _PATH.fullmatch(request.path) if request.method == "POST" else None
        if match is None:
            return None
        try:
            if match["operation"] != "invocations":
                _drain(request)
                raise _not_supported(match["operation"])
            return self._invoke(match["name"], request)
        except InvocationFailed as failure:
            return _failed(failure)

    def _invoke(self, name: str, request: Request) -> Response:
        if (request.content_length or 0) > MAX_BODY_BYTES:
            _drain(request)
            # https://github.com/aws/sagemaker-python-sdk/issues/171: status and text, without an
            # error code.
            raise InvocationFailed(
                "413", 413, f"HTTP content length exceeded {MAX_BODY_BYTES} bytes."
            )
        _check_in_service(name, _region(request))
        headers = request.headers
        answer = self._host.invoke(
            name,
            Invocation(
                body=request.get_data(),
                content_type=request.content_type or "application/octet-stream",
                accept=headers.get("Accept"),
                custom_attributes=headers.get("X-Amzn-SageMaker-Custom-Attributes"),
                target_variant=headers.get("X-Amzn-SageMaker-Target-Variant"),
                target_model=headers.get("X-Amzn-SageMaker-Target-Model"),
                target_container_hostname=headers.get("X-Amzn-SageMaker-Target-Container-Hostname"),
                inference_component_name=headers.get("X-Amzn-SageMaker-Inference-Component"),
                session_id=headers.get("X-Amzn-SageMaker-Session-Id"),
                enable_explanations=headers.get("X-Amzn-SageMaker-Enable-Explanations"),
            ),
        )
        response = Response(answer.body, status=200)
        # Set here, because werkzeug would add a charset to a text type.
        response.headers["Content-Type"] = answer.content_type
        response.headers["x-Amzn-Invoked-Production-Variant"] = answer.invoked_production_variant
        if answer.custom_attributes is not None:
            response.headers["X-Amzn-SageMaker-Custom-Attributes"] = answer.custom_attributes
        return response


def _check_in_service(name: str, region: str) -> None:
    endpoint = sagemaker_backends[ACCOUNT][region].endpoints.get(name)
    if endpoint is None:
        raise InvocationFailed(
            "ValidationError", 400, f"Endpoint {name} of account {ACCOUNT} not found."
        )
    if endpoint.endpoint_status not in _IN_SERVICE:
        raise InvocationFailed(
            "ValidationError",
            400,
            f"Endpoint {name} of account {ACCOUNT} not found. (Its status is "
            f"{endpoint.endpoint_status}.)",
        )


def _region(request: Request) -> str:
    match = _REGION.search(request.headers.get("Authorization", ""))
    if match is None:
        raise InvocationFailed(
            "ValidationError", 400, "the request is not signed, so it names no region"
        )
    return match[1]


def _not_supported(operation: str) -> InvocationFailed:
    call = {
        "invocations-response-stream": "InvokeEndpointWithResponseStream",
        "async-invocations": "InvokeEndpointAsync",
    }[operation]
    return InvocationFailed(
        "ValidationError",
        400,
        f"{call} is not supported by the embedded AWS; call InvokeEndpoint",
    )


def _drain(request: Request) -> None:
    """
    Read the body away: a client that is still sending would see a broken connection instead of the
    answer.
    """
    while request.stream.read(_DRAINED_AT_ONCE):
        pass


def _failed(failure: InvocationFailed) -> Response:
    body: dict[str, object] = {"Message": failure.message}
    if failure.code == "ModelError":
        body |= {
            key: value
            for key, value in (
                ("OriginalStatusCode", failure.original_status_code),
                ("OriginalMessage", failure.original_message),
                ("LogStreamArn", failure.log_stream_arn),
            )
            if value is not None
        }
    response = Response(json.dumps(body), status=failure.status, mimetype="application/json")
    if not failure.code.isdecimal():
        response.headers["x-amzn-ErrorType"] = failure.code
    return response
