"""The instance types that an endpoint may name: those whose processor runs an LMI image."""

from lmi.catalog import InstanceType, instance_type, instance_types
from lmi.catalog.nearest import nearest
from lmi.errors import CatalogError


def hosting_instance_type(name: str) -> InstanceType:
    """Return the instance type *name*. Raises CatalogError if no LMI image can run there."""
    found = instance_type(name)
    if found.architecture != "x86_64":
        others = (other.name for other in instance_types() if other.architecture == "x86_64")
        raise CatalogError(
            f"instance type {name!r} has an Arm processor (Graviton), and every LMI image is built "
            f"for x86-64; nearest: {', '.join(nearest(name, others))}"
        )
    return found
