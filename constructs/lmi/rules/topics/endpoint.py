"""Rules about how an endpoint hosts the artifact: instance type, region, network, time-outs."""

from collections.abc import Iterator

from lmi import catalog
from lmi.artifact.network import network_reasons
from lmi.djl.loading import Loading
from lmi.errors import CatalogError
from lmi.rules.rule import Example, Hit, properties, rule
from lmi.rules.subject import Subject

_V20 = "0.20.0-deepspeed0.7.5-cu116"
_V25 = "0.36.0-lmi25.0.0-cu130"
_CPU = "0.36.0-cpu-full"
_HANDLER = {
    "serving.properties": "engine=Python\n",
    "model.py": "def handle(inputs):\n    return None\n",
}
_HUB = "engine=Python\noption.model_id=Qwen/Qwen3-8B\n"

STARTUP = "container_startup_health_check_timeout_seconds"


@rule(
    id="processor",
    severity="error",
    title="The instance has an x86-64 processor",
    reason="Every LMI image is built for it; a container of another architecture does not start.",
    fix="take an instance type without Graviton",
    source=(
        "https://github.com/aws/deep-learning-containers: available_images.md lists no arm64 image "
        "of djl-inference"
    ),
    passes=(Example(files=_HANDLER, image=_CPU, instance_type="ml.c6i.2xlarge"),),
    fails=(),
    needs=("host",),
)
def processor(subject: Subject) -> Iterator[Hit]:
    """Yield an instance type that no LMI image runs on."""
    reason = subject.host and catalog.why_no_image_runs(subject.host)
    if reason:
        yield Hit(message=reason, location=subject.hosting_location("host"), key="instance_type")


@rule(
    id="accelerator",
    severity="warning",
    title="The instance has the accelerators that the image is built for",
    reason=(
        "What an image brings for GPUs or Neuron cores finds none on another host; only a handler "
        "of your own that asks for neither loads there."
    ),
    fix="take an instance type with these accelerators, or an image of the family cpu-full",
    source="deepjavalibrary/djl-serving: serving/docker, one Dockerfile for each family",
    passes=(
        properties(_HUB, instance_type="ml.g6.12xlarge"),
        Example(files=_HANDLER, image=_CPU, instance_type="ml.c6i.2xlarge"),
    ),
    fails=(
        properties(_HUB, instance_type="ml.c6i.2xlarge"),
        properties(_HUB, image="0.29.0-neuronx-sdk2.19.1", instance_type="ml.g5.2xlarge"),
    ),
    needs=("image", "host"),
)
def accelerator(subject: Subject) -> Iterator[Hit]:
    """Yield an instance type without what the image is built for."""
    image, host = subject.image, subject.host
    if image is None or host is None or image.accelerator in ("cpu", host.accelerator):
        return
    has = f"{host.accelerator_count} x {host.accelerator_model}" if host.accelerator else "none"
    wanted = {"gpu": "NVIDIA GPUs", "neuron": "Neuron cores"}[image.accelerator]
    yield Hit(
        message=f"image {image.tag!r} is built for {wanted}; {host.name} has {has}",
        location=subject.hosting_location("host"),
        key="instance_type",
    )


@rule(
    id="gpu-driver",
    severity="error",
    title="The host's GPU driver is new enough for the image's CUDA",
    reason=(
        "The container fails with CannotStartContainerError and leaves no log. Where SageMaker has "
        "a host with a newer driver for the family, the constructs ask for it by "
        "InferenceAmiVersion; where it has none, nothing helps but another instance type or image."
    ),
    fix="take another instance type, or an image with an older CUDA",
    source="https://docs.aws.amazon.com/sagemaker/latest/dg/inference-gpu-drivers.html",
    passes=(
        properties(_HUB, image=_V25, instance_type="ml.g5.12xlarge"),
        properties(_HUB, image=_V25, instance_type="ml.g6.12xlarge"),
    ),
    fails=(properties(_HUB, image=_V25, instance_type="ml.p3.8xlarge"),),
    needs=("image", "host"),
)
def gpu_driver(subject: Subject) -> Iterator[Hit]:
    """Yield what is wrong, or not known, about the driver."""
    if subject.image is None or subject.host is None:
        return
    finding = catalog.driver_finding(subject.image, subject.host)
    if finding is not None:
        yield Hit(
            message=finding.message,
            location=subject.hosting_location("host"),
            key="instance_type",
            severity="error" if finding.certain else "warning",
        )


@rule(
    id="image-region",
    severity="error",
    title="The image is published in the region",
    reason="SageMaker pulls it from a registry of its own in each region, and finds nothing there.",
    fix="deploy to another region, or take an image that is published there",
    source="PyPI sagemaker-core 2.27.0: sagemaker/core/image_uri_config/djl-*.json",
    passes=(properties(_HUB, image=_V20, hosting={"region": "us-west-2"}),),
    fails=(properties(_HUB, image=_V20, hosting={"region": "us-iso-east-1"}),),
    needs=("image", "hosting"),
)
def image_region(subject: Subject) -> Iterator[Hit]:
    """Yield a region in which the image cannot be pulled."""
    if subject.image is None or subject.hosting is None or subject.hosting.region is None:
        return
    try:
        subject.image.uri(subject.hosting.region)
    except CatalogError as error:
        location = subject.hosting_location("region")
        yield Hit(message=str(error), location=location, key="region")


