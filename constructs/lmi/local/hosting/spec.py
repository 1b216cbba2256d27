"""What an endpoint is to host, as CreateEndpoint and the endpoint configuration say it."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from lmi.local.hosting.failure import EndpointFailed

# botocore 1.44.5: sagemaker, shapes EndpointName and VariantName.
_NAME = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}")
# botocore 1.44.5: sagemaker, shapes EnvironmentMap, EnvironmentKey and EnvironmentValue.
_ENVIRONMENT_KEY = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_ENVIRONMENT_ENTRIES = 100
_ENVIRONMENT_CHARACTERS = 1024
# botocore 1.44.5: sagemaker, shape ProductionVariantContainerStartupHealthCheckTimeoutInSeconds and
# its sister.
_TIMEOUT_SECONDS = range(60, 3601)
# botocore 1.44.5: sagemaker, shape ProductionVariantList.
_VARIANTS = range(1, 11)


@dataclass(frozen=True, kw_only=True, slots=True)
class VariantSpec:
    """A production variant and the model it runs."""

    variant_name: str
    instance_type: str
    image_uri: str
    model_data_url: str | None
    """Of a model.tar.gz, or a prefix."""
    model_data_is_prefix: bool = False
    """Whether the model data are all objects below a prefix, as they are."""
    environment: Mapping[str, str] = field(default_factory=dict)
    network_isolation: bool = False
    """Whether the container has no network and no credentials."""
    initial_weight: float = 1.0
    container_startup_health_check_timeout_seconds: int | None = None
    """Default: SageMaker's 8 minutes."""
    model_data_download_timeout_seconds: int | None = None
    """For download and unpacking together. Default: no limit on this host."""


@dataclass(frozen=True, kw_only=True, slots=True)
class EndpointSpec:
    """An endpoint with its production variants."""

    account: str
    region: str
    endpoint_name: str
    variants: tuple[VariantSpec, ...]
    rollout: tuple[str, ...] = ()
    """
    Lines on how DeploymentConfig moves the traffic, reported as an update does it; this host does
    it at one instant and waits for no interval.
    """

    @property
    def arn(self) -> str:
        """The endpoint's ARN; SageMaker lower-cases the name in it."""
        return (
            f"arn:aws:sagemaker:{self.region}:{self.account}:endpoint/{self.endpoint_name.lower()}"
        )

    @property
    def weights(self) -> dict[str, float]:
        """The weight of each variant, by name."""
        return {variant.variant_name: variant.initial_weight for variant in self.variants}

    def check(self) -> None:
        """
        Refuse what this host cannot run.

        Raises:
            EndpointFailed: this host cannot do what is asked for; every problem, one a line.
        """
        problems = list(self._problems())
        if problems:
            raise EndpointFailed("\n".join(problems))

    def _problems(self) -> list[str]:
        problems = []
        if not _NAME.fullmatch(self.endpoint_name):
            problems.append(f"endpoint name must match {_NAME.pattern}, got {self.endpoint_name!r}")
        if len(self.variants) not in _VARIANTS:
            problems.append(f"an endpoint has 1 to 10 variants, got {len(self.variants)}")
        names = Counter(variant.variant_name for variant in self.variants)
        problems += [
            f"VariantName must be unique, got {name!r} {count} times"
            for name, count in names.items()
            if count > 1
        ]
        problems += weight_problems(self.weights)
        for variant in self.variants:
            problems += [
                f"production variant {variant.variant_name!r}: {problem}"
                for problem in _variant_problems(variant)
            ]
        return problems


def weight_problems(weights: Mapping[str, float]) -> list[str]:
    """Return what is wrong with the weights of an endpoint's variants."""
    problems = [
        f"the weight of production variant {name!r} must be at least 0, got {weight:g}"
        for name, weight in weights.items()
        if not weight >= 0
    ]
    if weights and not problems and not any(weights.values()):
        # https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ProductionVariant.html:
        # traffic is shared by the ratio of a weight to the sum of all, which 0 would not allow.
        problems.append(
            "InitialVariantWeight must be above 0 for at least one production variant, "
            f"got 0 for {', '.join(weights)}"
        )
    return problems


def _variant_problems(variant: VariantSpec) -> list[str]:
    problems = []
    if not _NAME.fullmatch(variant.variant_name):
        problems.append(f"VariantName must match {_NAME.pattern}")
    if not variant.instance_type:
        problems.append("InstanceType is missing; serverless variants are not hosted locally")
    if not variant.image_uri:
        problems.append("the model has no Image")
    if not variant.model_data_url:
        problems.append(
            "the model has no ModelDataUrl; the local host serves a model.tar.gz or a prefix"
        )
    for name, seconds in (
        (
            "ContainerStartupHealthCheckTimeoutInSeconds",
            variant.container_startup_health_check_timeout_seconds,
        ),
        ("ModelDataDownloadTimeoutInSeconds", variant.model_data_download_timeout_seconds),
    ):
        if seconds is not None and seconds not in _TIMEOUT_SECONDS:
            problems.append(f"{name} must be from 60 to 3600, got {seconds}")
    return problems + _environment_problems(variant.environment)


def _environment_problems(environment: Mapping[str, str]) -> list[str]:
    problems = []
    if len(environment) > _ENVIRONMENT_ENTRIES:
        problems.append(
            f"Environment may have {_ENVIRONMENT_ENTRIES} entries, got {len(environment)}"
        )
    for key, value in environment.items():
        if not _ENVIRONMENT_KEY.fullmatch(key) or len(key) > _ENVIRONMENT_CHARACTERS:
            problems.append(f"Environment key must match {_ENVIRONMENT_KEY.pattern}, got {key!r}")
        if len(value) > _ENVIRONMENT_CHARACTERS:
            problems.append(
                f"Environment value of {key} may have {_ENVIRONMENT_CHARACTERS} characters, "
                f"got {len(value)}"
            )
        if "\0" in value:
            problems.append(f"Environment value of {key} holds a NUL character")
    return problems
