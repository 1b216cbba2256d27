"""The LMI images: tags of the ECR repository djl-inference, and where each can be pulled."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from lmi.catalog.ecr_registry import registries, registry
from lmi.catalog.image_tag import Accelerator, TagFacts, tag_facts
from lmi.catalog.nearest import nearest_or
from lmi.catalog.records import read_records
from lmi.catalog.sdk_listing import ListedImage, sdk_listing
from lmi.catalog.version import version_numbers
from lmi.errors import CatalogError


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
    """
    True where no SDK file lists any for the DJL version: then those of the version before it, or
    of all registries where the SDK has no such family.
    """
    in_sagemaker_sdk: bool
    """Whether the SDK, `lmi.catalog.sagemaker_core_version`, returns this tag for its version."""
    first_listed: str | None
    """Day on which AWS's public list of images first had the tag, ``2026-08-11``; None: unknown."""
    last_listed: str | None
    """Last day on which that list still had it; None: it has it still, or never had."""
    superseded_tags: tuple[str, ...]
    """Earlier tags that the list had in this image's place. They are not in the catalogue."""
    note: str | None
    """What else to know: mostly where public sources disagree."""
    source: str
    """Public sources of the row."""

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
    known = _by_tag()
    found = known.get(tag)
    if found is None:
        for each in known.values():
            if tag in each.superseded_tags:
                raise CatalogError(f"image tag {tag!r} was superseded; use {each.tag!r}")
        newest = list(known)[-3:]
        hint = nearest_or(tag, known, f"the newest are {', '.join(newest)}")
        raise CatalogError(f"unknown image tag {tag!r}; {hint}")
    return found


def sagemaker_core_version() -> str:
    """Return the version of sagemaker-core whose files the catalogue was last refreshed from."""
    return sdk_listing().sagemaker_core


def images() -> tuple[Image, ...]:
    """Return all images, oldest DJL Serving version first."""
    return tuple(_by_tag().values())


@lru_cache(maxsize=1)
def _by_tag() -> dict[str, Image]:
    file = read_records("images.json")
    rows = {row["tag"]: row for row in file["images"]}
    listed = {each.tag: each for each in sdk_listing().images}
    tags = [*rows, *(tag for tag in listed if tag not in rows)]
    facts = {tag: tag_facts(tag) for tag in tags}
    return {
        tag: _image(tag, facts[tag], file["repository"], rows.get(tag), listed.get(tag))
        for tag in sorted(tags, key=lambda tag: _release(facts[tag]))
    }


def _release(facts: TagFacts) -> tuple[tuple[int, ...], tuple[int, ...]]:
    lmi = facts.lmi_version
    return version_numbers(facts.djl_version), version_numbers(lmi) if lmi else ()


def _image(
    tag: str,
    facts: TagFacts,
    repository: str,
    row: dict[str, Any] | None,
    listed: ListedImage | None,
) -> Image:
    regions, assumed = _regions(facts, listed)
    row = row or {"source": f"sagemaker-core {sagemaker_core_version()}: image_uri_config"}
    return Image(
        tag=tag,
        repository=repository,
        djl_version=facts.djl_version,
        framework_key=facts.framework_key,
        lmi_version=facts.lmi_version,
        accelerator=facts.accelerator,
        container_python=row.get("container_python"),
        cuda=facts.cuda,
        framework_versions=MappingProxyType(row.get("framework_versions", {})),
        regions=regions,
        regions_are_assumed=assumed,
        in_sagemaker_sdk=listed is not None and listed.returned,
        first_listed=row.get("first_listed"),
        last_listed=row.get("last_listed"),
        superseded_tags=tuple(row.get("superseded_tags", ())),
        note=row.get("note"),
        source=row["source"],
    )


def _regions(facts: TagFacts, listed: ListedImage | None) -> tuple[tuple[str, ...], bool]:
    """Return the regions of a tag, and whether they are assumed."""
    if listed is not None:
        return listed.regions, False
    wanted = version_numbers(facts.djl_version)
    older = [
        (version_numbers(tag_facts(each.tag).djl_version), each.returned, each.regions)
        for each in sdk_listing().images
        if each.framework_key == facts.framework_key
    ]
    until = [each for each in older if each[0] <= wanted]
    if not until:
        return tuple(each.region for each in registries()), True
    version, _, regions = max(until)
    return regions, version != wanted
