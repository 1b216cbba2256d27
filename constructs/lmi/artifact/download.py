"""How long a tarball takes to reach an instance, at a rate that is cautious rather than likely."""

from math import ceil

LONGEST_SECONDS = 3600
"""
ModelDataDownloadTimeoutInSeconds is at most this
(https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ProductionVariant.html).
"""

DOWNLOAD_ALLOWANCE_SECONDS = 600
"""What even the smallest tarball is given: instances take a while to reach S3."""

BYTES_PER_SECOND = 20_000_000
"""A cautious rate at which one thread downloads and unpacks a tarball."""


def download_seconds(uncompressed_bytes: int) -> int:
    """Return how long a tarball of so many bytes, unpacked, takes at the cautious rate."""
    return ceil(uncompressed_bytes / BYTES_PER_SECOND)


def default_download_seconds(uncompressed_bytes: int | None) -> int:
    """
    Return ModelDataDownloadTimeoutInSeconds for a tarball: 600 s, and 1 s for each 20 MB in it.

    In whole minutes, so that it seldom changes; 3600 at most, which is SageMaker's limit, and where
    the size is not known.
    """
    if uncompressed_bytes is None:
        return LONGEST_SECONDS
    seconds = DOWNLOAD_ALLOWANCE_SECONDS + uncompressed_bytes // BYTES_PER_SECOND
    return min(ceil(seconds / 60) * 60, LONGEST_SECONDS)
