"""The instance types that an endpoint may name: those whose processor runs an LMI image."""

from lmi.catalog import InstanceType, instance_type, instance_types
from lmi.catalog.nearest import nearest
from lmi.errors import CatalogError


def hosting_instance_type(name: str) -> InstanceType:
    """Return the instance type *name*. Raises CatalogError if no LMI image can run there."""
    found = instance_type(name)
    if reason := why_no_image_runs(found):
        others = nearest(name, (other.name for other in hosting_instance_types()))
        raise CatalogError(f"{reason}; nearest: {', '.join(others)}")
    return found


def hosting_instance_types() -> tuple[InstanceType, ...]:
    """Return the instance types that LMI images run on."""
    return tuple(found for found in instance_types() if why_no_image_runs(found) is None)


def why_no_image_runs(found: InstanceType) -> str | None:
    """Return why no LMI image runs on the instance type *found*, or None if they do."""
    if found.architecture == "x86_64":
        return None
    return (
        f"instance type {found.name!r} has an Arm processor (Graviton), and every LMI image is "
        "built for x86-64"
    )
