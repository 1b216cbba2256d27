"""
What AWS offers for LMI: images, the registries they lie in, instance types, GPU drivers, prices.

The data are JSON files in `data/`, each row with its public source, read on first use. A look-up by
an unknown name raises lmi.errors.CatalogError with the nearest known names.
"""

from lmi.catalog.container_image import Image, image, images, sagemaker_core_version
from lmi.catalog.ecr_registry import Registry, registries, registry
from lmi.catalog.gpu_driver import (
    DriverFinding,
    InferenceAmi,
    default_driver,
    driver_finding,
    hosts_on_request,
    inference_ami_version,
    inference_amis,
)
from lmi.catalog.hosting_instance import InstanceType, instance_type, instance_types
from lmi.catalog.model_server import LocalServer, local_server, published_servers
from lmi.catalog.price import Price
from lmi.catalog.processor import why_no_image_runs

__all__ = [
    "DriverFinding",
    "Image",
    "InferenceAmi",
    "InstanceType",
    "LocalServer",
    "Price",
    "Registry",
    "default_driver",
    "driver_finding",
    "hosts_on_request",
    "image",
    "images",
    "inference_ami_version",
    "inference_amis",
    "instance_type",
    "instance_types",
    "local_server",
    "published_servers",
    "registries",
    "registry",
    "sagemaker_core_version",
    "why_no_image_runs",
]
