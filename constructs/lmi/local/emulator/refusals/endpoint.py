"""Endpoints that SageMaker would not create, or not update to another configuration."""

from collections.abc import Iterator, Mapping
from typing import Any

from .records import arn, endpoint_config, sagemaker
from .refusal import Place, Refusal, text


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


def is_async(config: Any) -> bool:
    """Return whether an endpoint of this configuration is asynchronous."""
    return bool(config.async_inference_config)


def _name(properties: Mapping[str, Any], config_name: str, place: Place) -> str:
    """Return the endpoint's name, also where the template leaves it to CloudFormation."""
    given = text(properties.get("EndpointName"))
    served = (
        endpoint.endpoint_name
        for endpoint in sagemaker(place).endpoints.values()
        if endpoint.endpoint_config_name == config_name
    )
    return given or next(served, "")
