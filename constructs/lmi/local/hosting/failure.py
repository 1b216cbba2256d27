"""
Why an endpoint failed, worded as SageMaker words it, followed by the cause that only this host can
show.
"""

from pathlib import Path

from lmi.errors import LmiError

MAX_REASON_CHARACTERS = 1024
"""Longest FailureReason of DescribeEndpoint (botocore 1.44.5: sagemaker, shape FailureReason)."""


class EndpointFailed(LmiError):
    """The endpoint did not get into service. Nothing of it runs; nothing but its log is on disk."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        """What SageMaker would put into FailureReason; the stack event shows the same."""
        super().__init__(reason)


class NotWanted(EndpointFailed):
    """The endpoint or variant was ended while it started."""


def model_data_missing(url: str) -> EndpointFailed:
    """
    Return the failure of a ModelDataUrl where nothing lies.

    Wording: https://github.com/awslabs/generative-ai-cdk-constructs/issues/179
    """
    return EndpointFailed(f"Could not find model data at {url}.")


def model_data_not_extracted(url: str, cause: str) -> EndpointFailed:
    """
    Return the failure of model data that cannot be unpacked.

    Wording: https://github.com/aws/deep-learning-containers/pull/569; links are the usual cause,
        see
    https://repost.aws/knowledge-center/sagemaker-endpoint-creation-fail
    """
    return EndpointFailed(
        f'Failed to extract model data archive from URL "{url}". '
        f"Please ensure that the object located at the URL is a valid tar.gz archive. {cause}"
    )


def health_check_failed(variant_name: str, cause: str, log: Path | None) -> EndpointFailed:
    """
    Return the failure of a container whose /ping did not answer 200 in time.

    Of a long cause the end is kept: a traceback names its error in the last line.
    Wording: https://github.com/aws/sagemaker-tensorflow-training-toolkit/issues/347
    """
    sentence = (
        f"The primary container for production variant {variant_name} did not pass the ping health "
        "check. Please check CloudWatch logs for this endpoint."
    )
    where = "" if log is None or str(log) in cause else f"\nlog: {log}"
    room = MAX_REASON_CHARACTERS - len(sentence) - len(where) - 1
    if len(cause) > room:
        cause = "…" + cause[len(cause) - max(room - 1, 0) :]
    return EndpointFailed(f"{sentence}\n{cause}{where}")
