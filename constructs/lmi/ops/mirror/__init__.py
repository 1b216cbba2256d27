"""
Model weights into S3, as one uncompressed prefix that SageMaker or DJL Serving downloads.

`artifact_prefix` tells where an artifact will lie, without AWS; the rest talks to S3.
"""

from lmi.ops.mirror.place import artifact_prefix
from lmi.s3_prefix import S3Prefix

__all__ = ["S3Prefix", "artifact_prefix"]
