"""The rule about the disk of an instance."""

from collections.abc import Iterator

from lmi.rules.rule import Example, Hit, rule
from lmi.rules.subject import Subject

VOLUME_GIB = 30
"""What SageMaker attaches where nobody says another size and the host has no disk of its own."""

_HANDLER = {"serving.properties": "engine=Python\n", "model.py": "def handle(inputs): ...\n"}


@rule(
    id="disk-too-small",
    severity="error",
    title="The model fits on the disk of the instance",
    reason=(
        "Where the host has no NVMe disks, SageMaker attaches a volume of 30 GB unless "
        "VolumeSizeInGB says another size, and the constructs say none. The model is unpacked "
        "there, or onto the NVMe disks."
    ),
    fix="choose a type with larger NVMe disks, or put the weights into S3 or on the Hub",
    source=(
        "awsdocs/amazon-sagemaker-developer-guide: "
        "doc_source/realtime-endpoints-large-model-hosting.md, doc_source/host-instance-storage.md"
        "; aws/karpenter-provider-aws@1d927085: "
        "website/content/en/preview/reference/instance-types.md (instance-local-nvme)"
    ),
    passes=(
        Example(files=_HANDLER, sizes={"model.gguf": 20 << 30}, instance_type="ml.c5.9xlarge"),
        Example(files=_HANDLER, sizes={"model.gguf": 40 << 30}, instance_type="ml.g5.12xlarge"),
    ),
    fails=(
        Example(files=_HANDLER, sizes={"model.gguf": 40 << 30}, instance_type="ml.c5.9xlarge"),
        Example(files=_HANDLER, sizes={"model.gguf": 130 << 30}, instance_type="ml.g4dn.xlarge"),
    ),
    needs=("files", "host"),
)
def disk_too_small(subject: Subject) -> Iterator[Hit]:
    """Yield the size of the files, where it is too much."""
    host, files = subject.host, subject.files
    if host is None or not files:
        return
    size = sum(file.size for file in files.values())
    if host.local_nvme_gb is None:
        room, disk = VOLUME_GIB << 30, f"a volume of {VOLUME_GIB} GiB"
    else:
        room, disk = host.local_nvme_gb * 10**9, f"{host.local_nvme_gb} GB of NVMe disks"
    if size > room:
        largest = max(files.values(), key=lambda file: file.size)
        yield Hit(
            message=f"the files have {size / (1 << 30):.1f} GiB, and {host.name} has {disk}",
            location=subject.file_location(largest.name),
        )
