"""Rules about how large the tarball is, and whether SageMaker waits long enough for it."""

from collections.abc import Iterator

from lmi.artifact.download import BYTES_PER_SECOND, LONGEST_SECONDS, download_seconds
from lmi.rules.rule import Example, Hit, rule
from lmi.rules.subject import Subject

DOWNLOAD = "model_data_download_timeout_seconds"

GIGABYTE = 1000**3

LARGE_BYTES = 5 * GIGABYTE
"""More than this is advised against: a choice of ours, see the rule's reason."""

_HANDLER = {
    "serving.properties": "engine=Python\n",
    "model.py": "def handle(inputs):\n    return None\n",
}
_UNCOMPRESSED = (
    "https://docs.aws.amazon.com/sagemaker/latest/dg/large-model-inference-uncompressed.html"
)


def _bytes(subject: Subject) -> int:
    return sum(file.size for file in (subject.files or {}).values())


@rule(
    id="large-tarball",
    severity="warning",
    title="Weights of more than 5 GB are not in the tarball",
    reason=(
        "Every new instance downloads the tarball and unpacks it with one thread before the "
        "container starts, and each change of one key uploads it all again. AWS advises against "
        "archives for large models without naming a size; from 5 GB on this takes some four "
        "minutes, at a cautious 20 MB a second. What does not arrive within 3600 s never does."
    ),
    fix=(
        "mirror the folder into S3 (`lmi mirror`, and `source: {mirror: s3://BUCKET/PREFIX/}` in "
        "artifact.yaml), name the weights with option.model_id=s3://BUCKET/PREFIX/ (option.s3url "
        "before DJL Serving 0.22.1), or let the container fetch them from the Hub"
    ),
    source=_UNCOMPRESSED,
    passes=(Example(files=_HANDLER, sizes={"model.gguf": 4 * GIGABYTE}),),
    fails=(
        Example(files=_HANDLER, sizes={"model.safetensors": 6 * GIGABYTE}),
        Example(files=_HANDLER, sizes={f"model-{part}.bin": 30 * GIGABYTE for part in range(3)}),
    ),
    needs=("files",),
)
def large_tarball(subject: Subject) -> Iterator[Hit]:
    """Yield the largest file of a folder that is too large."""
    size = _bytes(subject)
    if size <= LARGE_BYTES or subject.source is not None:
        return
    files = subject.files or {}
    largest = max(files.values(), key=lambda file: file.size)
    message = (
        f"the files have {size / GIGABYTE:.1f} GB, {largest.name!r} alone "
        f"{largest.size / GIGABYTE:.1f} GB"
    )
    seconds = download_seconds(size)
    if seconds > LONGEST_SECONDS:
        message += f"; at 20 MB a second they take {seconds} s, and SageMaker waits at most 3600 s"
    yield Hit(message=message, location=subject.file_location(largest.name))


@rule(
    id="download-timeout",
    severity="warning",
    title="SageMaker waits long enough for the tarball",
    reason=(
        "Where ModelDataDownloadTimeoutInSeconds is over before the tarball is downloaded and "
        "unpacked, the endpoint fails. The constructs give 600 s and one more for each 20 MB."
    ),
    fix=f"remove {DOWNLOAD}, or raise it (at most 3600)",
    source="https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ProductionVariant.html",
    passes=(
        Example(files=_HANDLER, sizes={"model.gguf": 2 * GIGABYTE}, hosting={DOWNLOAD: 120}),
        Example(files=_HANDLER, sizes={"model.gguf": 2 * GIGABYTE}, hosting={DOWNLOAD: None}),
        Example(files=_HANDLER, hosting={DOWNLOAD: 60}),
    ),
    fails=(Example(files=_HANDLER, sizes={"model.gguf": 3 * GIGABYTE}, hosting={DOWNLOAD: 120}),),
    needs=("files", "hosting"),
)
def download_timeout(subject: Subject) -> Iterator[Hit]:
    """Yield a time-out in which the tarball may not arrive."""
    hosting = subject.hosting
    given = None if hosting is None else hosting.model_data_download_timeout_seconds
    size = _bytes(subject)
    if given is None or download_seconds(size) <= given:
        return
    yield Hit(
        message=f"{DOWNLOAD} is {given}, and {size / GIGABYTE:.1f} GB take "
        f"{download_seconds(size)} s at a cautious {BYTES_PER_SECOND // 1_000_000} MB a second",
        location=subject.hosting_location(DOWNLOAD),
        key=DOWNLOAD,
    )
