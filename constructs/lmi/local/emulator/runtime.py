"""
The service sagemaker-runtime: InvokeEndpoint and InvokeEndpointWithResponseStream, as botocore's
model of it says (botocore 1.44.5).
"""

import json
import logging
import re
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote

from moto.sagemaker.models import sagemaker_backends

from lmi.local.emulator import ACCOUNT, event_stream
from lmi.local.hosting import Invocation, InvocationFailed
from lmi.local.hosting.invocation import body_too_large, endpoint_not_found

if TYPE_CHECKING:
    from moto.sagemaker.models import SageMakerModelBackend

    from lmi.local.emulator.sagemaker import Host

_log = logging.getLogger(__name__)

_PATH = re.compile(
    r"/endpoints/(?P<name>[^/?]+)"
    r"/(?P<operation>invocations|invocations-response-stream|async-invocations)(?:\?.*)?"
)
_REGION = re.compile(r"Credential=[^/]+/\d+/([^/]+)/")
_IN_SERVICE = ("InService", "Updating", "RollingBack", "SystemUpdating")


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """One call of the service."""

    endpoint_name: str
    operation: str
    """The last part of its path."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Reply:
    """The answer to a call, over HTTP."""

    status: int
    headers: Mapping[str, str]
    body: bytes | Generator[bytes]
    """A generator yields one frame after the other, and is closed by who sends them."""


class _Refused(Exception):
    """Not authenticated; https://docs.aws.amazon.com/sagemaker/latest/APIReference/CommonErrors.html"""

    def __init__(self, code: str, message: str) -> None:
        self.code, self.message = code, message
        super().__init__(message)


def call_of(method: str, target: str) -> Call | None:
    """Return the call that a request's method and target make, or None if it is another service."""
    match = _PATH.fullmatch(target) if method == "POST" else None
    if match is None:
        return None
    return Call(endpoint_name=unquote(match["name"]), operation=match["operation"])


class Runtime:
    """Answers the calls of sagemaker-runtime with what *host* runs."""

    def __init__(self, host: "Host") -> None:
        self._host = host
        # Of the regions that were named so far: moto takes a lock that all its services share, and
        # compares its way through them, for each look.
        self._records: dict[str, SageMakerModelBackend] = {}

    def answer(self, call: Call, headers: Mapping[str, str], body: bytes | None) -> Reply:
        """
        Return the answer to *call*.

        Args:
            call: what is called.
            headers: of the request, by their names in lower case.
            body: of the request, None if it has more than MAX_BODY_BYTES.
        """
        try:
            return self._answer(call, headers, body)
        except InvocationFailed as failure:
            return _failed(failure)
        except _Refused as refusal:
            return _error(403, refusal.code, {"message": refusal.message})
        except Exception as error:
            # Not 500, which every SDK retries.
            _log.exception("%s of %s failed", call.operation, call.endpoint_name)
            text = f"the embedded AWS could not answer: {type(error).__name__}: {error}"
            return _error(501, "NotImplemented", {"Message": text})

    def _answer(self, call: Call, headers: Mapping[str, str], body: bytes | None) -> Reply:
        records = self._records_of(headers)
        if call.operation == "async-invocations":
            raise InvocationFailed(
                "ValidationError",
                400,
                "InvokeEndpointAsync is not supported by the embedded AWS; call InvokeEndpoint",
            )
        if body is None:
            raise body_too_large()
        _check_in_service(call.endpoint_name, records)
        if call.operation == "invocations":
            return self._invoke(call.endpoint_name, headers, body)
        return self._stream(call.endpoint_name, headers, body)

    def _records_of(self, headers: Mapping[str, str]) -> "SageMakerModelBackend":
        region = _region(headers)
        records = self._records.get(region)
        if records is None:
            known = sagemaker_backends[ACCOUNT]
            if region not in known.regions:
                raise _Refused(
                    "IncompleteSignature",
                    f"Credential should be scoped to a valid region, not {region!r}.",
                )
            records = self._records[region] = known[region]
        return records

    def _invoke(self, name: str, headers: Mapping[str, str], body: bytes) -> Reply:
        answer = self._host.invoke(name, _invocation(headers, body, headers.get("accept")))
        sent = {
            "Content-Type": answer.content_type,
            "x-Amzn-Invoked-Production-Variant": answer.invoked_production_variant,
        }
        if answer.custom_attributes is not None:
            sent["X-Amzn-SageMaker-Custom-Attributes"] = answer.custom_attributes
        return Reply(status=200, headers=sent, body=answer.body)

    def _stream(self, name: str, headers: Mapping[str, str], body: bytes) -> Reply:
        invocation = _invocation(headers, body, headers.get("x-amzn-sagemaker-accept"))
        answer = self._host.invoke_stream(name, invocation)
        sent = {
            "Content-Type": event_stream.CONTENT_TYPE,
            "X-Amzn-SageMaker-Content-Type": answer.content_type,
            "x-Amzn-Invoked-Production-Variant": answer.invoked_production_variant,
        }
        if answer.custom_attributes is not None:
            sent["X-Amzn-SageMaker-Custom-Attributes"] = answer.custom_attributes
        frames = _frames(answer.parts)
        # A generator that never began would not close the parts when it is closed.
        next(frames)
        return Reply(status=200, headers=sent, body=frames)


