"""The LMI images: tags of the ECR repository djl-inference, and where each can be pulled."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Literal

from lmi.catalog.ecr_registry import registry
from lmi.catalog.nearest import nearest_or
from lmi.catalog.records import read_records
from lmi.catalog.version import version_numbers
from lmi.errors import CatalogError

Accelerator = Literal["gpu", "cpu", "neuron"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Image:
    """One tag of djl-inference. A DJL Serving version can have many: the tag alone is the key."""

    tag: str
    repository: str
    djl_version: str
    """Version of DJL Serving, which decides what serving.properties means."""
    framework_key: str | None
    """Name of the family in the SageMaker SDK, such as ``djl-deepspeed``; None for ``cpu-full``."""
    lmi_version: str | None
    """Number of the LMI release, from 0.28.0 on."""
    accelerator: Accelerator
    """What the image is built for."""
    container_python: str | None
    """Version of Python that runs the handler; None where no public source says."""
    cuda: str | None
    """CUDA version, such as ``11.6``; None for images without GPU."""
    framework_versions: Mapping[str, str] = field(hash=False)
    """Versions of vllm, transformers and the like, as far as they are public. Read only."""
    regions: tuple[str, ...]
    """Where the image can be pulled, sorted."""
    regions_are_assumed: bool
    """True where no SDK file lists them: all with a registry, or those of the tag before it."""
    in_sagemaker_sdk: bool
    """Whether sagemaker-core 2.27.0 returns this very tag for its DJL version."""
    note: str | None
    source: str
    """Public source of the row."""

    @property
    def version_numbers(self) -> tuple[int, ...]:
        """`djl_version` as numbers, such as ``(0, 22, 1)``, so that versions can be compared."""
        return version_numbers(self.djl_version)

    def uri(self, region: str) -> str:
        """Return the image's URI in *region*. Raises CatalogError if it cannot be pulled there."""
        found = registry(region)
        if region not in self.regions:
            hint = nearest_or(region, self.regions, f"it is in {', '.join(self.regions)}")
            raise CatalogError(f"image {self.tag!r} is not published in region {region!r}; {hint}")
        return f"{found.host}/{self.repository}:{self.tag}"


def image(tag: str) -> Image:
    """Return the image with this exact *tag*. Raises CatalogError with the nearest tags."""
    found = _by_tag().get(tag)
    if found is None:
        known = _by_tag()
        newest = list(known)[-3:]
        hint = nearest_or(tag, known, f"the newest are {', '.join(newest)}")
        raise CatalogError(f"unknown image tag {tag!r}; {hint}")
    return found


def images() -> tuple[Image, ...]:
    """Return all images, oldest DJL Serving version first."""
    return tuple(_by_tag().values())


@lru_cache(maxsize=1)
def _by_tag() -> dict[str, Image]:
    file = read_records("images.json")
    regions = {name: tuple(listed) for name, listed in file["region_sets"].items()}
    return {row["tag"]: _image(row, file["repository"], regions) for row in file["images"]}


def _image(row: dict[str, Any], repository: str, regions: Mapping[str, tuple[str, ...]]) -> Image:
    fields = {
        "note": None,
        **row,
        "repository": repository,
        "djl_version": row["tag"].split("-", 1)[0],
        "framework_versions": MappingProxyType(row["framework_versions"]),
        "regions": regions[row["regions"]],
    }
    return Image(**fields)
