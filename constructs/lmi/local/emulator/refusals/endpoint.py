"""Endpoints that SageMaker would not create, or not update to another configuration."""

from collections.abc import Iterator, Mapping
from typing import Any

from lmi.local.emulator.resources import scaling_rules as autoscaling

from .records import arn, endpoint_config, sagemaker
from .refusal import Place, Refusal, objects, text


def missing_config(
    properties: Mapping[str, Any], previous: Mapping[str, Any] | None, place: Place
) -> Iterator[Refusal]:
    """
    Refuse a configuration that does not exist.

    https://github.com/aws/amazon-sagemaker-examples/issues/2339
    """
    name = text(properties.get("EndpointConfigName"))
    if name is not None and endpoint_config(properties, place) is None:
        told = arn("endpoint-config", name, place)
        yield Refusal(message=f'Could not find endpoint configuration "{told}".')


def changed_async(
    properties: Mapping[str, Any], previous: Mapping[str, Any] | None, place: Place
) -> Iterator[Refusal]:
    """
    Refuse an update that makes an endpoint asynchronous, or no longer so.

    Removed: https://github.com/aws/sagemaker-python-sdk/pull/3124, where the message goes on.
    Added: the same words the other way round, unverified.
    """
    old, new = endpoint_config(previous, place), endpoint_config(properties, place)
    if old is None or new is None or is_async(old) == is_async(new):
        return
    verb = "removed from" if is_async(old) else "added to"
    yield Refusal(
        message=f"The AsyncInferenceConfig parameter cannot be {verb} this endpoint "
        f"{_name(properties, old.endpoint_config_name, place)}."
    )


def scaled_variants(
    properties: Mapping[str, Any], previous: Mapping[str, Any] | None, place: Place
) -> Iterator[Refusal]:
    """
    Refuse an update that removes a variant which is a scalable target, or changes its instance
    type: it has to be deregistered first.

    https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-scaling-update.html
    The words are ours.
    """
    old, new = endpoint_config(previous, place), endpoint_config(properties, place)
    if old is None or new is None:
        return
    name = _name(properties, old.endpoint_config_name, place)
    before, after = (_instance_types(config.production_variants) for config in (old, new))
    changes = [
        f"{variant} from {before.get(variant)} to {after[variant]}"
        if variant in after
        else f"{variant} is removed"
        for variant in sorted(autoscaling.scaled_variants(name, place.account, place.region))
        if before.get(variant) != after.get(variant)
    ]
    if changes:
        yield Refusal(
            message=f"Variants of endpoint {name} that are scalable targets must be deregistered "
            "from Application Auto Scaling before they are removed or their instance type "
            f"changes: {', '.join(changes)}"
        )


def is_async(config: Any) -> bool:
    """Return whether an endpoint of this configuration is asynchronous."""
    return bool(config.async_inference_config)


def _instance_types(variants: object) -> Mapping[str, str | None]:
    return {
        str(text(each.get("VariantName"))): text(each.get("InstanceType"))
        for each in objects(variants)
    }


def _name(properties: Mapping[str, Any], config_name: str, place: Place) -> str:
    """Return the endpoint's name, also where the template leaves it to CloudFormation."""
    given = text(properties.get("EndpointName"))
    served = (
        endpoint.endpoint_name
        for endpoint in list(sagemaker(place).endpoints.values())
        if endpoint.endpoint_config_name == config_name
    )
    return given or next(served, "")