@rule(
    id="instance-type-not-offered",
    severity="warning",
    title="The instance type is offered for hosting in the region",
    reason=(
        "CreateEndpoint fails for want of capacity or of a price. It is no error here, because the "
        "list has a date and capacity can be reserved."
    ),
    fix="take another instance type or region, or acknowledge it with what you know",
    source="PyPI cfn-lint 1.58.0: aws_sagemaker_hosting/instancetype_enum.json",
    passes=(properties(_HUB, instance_type="ml.g5.12xlarge", hosting={"region": "us-west-2"}),),
    fails=(properties(_HUB, instance_type="ml.p5.48xlarge", hosting={"region": "af-south-1"}),),
    needs=("host", "hosting"),
)
def instance_type_not_offered(subject: Subject) -> Iterator[Hit]:
    """Yield an instance type that is not known to be sold in the region."""
    host, region = subject.host, subject.hosting and subject.hosting.region
    if host is None or region is None or region in host.hosting_regions:
        return
    known = ", ".join(host.hosting_regions) or "none: it is retired or by reservation only"
    yield Hit(
        message=f"{host.name} is not known to be offered for hosting in {region}; "
        f"known regions: {known}",
        location=subject.hosting_location("host"),
        key="instance_type",
    )


@rule(
    id="network-isolation",
    severity="error",
    title="An isolated container needs no network",
    reason=(
        "EnableNetworkIsolation cuts the container off from everything, S3 included. What it would "
        "download while it starts is missing, and loading fails."
    ),
    fix="put into the tarball what is downloaded, or do without isolation",
    source="https://docs.aws.amazon.com/sagemaker/latest/dg/mkt-algo-model-internet-free.html",
    passes=(
        Example(files=_HANDLER, hosting={"network_isolation": True}),
        properties(_HUB, hosting={"network_isolation": False}),
        Example(
            files={**_HANDLER, "requirements.txt": "six\n", "requirements/six.whl": ""},
            image="0.23.0-deepspeed0.9.5-cu118",
            hosting={"network_isolation": True},
        ),
    ),
    fails=(
        properties(_HUB, hosting={"network_isolation": True}),
        Example(
            files={**_HANDLER, "requirements.txt": "six\n"}, hosting={"network_isolation": True}
        ),
        Example(
            files={**_HANDLER, "requirements.txt": "six\n", "requirements/six.whl": ""},
            image="0.22.1-deepspeed0.9.2-cu118",
            hosting={"network_isolation": True},
        ),
    ),
    needs=("image", "files", "hosting"),
)
def network_isolation(subject: Subject) -> Iterator[Hit]:
    """Yield each reason why the isolated container needs the network."""
    if subject.image is None or subject.hosting is None or not subject.hosting.network_isolation:
        return
    reasons = network_reasons(subject.options, subject.names(), subject.image.djl_version)
    location = subject.hosting_location("network_isolation")
    for reason in (*reasons, *subject.hosting.network_reasons):
        where = subject.key_location(key) if (key := _key_of(reason, subject)) else location
        yield Hit(message=f"{reason}, but the container is isolated", location=where, key=key)


def _key_of(reason: str, subject: Subject) -> str | None:
    text = reason.removeprefix("serving.properties: ").partition("=")[0]
    return text if text in subject.options else None


@rule(
    id="startup-timeout",
    severity="warning",
    title="SageMaker waits at least as long for the container as DJL Serving for the model",
    reason=(
        "DJL Serving answers /ping when all copies have loaded. Where SageMaker's health check "
        "ends before option.model_loading_timeout does, the endpoint fails without the model's own "
        "error."
    ),
    fix=f"raise {STARTUP} (at most 3600), or lower option.model_loading_timeout",
    source=(
        "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ProductionVariant.html; "
        "deepjavalibrary/djl-serving: PyProcess.java, ModelManager.java"
    ),
    passes=(
        properties(f"{_HUB}option.model_loading_timeout=900\n", hosting={STARTUP: 1200}),
        properties(f"{_HUB}option.model_loading_timeout=900\n", hosting={STARTUP: None}),
    ),
    fails=(properties(f"{_HUB}option.model_loading_timeout=900\n", hosting={STARTUP: 600}),),
    needs=("image", "hosting"),
)
def startup_timeout(subject: Subject) -> Iterator[Hit]:
    """Yield a health check that ends before a copy may have loaded."""
    hosting = subject.hosting
    if subject.image is None or hosting is None:
        return
    given = hosting.container_startup_health_check_timeout_seconds
    if given is None:
        return
    loading = Loading(
        image=subject.image,
        options=subject.options,
        environment=hosting.environment,
        host=hosting.host,
    )
    one_copy = loading.timeout_seconds
    if one_copy is None or one_copy <= given:
        return
    yield Hit(
        message=f"{STARTUP} is {given}, and option.model_loading_timeout lets one copy take "
        f"{one_copy} s",
        location=subject.hosting_location(STARTUP),
        key=STARTUP,
    )
