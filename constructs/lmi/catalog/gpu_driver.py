"""
Which host image (InferenceAmiVersion) an LMI image needs because its CUDA needs a newer GPU driver.

A container that the host's driver is too old for fails with CannotStartContainerError and without
a log, and SageMaker never chooses another host by itself:
https://docs.aws.amazon.com/sagemaker/latest/dg/inference-gpu-drivers.html. The rule is NVIDIA's
minimum driver for each major version of CUDA; `data/drivers.json` has the reason for each choice.
"""

from dataclasses import dataclass
from functools import lru_cache

from lmi.catalog.container_image import Image
from lmi.catalog.hosting_instance import InstanceType
from lmi.catalog.records import read_records


def inference_ami_version(image: Image, instance_type: InstanceType) -> str | None:
    """
    Return the InferenceAmiVersion that *image* needs on *instance_type*; None: the default host.

    None is also the answer where there is nothing to choose: no GPU, an image without CUDA, or a
    family of which neither the default driver nor an alternative is publicly known (g7, g7e, p6).
    """
    if image.cuda is None or instance_type.accelerator != "gpu":
        return None
    needed = _hosts_by_cuda().get(image.cuda.partition(".")[0])
    driver = _default_drivers().get(instance_type.family)
    if needed is None or driver is None or driver >= needed.minimum_driver:
        return None
    return needed.inference_ami_version if instance_type.family in needed.families else None


@dataclass(frozen=True, kw_only=True, slots=True)
class _Host:
    """What the images of one major version of CUDA need."""

    minimum_driver: int
    inference_ami_version: str | None
    families: frozenset[str]
    """The families that can take this AMI version."""


@lru_cache(maxsize=1)
def _hosts_by_cuda() -> dict[str, _Host]:
    return {
        row["major"]: _Host(
            minimum_driver=row["minimum_driver"],
            inference_ami_version=row["inference_ami_version"],
            families=frozenset(row["families"]),
        )
        for row in read_records("drivers.json")["cuda"]
    }


@lru_cache(maxsize=1)
def _default_drivers() -> dict[str, int]:
    rows = read_records("drivers.json")["default_drivers"]
    return {family: row["driver"] for row in rows for family in row["families"]}
