"""
Which host image (InferenceAmiVersion) an LMI image needs because its CUDA needs a newer GPU driver.

A container that the host's driver is too old for fails with CannotStartContainerError and without
a log, and SageMaker never chooses another host by itself:
https://docs.aws.amazon.com/sagemaker/latest/dg/inference-gpu-drivers.html. The rule is NVIDIA's
minimum driver for each major version of CUDA; `data/drivers.json` has the reason for each choice.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from lmi.catalog.container_image import Image
from lmi.catalog.hosting_instance import InstanceType
from lmi.catalog.records import read_records
from lmi.catalog.version import version_numbers


@dataclass(frozen=True, kw_only=True, slots=True)
class InferenceAmi:
    """One host image that an endpoint may ask for by its InferenceAmiVersion."""

    name: str
    accelerator: Literal["gpu", "neuron"]
    driver: str
    """Version of the NVIDIA driver, such as ``550``, or of the Neuron driver, ``2.19``."""
    cuda: str | None
    """CUDA version that the driver belongs to; None for Neuron."""
    mounts_cuda_compat: bool
    """Whether the container's own cuda-compat may stand in for a newer driver."""


def inference_amis() -> tuple[InferenceAmi, ...]:
    """Return the host images that the SageMaker API names, botocore 1.44.5."""
    return tuple(InferenceAmi(**row) for row in read_records("drivers.json")["ami_versions"])


def default_driver(family: str) -> int | None:
    """Return the GPU driver that *family* has unless another host is asked for; None: unknown."""
    return _default_drivers().get(family)


def hosts_on_request(instance_type: InstanceType) -> tuple[InferenceAmi, ...]:
    """Return the host images with a newer GPU driver that *instance_type* is known to take."""
    names = {
        row["inference_ami_version"]
        for row in read_records("drivers.json")["cuda"]
        if instance_type.family in row["families"]
    }
    return tuple(each for each in inference_amis() if each.name in names)


def inference_ami_version(image: Image, instance_type: InstanceType) -> str | None:
    """
    Return the InferenceAmiVersion that *image* needs on *instance_type*; None: the default host.

    None is also the answer where there is nothing to choose: no GPU, an image without CUDA, or a
    family that takes no other host or of which neither the default driver nor an alternative is
    publicly known (p3; g7, g7e, p6). `driver_finding` tells what that may lead to.
    """
    needed, driver = _needed(image, instance_type), _default_drivers().get(instance_type.family)
    if needed is None or driver is None or driver >= needed.minimum_driver:
        return None
    return needed.inference_ami_version if instance_type.family in needed.families else None


@dataclass(frozen=True, kw_only=True, slots=True)
class DriverFinding:
    """What is wrong, or not known, about the GPU driver of an instance type for an image."""

    certain: bool
    """Whether the container cannot start; else it is only not known that it can."""
    message: str


def driver_finding(image: Image, instance_type: InstanceType) -> DriverFinding | None:
    """
    Return what is wrong with the driver that *image* finds on *instance_type*; None: nothing is.

    A driver that is too old where SageMaker has no other host for the family is certain to fail,
    unless the cuda-compat in the image may bridge it. An unknown default driver is a finding where
    no known one is new enough.
    """
    needed, driver = _needed(image, instance_type), _default_drivers().get(instance_type.family)
    if needed is None:
        return None
    wants = f"CUDA {image.cuda} of image {image.tag!r} needs GPU driver {needed.minimum_driver}"
    if driver is None:
        if max(_default_drivers().values()) >= needed.minimum_driver:
            return None
        message = f"{wants}; the one of {instance_type.name} is not publicly known"
        return DriverFinding(certain=False, message=message)
    if driver >= needed.minimum_driver or instance_type.family in needed.families:
        return None
    enough = {name for name, known in _default_drivers().items() if known >= needed.minimum_driver}
    families = ", ".join(sorted(needed.families | enough))
    has = f"{wants}, {instance_type.name} has {driver} and takes no newer one"
    if needed.may_be_bridged(image):
        message = f"{has}; cuda-compat in the image may bridge that, {families} have a newer one"
        return DriverFinding(certain=False, message=message)
    return DriverFinding(certain=True, message=f"{has}; take a type of {families}")


def _needed(image: Image, instance_type: InstanceType) -> "_Host | None":
    if image.cuda is None or instance_type.accelerator != "gpu":
        return None
    return _hosts_by_cuda().get(image.cuda.partition(".")[0])


@dataclass(frozen=True, kw_only=True, slots=True)
class _Host:
    """What the images of one major version of CUDA need."""

    minimum_driver: int
    inference_ami_version: str | None
    families: frozenset[str]
    """The families that can take this AMI version."""
    bridged_before: tuple[int, ...] | None
    """The CUDA version from which on an image refuses older drivers; None: all versions do."""

    def may_be_bridged(self, image: Image) -> bool:
        """Return whether the cuda-compat of *image* may make up for an older driver."""
        return (
            self.bridged_before is not None
            and image.cuda is not None
            and version_numbers(image.cuda) < self.bridged_before
        )


@lru_cache(maxsize=1)
def _hosts_by_cuda() -> dict[str, _Host]:
    return {
        row["major"]: _Host(
            minimum_driver=row["minimum_driver"],
            inference_ami_version=row["inference_ami_version"],
            families=frozenset(row["families"]),
            bridged_before=(
                None if row["bridged_before"] is None else version_numbers(row["bridged_before"])
            ),
        )
        for row in read_records("drivers.json")["cuda"]
    }


@lru_cache(maxsize=1)
def _default_drivers() -> dict[str, int]:
    rows = read_records("drivers.json")["default_drivers"]
    return {family: row["driver"] for row in rows for family in row["families"]}
