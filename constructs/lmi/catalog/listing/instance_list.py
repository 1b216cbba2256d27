"""`lmi instances`: which instance types run LMI images, and one in full."""

from collections.abc import Callable, Sequence
from dataclasses import asdict

from lmi.catalog.gpu_driver import default_driver, hosts_on_request
from lmi.catalog.hosting_instance import InstanceType, instance_types
from lmi.catalog.listing.selection import Conditions, Filter
from lmi.catalog.listing.table import facts, table
from lmi.catalog.price import Price
from lmi.catalog.processor import why_no_image_runs

ACCELERATORS = ("gpu", "neuron", "none")
MIB_PER_GIB = 1024


def listed_types() -> tuple[InstanceType, ...]:
    """Return the instance types that LMI images run on."""
    return tuple(each for each in instance_types() if why_no_image_runs(each) is None)


def instance_filters(
    *,
    regions: Sequence[str] = (),
    family: str | None = None,
    accelerator: str | None = None,
    gpus: int | None = None,
    min_gpu_memory_gib: float | None = None,
) -> list[Filter[InstanceType]]:
    """Return the filters for what was asked. Raises ConfigError with every unknown value."""
    everything = listed_types()
    sold_in = {region for each in everything for region in each.hosting_regions}
    least_mib = (min_gpu_memory_gib or 0) * MIB_PER_GIB
    asked = Conditions[InstanceType]()
    for region in regions:
        asked.add_name("--region", region, sold_in, _is_sold_in(region))
    asked.add_name(
        "--family",
        family,
        (each.family for each in everything),
        lambda found: found.family == family,
    )
    asked.add_name(
        "--accelerator",
        accelerator,
        ACCELERATORS,
        lambda found: (found.accelerator or "none") == accelerator,
    )
    asked.add(
        "--gpus",
        gpus,
        lambda found: found.accelerator == "gpu" and found.accelerator_count == gpus,
    )
    asked.add(
        "--min-gpu-memory",
        None if min_gpu_memory_gib is None else f"{min_gpu_memory_gib:g}",
        lambda found: (
            found.accelerator == "gpu" and (found.memory_per_accelerator_mib or 0) >= least_mib
        ),
    )
    return asked.checked()


def _is_sold_in(region: str) -> Callable[[InstanceType], bool]:
    return lambda found: region in found.hosting_regions


def instance_record(found: InstanceType) -> dict[str, object]:
    """Return *found* for a JSON document."""
    return {
        "name": found.name,
        "family": found.family,
        "architecture": found.architecture,
        "why_no_image_runs": why_no_image_runs(found),
        "accelerator": found.accelerator,
        "accelerator_model": found.accelerator_model,
        "accelerator_count": found.accelerator_count,
        "memory_per_accelerator_mib": found.memory_per_accelerator_mib,
        "vcpu": found.vcpu,
        "memory_mib": found.memory_mib,
        "has_local_nvme": found.has_local_nvme,
        "volume_size_allowed": found.volume_size_allowed,
        "default_gpu_driver": _driver(found),
        "inference_ami_versions": [each.name for each in hosts_on_request(found)],
        "hosting_regions": found.hosting_regions,
        "price": None if found.price is None else asdict(found.price),
        "ec2_price": None if found.ec2_price is None else asdict(found.ec2_price),
        "source": found.source,
    }


def instance_table(rows: Sequence[InstanceType]) -> str:
    """Return *rows* for people, one a line."""
    head = ("NAME", "ACCELERATORS", "GIB EACH", "VCPU", "GIB", "NVME", "DRIVER", "REGIONS")
    return table(
        (*head, "USD/HOUR", "OF"),
        (
            (
                each.name,
                _accelerators(each) or "-",
                _gib(each.memory_per_accelerator_mib) or "-",
                str(each.vcpu),
                _gib(each.memory_mib),
                "yes" if each.has_local_nvme else "",
                "-" if each.accelerator != "gpu" else str(_driver(each) or "?"),
                str(len(each.hosting_regions)),
                "?" if each.price is None else f"{each.price.usd_per_hour:.3f}",
                "" if each.price is None else each.price.date,
            )
            for each in rows
        ),
    )


def instance_text(found: InstanceType) -> str:
    """Return all that is known of *found*, for people."""
    accelerators = _accelerators(found)
    each = f", {_gib(found.memory_per_accelerator_mib)} GiB each" if accelerators else ""
    driver = _driver(found) or "not publicly known"
    return facts(
        found.name,
        [
            ("runs LMI images", why_no_image_runs(found) or "yes"),
            ("accelerators", accelerators + each),
            ("GPU driver", f"{driver} by default" if found.accelerator == "gpu" else None),
            (
                "on request",
                ", ".join(f"{h.name} (driver {h.driver})" for h in hosts_on_request(found)),
            ),
            ("processor", f"{found.vcpu} vCPU, {found.architecture}"),
            ("memory", f"{_gib(found.memory_mib)} GiB"),
            (
                "disk",
                "NVMe of the host; an endpoint must not set VolumeSizeInGB"
                if found.has_local_nvme
                else "EBS volume; VolumeSizeInGB may be set",
            ),
            ("on demand in", ", ".join(found.hosting_regions) or "no region: retired or reserved"),
            ("price", _price(found.price)),
            ("EC2 price", _price(found.ec2_price)),
            ("source", found.source),
        ],
    )


def _accelerators(found: InstanceType) -> str:
    if found.accelerator is None:
        return ""
    return f"{found.accelerator_count} x {found.accelerator_model}"


def _driver(found: InstanceType) -> int | None:
    return default_driver(found.family) if found.accelerator == "gpu" else None


def _gib(mib: int | None) -> str:
    return "" if mib is None else f"{mib / MIB_PER_GIB:.1f}".removesuffix(".0")


def _price(price: Price | None) -> str:
    if price is None:
        return "unknown"
    place = price.region or "a region that is not named"
    return (
        f"{price.usd_per_hour:g} USD/h in {place}, {price.basis}, {price.date}: a guide, no quote "
        f"({price.source})"
    )
