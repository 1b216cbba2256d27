"""All refusals of one resource of a template."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from . import endpoint, endpoint_config, image, model, model_data, name_in_use, rollout
from .property_check import property_refusals
from .refusal import Place, Refusal
from .service_limit import limit_refusals

Rule = Callable[[Mapping[str, Any], Mapping[str, Any] | None, Place], Iterable[Refusal]]
"""
Takes the resolved properties, those before an update (None: a create) and the place. Returns what
SageMaker would refuse.
"""

RULES: Final[Mapping[str, tuple[Rule, ...]]] = {
    "AWS::SageMaker::Model": (
        name_in_use.model,
        image.of_another_region,
        image.of_another_account,
        model.container_and_containers,
        model.model_data_twice,
        model.large_environment,
        model_data.prefix_without_slash,
        model_data.of_another_region,
        model_data.missing,
    ),
    "AWS::SageMaker::EndpointConfig": (
        name_in_use.endpoint_config,
        endpoint_config.duplicate_variants,
        endpoint_config.missing_model,
        endpoint_config.volume_on_local_storage,
        endpoint_config.key_on_local_storage,
        endpoint_config.scaling_with_named_model,
    ),
    "AWS::SageMaker::Endpoint": (
        name_in_use.endpoint,
        endpoint.missing_config,
        endpoint.changed_async,
        endpoint.scaled_variants,
        rollout.renamed_variants,
        rollout.several_rolling_variants,
        rollout.batch_size,
        rollout.step_size,
    ),
}
"""What SageMaker refuses of each type, beyond the limits of single values."""


def check_resource(
    resource_type: str,
    properties: Mapping[str, Any],
    *,
    previous: Mapping[str, Any] | None,
    account: str,
    region: str,
) -> tuple[str, ...]:
    """
    Return every reason why CloudFormation or SageMaker would refuse to create or update a resource.

    Nothing is changed. A type without a provider schema is not refused here.

    Args:
        properties: resolved: no intrinsic functions are left.
        previous: the properties that the resource has now. None: it is to be created.

    Raises:
        HostError: this installation has no provider schemas.
    """
    refusals = property_refusals(resource_type, properties, region)
    misshapen = {refusal.path for refusal in refusals if refusal.is_of_shape}
    found = limit_refusals(resource_type, properties)
    limits = [refusal for refusal in found if refusal.path not in misshapen]
    # Where both refuse a value, SageMaker says what it may be; CloudFormation names the keyword:
    # https://github.com/aws-cloudformation/cloudformation-resource-schema/issues/127
    limited = {refusal.path for refusal in limits}
    reasons = [
        refusal.message
        for refusal in refusals
        if refusal.is_of_shape or refusal.path not in limited
    ]
    reasons += service_reasons(
        resource_type, properties, limits, previous, Place(account=account, region=region)
    )
    return tuple(dict.fromkeys(reasons))


def service_reasons(
    resource_type: str,
    properties: Mapping[str, Any],
    limits: list[Refusal],
    previous: Mapping[str, Any] | None,
    place: Place,
) -> list[str]:
    """
    Return what SageMaker itself refuses: all limits in one message, as it writes them, then what
    its rules say.

    Several limits in one message: https://github.com/zenml-io/zenml/issues/1502
    """
    reasons = []
    if limits:
        errors = "1 validation error" if len(limits) == 1 else f"{len(limits)} validation errors"
        told = "; ".join(refusal.message for refusal in limits)
        reasons.append(f"{errors} detected: {told}")
    for rule in RULES.get(resource_type, ()):
        reasons += [refusal.message for refusal in rule(properties, previous, place)]
    return reasons
