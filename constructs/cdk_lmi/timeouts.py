"""How long SageMaker waits for a model, where nobody says otherwise."""

from lmi.artifact.download import LONGEST_SECONDS
from lmi.djl.loading import Loading

SECONDS_ALLOWED = range(60, LONGEST_SECONDS + 1)
"""
What ModelDataDownloadTimeoutInSeconds and ContainerStartupHealthCheckTimeoutInSeconds may be
(https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ProductionVariant.html).
"""

MODEL_LOADING_TIMEOUT_SECONDS = 1200
"""
What a copy may take to load where ``option.model_loading_timeout`` does not say:
MODEL_LOADING_TIMEOUT of the images (deepjavalibrary/djl-serving: serving/docker/*.Dockerfile).
"""

CONTAINER_START_SECONDS = 300
"""Allowance for what comes before loading: the container, the server, `pip install`, Python."""


def default_startup_seconds(loading: Loading) -> int:
    """
    Return ContainerStartupHealthCheckTimeoutInSeconds: as long as loading may take, and 300 s.

    DJL Serving answers /ping when all copies have loaded. 3600 at most, which is SageMaker's limit.
    """
    one_copy = loading.timeout_seconds
    if one_copy is None:
        one_copy = MODEL_LOADING_TIMEOUT_SECONDS
    return min(
        loading.copies_one_after_another * one_copy + CONTAINER_START_SECONDS, SECONDS_ALLOWED[-1]
    )
