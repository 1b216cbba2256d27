"""How long SageMaker waits for a model, where nobody says otherwise."""

from math import ceil

from lmi.djl.loading import Loading

SECONDS_ALLOWED = range(60, 3600 + 1)
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

DOWNLOAD_ALLOWANCE_SECONDS = 600
"""What even the smallest tarball is given: instances take a while to reach S3."""

BYTES_PER_SECOND = 20_000_000
"""A cautious rate at which one thread downloads and unpacks a tarball."""


def default_download_seconds(uncompressed_bytes: int) -> int:
    """
    Return ModelDataDownloadTimeoutInSeconds for a tarball: 600 s, and 1 s for each 20 MB in it.

    In whole minutes, so that it seldom changes; 3600 at most, which is SageMaker's limit.
    """
    seconds = DOWNLOAD_ALLOWANCE_SECONDS + uncompressed_bytes // BYTES_PER_SECOND
    return min(ceil(seconds / 60) * 60, SECONDS_ALLOWED[-1])


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
