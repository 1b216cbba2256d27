"""A request to an endpoint, its answer, and how it fails."""

import re
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Literal

MAX_BODY_BYTES = 6_291_456
"""
Longest body of a request and of an answer (botocore 1.44.5: sagemaker-runtime, shape BodyBlob).
"""

# botocore 1.44.5: sagemaker-runtime, shapes Header and CustomAttributesHeader. ASCII, there; a line
# break would be a header of its own here.
_HEADER = re.compile(r"[\x20-\x7e\t]{0,1024}")
_MAX_MESSAGE_CHARACTERS = 2048


@dataclass(frozen=True, kw_only=True, slots=True)
class Invocation:
    """
    What InvokeEndpoint was called with. A field that this host cannot honour is refused if it is
    set.
    """

    body: bytes
    content_type: str
    accept: str | None = None
    custom_attributes: str | None = None
    target_variant: str | None = None
    target_model: str | None = None
    target_container_hostname: str | None = None
    inference_component_name: str | None = None
    session_id: str | None = None
    enable_explanations: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What the model answered."""

    body: bytes
    content_type: str
    invoked_production_variant: str
    custom_attributes: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class StreamingAnswer:
    """What the model answers while it is still answering."""

    content_type: str
    invoked_production_variant: str
    custom_attributes: str | None
    parts: Generator[bytes]
    """
    The body as it comes. Raises InvocationFailed with the code ModelStreamError in the middle.
    `parts.close()` ends the model's work, and must be called if it is not read to its end.
    """


class InvocationFailed(Exception):
    """The invocation has no answer; carries what the service says instead."""

    def __init__(
        self,
        code: Literal[
            "ValidationError",
            "ModelError",
            "ModelStreamError",
            "ServiceUnavailable",
            "InternalFailure",
            "413",
        ],
        status: int,
        message: str,
        *,
        original_status_code: int | None = None,
        original_message: str | None = None,
        log_stream_arn: str | None = None,
        stream_error_code: Literal["ModelInvocationTimeExceeded", "StreamBroken"] | None = None,
    ) -> None:
        self.code = code
        """The error code; SageMaker answers too large a body with the code `413`."""
        self.status = status
        """The HTTP status."""
        self.message = message[:_MAX_MESSAGE_CHARACTERS]
        self.original_status_code = original_status_code
        self.original_message = (
            None if original_message is None else original_message[:_MAX_MESSAGE_CHARACTERS]
        )
        self.log_stream_arn = log_stream_arn
        self.stream_error_code = stream_error_code
        """The ErrorCode of a ModelStreamError (botocore 1.44.5: sagemaker-runtime)."""
        super().__init__(f"{code}: {message}")


def endpoint_not_found(endpoint_name: str, account: str) -> InvocationFailed:
    """
    Return the failure of an invocation of an endpoint that is not there.

    Wording: https://github.com/aws/amazon-sagemaker-examples/issues/559
    """
    return InvocationFailed(
        "ValidationError", 400, f"Endpoint {endpoint_name} of account {account} not found."
    )


def body_too_large() -> InvocationFailed:
    """
    Return the failure of an invocation with more than MAX_BODY_BYTES: status and text, without an
    error code (https://github.com/aws/sagemaker-python-sdk/issues/171).
    """
    return InvocationFailed("413", 413, f"HTTP content length exceeded {MAX_BODY_BYTES} bytes.")


def check_invocation(invocation: Invocation, variant_names: Sequence[str]) -> None:
    """
    Refuse what the service refuses, and what this host cannot do.

    Raises:
        InvocationFailed: ValidationError, or 413 for too large a body.
    """
    if len(invocation.body) > MAX_BODY_BYTES:
        raise body_too_large()
    problems = [
        f"{name} must be at most 1024 printable ASCII characters"
        for name, value in (
            ("ContentType", invocation.content_type),
            ("Accept", invocation.accept),
            ("CustomAttributes", invocation.custom_attributes),
        )
        if value is not None and not _HEADER.fullmatch(value)
    ]
    if invocation.target_variant not in (None, *variant_names):
        problems.append(
            f"TargetVariant must be {' or '.join(variant_names)}, a production variant of the "
            f"endpoint, got {invocation.target_variant!r}"
        )
    problems += [
        f"{name} is set, and the endpoint has no {what}"
        for name, value, what in (
            ("TargetModel", invocation.target_model, "multi-model container"),
            ("TargetContainerHostname", invocation.target_container_hostname, "second container"),
            ("InferenceComponentName", invocation.inference_component_name, "inference component"),
            ("SessionId", invocation.session_id, "stateful sessions on the local host"),
            ("EnableExplanations", invocation.enable_explanations, "explainer"),
        )
        if value is not None
    ]
    if problems:
        raise InvocationFailed("ValidationError", 400, "; ".join(problems))
