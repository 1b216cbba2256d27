"""Which container an endpoint asks for, and what this host can give instead."""

from dataclasses import dataclass

from lmi.catalog import Image, InstanceType, image, instance_type, why_no_image_runs
from lmi.errors import CatalogError
from lmi.local.hosting.failure import EndpointFailed
from lmi.local.hosting.spec import EndpointSpec, VariantSpec

_ACCELERATORS = {"gpu": ("GPU", "GPUs"), "neuron": ("Neuron chip", "Neuron chips")}


@dataclass(frozen=True, kw_only=True, slots=True)
class Container:
    """An image on an instance type."""

    image: Image
    instance_type: InstanceType

    @property
    def accelerators(self) -> str | None:
        """
        The accelerators of the instance type, such as `4 GPUs`; None if it has none.

        Model servers of this host run on its CPU, whatever else it has: the engines for
        accelerators (vLLM, DeepSpeed, Neuron) come with AWS's containers only.
        """
        kind, needed = self.instance_type.accelerator, self.instance_type.accelerator_count
        if kind is None:
            return None
        one, many = _ACCELERATORS[kind]
        return f"{needed} {one if needed == 1 else many}"

    def health_check_notes(self) -> tuple[str, ...]:
        """Return what one should know about the health check of engine Python in this image."""
        if self.image.version_numbers < (0, 22, 1):
            # deepjavalibrary/djl-serving 0.20.0-dlc: PyProcess.java; failOnInitialize came with
            # 0.22.1.
            return (
                f"DJL Serving {self.image.djl_version} with engine=Python answers /ping with 200 "
                "also where the handler failed to initialize; InService does not mean that the "
                "model works",
            )
        return ()


def container_of(spec: EndpointSpec, variant: VariantSpec) -> Container:
    """
    Return the container of *variant*.

    Raises:
        EndpointFailed: SageMaker could not start it: an unknown image or instance type, an image
            that is not in the endpoint's region, or one for another processor.
    """
    problems: list[str] = []
    found_image: Image | None = None
    found_type: InstanceType | None = None
    try:
        found_image = _image(variant.image_uri, spec.region)
    except CatalogError as error:
        problems.append(str(error))
    try:
        found_type = _instance_type(variant.instance_type)
    except CatalogError as error:
        problems.append(str(error))
    if found_image is None or found_type is None:
        raise EndpointFailed("\n".join(problems))
    return Container(image=found_image, instance_type=found_type)


def _instance_type(name: str) -> InstanceType:
    found = instance_type(name)
    if reason := why_no_image_runs(found):
        raise CatalogError(f"{reason}; take another type")
    return found


def _image(uri: str, region: str) -> Image:
    name, _, tag = uri.rpartition(":")
    if not name or "/" in tag or "@" in uri:
        raise CatalogError(
            f"image {uri!r} must be REGISTRY/djl-inference:TAG on the local host, which knows "
            "images by tag"
        )
    found = image(tag)
    expected = found.uri(region)
    if uri != expected:
        raise CatalogError(
            f"image {uri!r} is not where AWS publishes it for {region}; use {expected!r}"
        )
    return found
