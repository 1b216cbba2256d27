"""The instance types that an endpoint may name: those whose processor runs an LMI image."""

from lmi.catalog import InstanceType, instance_type, instance_types, why_no_image_runs
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
