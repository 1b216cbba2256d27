"""The instance types that SageMaker hosts endpoints on."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from lmi.catalog.nearest import nearest, nearest_or
from lmi.catalog.price import Price, ec2_price, sagemaker_price
from lmi.catalog.records import read_records
from lmi.errors import CatalogError


@dataclass(frozen=True, kw_only=True, slots=True)
class InstanceType:
    """One hosting instance type."""

    name: str
    """With its prefix, as in ``ml.g5.12xlarge``."""
    family: str
    """The part between the dots."""
    architecture: Literal["x86_64", "arm64"]
    """Of the host's processor. Every LMI image is built for x86-64."""
    accelerator: Literal["gpu", "neuron"] | None
    accelerator_model: str | None
    accelerator_count: int
    """GPUs, or Inferentia or Trainium chips; 0 without accelerators."""
    memory_per_accelerator_mib: int | None
    """What EC2 reports, not the nominal size: an A10G has 22888 MiB."""
    vcpu: int
    memory_mib: int
    """Memory of the host."""
    has_local_nvme: bool
    """Whether the host has instance-store disks. SageMaker then keeps models there."""
    hosting_regions: tuple[str, ...]
    """Where it is sold on demand for hosting; empty: retired, or by reservation only."""
    source: str
    """Public source of the row."""
    local_nvme_gb: int | None = None
    """Of those disks together, in GB, as EC2 reports it; None without any."""

    @property
    def price(self) -> Price | None:
        """What SageMaker asks for it, with date and source: a guide, no quote. None: unknown."""
        return sagemaker_price(self.name)

    @property
    def ec2_price(self) -> Price | None:
        """What EC2 asks for the same machine, with date and source. None: unknown."""
        return ec2_price(self.name)

    @property
    def usd_per_hour(self) -> float | None:
        """The figure of `price`. None: unknown."""
        return None if self.price is None else self.price.usd_per_hour

    @property
    def volume_size_allowed(self) -> bool:
        """Whether an endpoint may set VolumeSizeInGB: not where the host has NVMe disks."""
        return not self.has_local_nvme


def instance_type(name: str) -> InstanceType:
    """
    Return the hosting instance type *name*.

    Raises CatalogError with the nearest names, or with the reason where SageMaker takes the name
    and no LMI image can run there.
    """
    known, excluded = _by_name(), _excluded()
    if name in known:
        return known[name]
    if name in excluded:
        raise CatalogError(f"instance type {name!r} {excluded[name]}; take another type")
    if f"ml.{name}" in known:
        raise CatalogError(f"unknown instance type {name!r}; did you mean 'ml.{name}'?")
    family = name.rpartition(".")[0]
    siblings = [other for other in known if other.rpartition(".")[0] == family]
    if siblings:
        meant = ", ".join(nearest(name, siblings) or siblings)
        raise CatalogError(f"unknown instance type {name!r}; nearest: {meant}")
    families = ", ".join(sorted({other.family for other in known.values()}))
    hint = nearest_or(name, known, f"a type is ml.FAMILY.SIZE, FAMILY one of {families}")
    raise CatalogError(f"unknown instance type {name!r}; {hint}")


def instance_types() -> tuple[InstanceType, ...]:
    """Return all hosting instance types: those with accelerators, then the others."""
    return tuple(_by_name().values())


@lru_cache(maxsize=1)
def _by_name() -> dict[str, InstanceType]:
    accelerated, cpu = (
        read_records("accelerated_instances.json"),
        read_records("cpu_instances.json"),
    )
    regions = {
        name: tuple(row["regions"])
        for row in read_records("hosting_regions.json")["hosting_regions"]
        for name in row["instance_types"]
    }
    rows: list[dict[str, Any]] = [
        {**row, "source": accelerated["sources"][row["source"]], "architecture": "x86_64"}
        for row in accelerated["instance_types"]
    ]
    without_accelerator = {
        "accelerator": None,
        "accelerator_model": None,
        "accelerator_count": 0,
        "memory_per_accelerator_mib": None,
        "source": cpu["about"],
    }
    rows += [{**without_accelerator, **row} for row in cpu["instance_types"]]
    return {
        row["name"]: InstanceType(
            family=row["name"].split(".")[1], hosting_regions=regions[row["name"]], **row
        )
        for row in rows
    }


@lru_cache(maxsize=1)
def _excluded() -> dict[str, str]:
    reasons: dict[str, str] = read_records("accelerated_instances.json")["excluded"]
    return reasons
