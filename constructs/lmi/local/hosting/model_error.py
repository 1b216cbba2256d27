"""ModelError: what InvokeEndpoint says when the container does not answer well."""

from pathlib import Path

from lmi.local.hosting.forward import ContainerAnswer
from lmi.local.hosting.invocation import MAX_BODY_BYTES, InvocationFailed
from lmi.local.hosting.spec import EndpointSpec

# botocore 1.44.5: sagemaker-runtime, shape ModelError.
_STATUS = 424
_MAX_QUOTED_CHARACTERS = 1500
_TIMED_OUT = (
    "Your invocation timed out while waiting for a response from container primary. Review the "
    "latency metrics for each container in Amazon CloudWatch, resolve the issue, and try again."
)


class ModelErrors:
    """
    Words the errors of one endpoint's container.

    Wording: https://github.com/aws/sagemaker-python-sdk/issues/2955 (a status of the container) and
    https://github.com/aws/amazon-sagemaker-examples/issues/799 (a time-out). SageMaker ends with a
    link to CloudWatch; here it is the local log.
    """

    def __init__(self, spec: EndpointSpec, log: Path | None) -> None:
        self._log = log
        self._log_stream_arn = (
            f"arn:aws:logs:{spec.region}:{spec.account}:log-group:"
            f"/aws/sagemaker/Endpoints/{spec.endpoint_name}"
        )

    def of_answer(self, answer: ContainerAnswer) -> InvocationFailed:
        """Return the error for an answer that is not a success."""
        return self._error(answer.status, answer.body.decode("utf-8", "replace"))

    def timed_out(self) -> InvocationFailed:
        """
        Return the error for an answer that came too late.

        Containers must respond within 60 seconds (botocore 1.44.5: sagemaker-runtime,
        InvokeEndpoint).
        """
        return self._error(0, _TIMED_OUT)

    def ended(self, cause: str) -> InvocationFailed:
        """
        Return the error for a container that is gone.

        503 like a full queue of DJL Serving, whose answer passes through `of_answer`
        (deepjavalibrary/djl-serving, branch 0.36.0-lmi27-dlc: InferenceRequestHandler answers
        WlmCapacityException with throttle_error_http_code, 503 by default).
        """
        return self._error(503, cause)

    def broken_off(self, cause: str) -> InvocationFailed:
        """
        Return the error for a stream whose container is gone before its answer ends.

        Raised in the middle of a stream (botocore 1.44.5: sagemaker-runtime, ModelStreamError).
        """
        return InvocationFailed(
            "ModelStreamError",
            400,
            f"the model server broke off in the middle of its answer ({cause})",
            stream_error_code="StreamBroken",
        )

    def stream_timed_out(self) -> InvocationFailed:
        """Return the error for a stream that does not end in time."""
        return InvocationFailed(
            "ModelStreamError",
            400,
            "the model did not send its whole answer in time",
            stream_error_code="ModelInvocationTimeExceeded",
        )

    def too_long(self) -> InvocationFailed:
        """
        Return the error for an answer over the limit; what SageMaker says then was not found in
        public.
        """
        return self._error(502, f"the model's answer has more than {MAX_BODY_BYTES} bytes")

    def unhosted(self, reason: str) -> InvocationFailed:
        """Return the error of an endpoint that no container stands behind."""
        return self._error(503, reason)

    def _error(self, original_status: int, original_message: str) -> InvocationFailed:
        side = "client" if 400 <= original_status < 500 else "server"
        where = "" if self._log is None else f" See {self._log} for more information."
        quoted = original_message[:_MAX_QUOTED_CHARACTERS]
        return InvocationFailed(
            "ModelError",
            _STATUS,
            f"Received {side} error ({original_status}) from primary "
            f'with message "{quoted}".{where}',
            original_status_code=original_status,
            original_message=original_message,
            log_stream_arn=self._log_stream_arn,
        )