def _frames(parts: Generator[bytes]) -> Generator[bytes]:
    try:
        yield b""
        for part in parts:
            if part:
                yield event_stream.event(
                    "PayloadPart", part, content_type="application/octet-stream"
                )
    except InvocationFailed as failure:
        code = failure.stream_error_code or "StreamBroken"
        yield event_stream.exception(
            "ModelStreamError", {"Message": failure.message, "ErrorCode": code}
        )
    except Exception as error:
        _log.exception("a stream failed")
        message = f"the embedded AWS could not answer: {type(error).__name__}: {error}"
        yield event_stream.exception("InternalStreamFailure", {"Message": message})
    finally:
        parts.close()


def _invocation(headers: Mapping[str, str], body: bytes, accept: str | None) -> Invocation:
    return Invocation(
        body=body,
        content_type=headers.get("content-type") or "application/octet-stream",
        accept=accept,
        custom_attributes=headers.get("x-amzn-sagemaker-custom-attributes"),
        target_variant=headers.get("x-amzn-sagemaker-target-variant"),
        target_model=headers.get("x-amzn-sagemaker-target-model"),
        target_container_hostname=headers.get("x-amzn-sagemaker-target-container-hostname"),
        inference_component_name=headers.get("x-amzn-sagemaker-inference-component"),
        session_id=headers.get("x-amzn-sagemaker-session-id"),
        enable_explanations=headers.get("x-amzn-sagemaker-enable-explanations"),
    )


def _check_in_service(name: str, records: "SageMakerModelBackend") -> None:
    endpoint = records.endpoints.get(name)
    if endpoint is None:
        raise endpoint_not_found(name, ACCOUNT)
    if endpoint.endpoint_status not in _IN_SERVICE:
        raise InvocationFailed(
            "ValidationError",
            400,
            f"Endpoint {name} of account {ACCOUNT} not found. (Its status is "
            f"{endpoint.endpoint_status}.)",
        )


def _region(headers: Mapping[str, str]) -> str:
    match = _REGION.search(headers.get("authorization", ""))
    if match is None:
        raise _Refused(
            "MissingAuthenticationToken", "the request is not signed, so it names no region"
        )
    return match[1]


def _failed(failure: InvocationFailed) -> Reply:
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
    return _error(failure.status, None if failure.code.isdecimal() else failure.code, body)


def _error(status: int, code: str | None, body: Mapping[str, object]) -> Reply:
    headers = {"Content-Type": "application/json"}
    if code is not None:
        headers["x-amzn-ErrorType"] = code
    return Reply(status=status, headers=headers, body=json.dumps(body).encode())
