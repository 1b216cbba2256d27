"""The table: every artifact that is tried, and the rules that none of them can show."""

from tests.e2e.checked_artifacts.built_in import BUILT_IN
from tests.e2e.checked_artifacts.engine import ENGINE
from tests.e2e.checked_artifacts.entry_points import ENTRY_POINTS
from tests.e2e.checked_artifacts.handlers import HANDLERS
from tests.e2e.checked_artifacts.values import VALUES

TABLE = (*ENGINE, *ENTRY_POINTS, *HANDLERS, *VALUES, *BUILT_IN)

IMAGES = {
    "0.20.0": "0.20.0-deepspeed0.7.5-cu116",
    "0.25.0": "0.25.0-cpu-full",
    "0.34.0": "0.34.0-lmi16.0.0-cu128",
}
"""An image of exactly each version; nothing in the table needs what only that image has."""

INSTANCE_TYPE = "ml.m5.xlarge"
"""What the tests run on: no GPU."""

_FOLDER = "is found in files that no server is given: it looks at what becomes a tarball"
_GPU = "needs GPUs, or what only starts on them"
_HOST = "is about the instance or the account; DJL has no part in it"
_DOWNLOAD = "downloads from S3 are DJL Serving's own, which is not published"
_PACKAGES = "is refused by packages that only an image has"

CANNOT_BE_SHOWN = {
    "artifact-file": _FOLDER,
    "async-custom-handler": _PACKAGES,
    "attention-heads": _PACKAGES,
    "disk-too-small": _HOST,
    "environment-file": _FOLDER,
    "file-name": _FOLDER,
    "folder-content": _FOLDER,
    "gpu-driver": _HOST,
    "handler-accelerator": _PACKAGES,
    "image-region": _HOST,
    "name-clash": _FOLDER,
    "network-isolation": _HOST,
    "processor": _HOST,
    "quantized-with-dtype": "only 0.26.0 refuses it, which is not published",
    "rolling-batch-engine": _PACKAGES,
    "rolling-batch-not-here": _PACKAGES,
    "model-beside-mirror": _HOST,
    "options-beside-tarball": _FOLDER,
    "s3-model-id": _DOWNLOAD,
    "s3url-scheme": _DOWNLOAD,
    "secret": _FOLDER,
    "tarball-damaged": _FOLDER,
    "tarball-duplicate": _FOLDER,
    "tarball-link": _FOLDER,
    "tarball-path": _FOLDER,
    "tarball-special-file": _FOLDER,
    "tarball-too-much": _FOLDER,
    "too-few-accelerators": _GPU,
    "too-many-workers": _GPU,
    "two-model-sources": _DOWNLOAD,
    "unread-s3url": _PACKAGES,
}
"""Rules of severity error of which DJL on a CPU shows nothing, and why."""
