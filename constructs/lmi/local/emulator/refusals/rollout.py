"""Rollouts (DeploymentConfig of an endpoint) that SageMaker would not begin."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from .records import endpoint_config
from .refusal import Place, Refusal, mapping, number, objects, text

BATCH_PERCENT: Final = (5, 50)
STEP_PERCENT: Final[Mapping[str, tuple[int, int]]] = {
    "CanarySize": (0, 50),
    "LinearStepSize": (10, 50),
}


def renamed_variants(
    properties: Mapping[str, Any], previous: Mapping[str, Any] | None, place: Place
) -> Iterator[Refusal]:
    """
    Refuse a blue/green or rolling rollout to variants of other names.

    "Your new endpoint configuration must have the same variant name as the old":
    https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-exclusions.html
    The words are ours.
    """
    old, new = endpoint_config(previous, place), endpoint_config(properties, place)
    if old is None or new is None or not _guarded(properties, previous):
        return
    before, after = _names(old.production_variants), _names(new.production_variants)
    if before != after:
        yield Refusal(
            message="A DeploymentConfig needs the same variant names in the new endpoint "
            f"configuration as in the old one: {', '.join(sorted(before))}; "
            f"got {', '.join(sorted(after))}"
        )


def several_rolling_variants(
    properties: Mapping[str, Any], previous: Mapping[str, Any] | None, place: Place
) -> Iterator[Refusal]:
    """
    Refuse a rolling update of an endpoint with several variants.

    "Multi-variant inference endpoints" are excluded from rolling deployments:
    https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-exclusions.html
    The words are ours.
    """
    config = endpoint_config(properties, place)
    if previous is None or config is None or not _rolling(properties):
        return
    if len(config.production_variants) > 1:
        names = ", ".join(sorted(_names(config.production_variants)))
        yield Refusal(
            message="RollingUpdatePolicy is not supported for an endpoint with several variants: "
            f"{names}"
        )


def batch_size(
    properties: Mapping[str, Any], previous: Mapping[str, Any] | None, place: Place
) -> Iterator[Refusal]:
    """
    Refuse a rolling batch outside 5 to 50 percent of the variant's instances.

    botocore 1.44.5, RollingUpdatePolicy.MaximumBatchSize: "between 5% to 50% of the variant's total
    instance count". The words are ours.
    """
    size = mapping(_rolling(properties).get("MaximumBatchSize"))
    yield from _outside("MaximumBatchSize", size, BATCH_PERCENT, properties, place)


def step_size(
    properties: Mapping[str, Any], previous: Mapping[str, Any] | None, place: Place
) -> Iterator[Refusal]:
    """
    Refuse a canary of more than 50 percent, and linear steps outside 10 to 50 percent.

    botocore 1.44.5, TrafficRoutingConfig.CanarySize and LinearStepSize. The words are ours.
    """
    policy = mapping(mapping(properties.get("DeploymentConfig")).get("BlueGreenUpdatePolicy"))
    routing = mapping(policy.get("TrafficRoutingConfiguration"))
    for name, limits in STEP_PERCENT.items():
        yield from _outside(name, mapping(routing.get(name)), limits, properties, place)


def _outside(
    name: str,
    size: Mapping[str, Any],
    limits: tuple[int, int],
    properties: Mapping[str, Any],
    place: Place,
) -> Iterator[Refusal]:
    value = number(size.get("Value"))
    if value is None:
        return
    if text(size.get("Type")) == "CAPACITY_PERCENT":
        shares = {value: f"{value:g} percent"}
    else:
        config = endpoint_config(properties, place)
        shares = {
            100 * value / count: f"{value:g} of {count:g} instances"
            for variant in objects(config.production_variants if config else ())
            if (count := number(variant.get("InitialInstanceCount")))
        }
    for share, told in shares.items():
        if not limits[0] <= share <= limits[1]:
            yield Refusal(
                message=f"{name} must be between {limits[0]} and {limits[1]} percent of the "
                f"variant's instances, got {told}"
            )


def _guarded(properties: Mapping[str, Any], previous: Mapping[str, Any] | None) -> bool:
    kept = str(text(properties.get("RetainDeploymentConfig"))).lower() == "true"
    config = (previous or {}) if kept and previous else properties
    return bool(mapping(config.get("DeploymentConfig")))


def _rolling(properties: Mapping[str, Any]) -> Mapping[str, Any]:
    return mapping(mapping(properties.get("DeploymentConfig")).get("RollingUpdatePolicy"))


def _names(variants: object) -> frozenset[str]:
    return frozenset(str(text(variant.get("VariantName"))) for variant in objects(variants))
