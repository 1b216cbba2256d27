"""
What AWS offers for LMI: images, the registries they lie in, instance types, GPU drivers.

The data are JSON files in `data/`, each row with its public source, read on first use. A look-up by
an unknown name raises lmi.errors.CatalogError with the nearest known names.
"""

from lmi.catalog.container_image import Image, image, images
from lmi.catalog.ecr_registry import Registry, registries, registry
from lmi.catalog.gpu_driver import DriverFinding, driver_finding, inference_ami_version
from lmi.catalog.hosting_instance import InstanceType, instance_type, instance_types
from lmi.catalog.model_server import LocalServer, local_server, published_servers

__all__ = [
    "DriverFinding",
    "Image",
    "InstanceType",
    "LocalServer",
    "Registry",
    "driver_finding",
    "image",
    "images",
    "inference_ami_version",
    "instance_type",
    "instance_types",
    "local_server",
    "published_servers",
    "registries",
    "registry",
]
