"""
Mends of Application Auto Scaling: what it refuses, and what goes with a target.

The rules: https://docs.aws.amazon.com/autoscaling/application/APIReference/API_RegisterScalableTarget.html
and the pages of its other operations.
"""

import re
from collections.abc import Mapping
from typing import Any

from moto.applicationautoscaling.exceptions import AWSValidationException
from moto.applicationautoscaling.models import (
    ApplicationAutoscalingBackend,
    FakeApplicationAutoscalingPolicy,
    FakeScalableTarget,
    applicationautoscaling_backends,
)
from moto.core.exceptions import JsonRESTError
from moto.sagemaker.models import FakeEndpoint, SageMakerModelBackend, sagemaker_backends

from lmi.local.emulator.mends.patch import replace

DIMENSION = "sagemaker:variant:DesiredInstanceCount"
_VARIANT = re.compile(r"endpoint/(?P<endpoint>[^/]+)/variant/(?P<variant>[^/]+)")

_register = ApplicationAutoscalingBackend.register_scalable_target
_deregister = ApplicationAutoscalingBackend.deregister_scalable_target
_put_policy = ApplicationAutoscalingBackend.put_scaling_policy
_delete_policy = ApplicationAutoscalingBackend.delete_scaling_policy
_put_action = ApplicationAutoscalingBackend.put_scheduled_action
_delete_action = ApplicationAutoscalingBackend.delete_scheduled_action


def apply() -> None:
    """Apply every mend of this module."""
    backend = ApplicationAutoscalingBackend
    replace(backend, "register_scalable_target", register_what_exists)
    replace(backend, "deregister_scalable_target", deregister_with_policies)
    replace(backend, "put_scaling_policy", put_policy_of_target)
    replace(backend, "delete_scaling_policy", delete_policy_that_exists)
    replace(backend, "put_scheduled_action", put_action_of_target)
    replace(backend, "delete_scheduled_action", delete_action_that_exists)


def variant_of(resource_id: str) -> tuple[str, str] | None:
    """Return the endpoint and the variant that a resource id names, or None if it names none."""
    match = _VARIANT.fullmatch(resource_id)
    return (match["endpoint"], match["variant"]) if match else None


def resource_id(endpoint_name: str, variant_name: str) -> str:
    """Return the resource id of a variant."""
    return f"endpoint/{endpoint_name}/variant/{variant_name}"


class NoSuchTarget(JsonRESTError):
    """There is no such target, policy or schedule."""

    def __init__(self, message: str) -> None:
        super().__init__("ObjectNotFoundException", message)


def register_what_exists(
    backend: ApplicationAutoscalingBackend,
    namespace: str,
    r_id: str,
    dimension: str,
    min_capacity: int | None,
    max_capacity: int | None,
    *args: Any,
    **kwargs: Any,
) -> FakeScalableTarget:
    """
    Register a variant of an endpoint that exists, between bounds that are there and in order.

    Defect: any endpoint can be registered, without bounds too, and the lower bound may be above
    the upper one (applicationautoscaling/models.py, register_scalable_target).
    """
    known = backend.targets.get(dimension, {}).get(r_id)
    lower, upper = (known.min_capacity, known.max_capacity) if known else (None, None)
    lower = lower if min_capacity is None else min_capacity
    upper = upper if max_capacity is None else max_capacity
    if lower is None or upper is None:
        raise AWSValidationException(
            "MinCapacity and MaxCapacity are required to register a new scalable target"
        )
    if lower > upper:
        raise AWSValidationException("Maximum capacity cannot be less than minimum capacity")
    if namespace == "sagemaker" and dimension == DIMENSION:
        _check_variant(backend, r_id)
    return _register(
        backend, namespace, r_id, dimension, min_capacity, max_capacity, *args, **kwargs
    )


def _check_variant(backend: ApplicationAutoscalingBackend, r_id: str) -> None:
    named = variant_of(r_id)
    if named is None:
        raise AWSValidationException(
            "Unsupported service namespace, resource type or scalable dimension"
        )
    endpoints = sagemaker_backends[backend.account_id][backend.region_name].endpoints
    endpoint: FakeEndpoint | None = endpoints.get(named[0])
    if endpoint is None:
        raise AWSValidationException(f"SageMaker endpoint doesn't exist: {r_id}")
    names = [each["VariantName"] for each in endpoint.production_variants]
    if named[1] not in names:
        raise AWSValidationException(
            f"SageMaker endpoint variant doesn't exist: {r_id}; "
            f"the endpoint has {', '.join(sorted(names))}"
        )


def deregister_with_policies(
    backend: ApplicationAutoscalingBackend, namespace: str, r_id: str, dimension: str
) -> None:
    """
    Deregister the target with its policies and schedules.

    Defect: policies and schedules stay, and a target that does not exist is a ValidationException
    (applicationautoscaling/models.py, deregister_scalable_target).
    """
    _target(backend, namespace, r_id, dimension, "found")
    _deregister(backend, namespace, r_id, dimension)
    place = (namespace, r_id, dimension)
    for policy in list(backend.policies.values()):
        if _place(policy) == place:
            _delete_policy(backend, policy.policy_name, *place)
    backend.scheduled_actions = [
        each for each in backend.scheduled_actions if _place(each) != place
    ]


def deregister_variants(backend: SageMakerModelBackend, endpoint_name: str) -> None:
    """
    Deregister every variant of an endpoint that has been deleted.

    "Application Auto Scaling deregisters those models as scalable targets without notifying you":
    https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-delete-with-scaling.html
    """
    scaling = applicationautoscaling_backends[backend.account_id][backend.region_name]
    for target in scaled_variants(endpoint_name, backend.account_id, backend.region_name).values():
        deregister_with_policies(
            scaling, target.service_namespace, target.resource_id, target.scalable_dimension
        )


def scaled_variants(
    endpoint_name: str, account: str, region: str
) -> Mapping[str, FakeScalableTarget]:
    """Return the scalable targets of an endpoint by the names of their variants."""
    targets = applicationautoscaling_backends[account][region].targets.get(DIMENSION, {})
    found = ((variant_of(r_id), target) for r_id, target in list(targets.items()))
    return {named[1]: target for named, target in found if named and named[0] == endpoint_name}


def put_policy_of_target(
    backend: ApplicationAutoscalingBackend,
    policy_name: str,
    service_namespace: str,
    resource_id: str,
    scalable_dimension: str,
    policy_body: dict[str, Any],
    policy_type: str | None,
) -> FakeApplicationAutoscalingPolicy:
    """
    Put a policy on a target that is registered; one that is put again keeps its ARN.

    Defect: no target is needed, and each put makes another ARN
    (applicationautoscaling/models.py, put_scaling_policy).
    """
    place = (service_namespace, resource_id, scalable_dimension)
    _target(backend, *place, "registered")
    key = FakeApplicationAutoscalingPolicy.formulate_key(*place, policy_name)
    before = backend.policies.get(key)
    policy = _put_policy(backend, policy_name, *place, policy_body, policy_type)
    if before is not None:
        policy.policy_arn, policy.creation_time = before.policy_arn, before.creation_time
    return policy


def delete_policy_that_exists(
    backend: ApplicationAutoscalingBackend,
    policy_name: str,
    service_namespace: str,
    resource_id: str,
    scalable_dimension: str,
) -> None:
    """
    Delete a policy.

    Defect: one that does not exist is a ValidationException (applicationautoscaling/models.py,
    delete_scaling_policy).
    """
    place = (service_namespace, resource_id, scalable_dimension)
    if FakeApplicationAutoscalingPolicy.formulate_key(*place, policy_name) not in backend.policies:
        raise NoSuchTarget(
            f"No scaling policy found for {_words(*place)}, policy name: {policy_name}"
        )
    _delete_policy(backend, policy_name, *place)


def put_action_of_target(backend: ApplicationAutoscalingBackend, **kwargs: Any) -> None:
    """
    Put a schedule on a target that is registered.

    Defect: no target is needed (applicationautoscaling/models.py, put_scheduled_action).
    """
    _target(
        backend,
        kwargs["service_namespace"],
        kwargs["resource_id"],
        kwargs["scalable_dimension"],
        "registered",
    )
    _put_action(backend, **kwargs)


def delete_action_that_exists(
    backend: ApplicationAutoscalingBackend,
    service_namespace: str,
    scheduled_action_name: str,
    resource_id: str,
    scalable_dimension: str,
) -> None:
    """
    Delete a schedule.

    Defect: one that does not exist counts as deleted (applicationautoscaling/models.py,
    delete_scheduled_action).
    """
    place = (service_namespace, resource_id, scalable_dimension)
    there = [
        each
        for each in backend.scheduled_actions
        if _place(each) == place and each.scheduled_action_name == scheduled_action_name
    ]
    if not there:
        raise NoSuchTarget(
            f"No scheduled action found for {_words(*place)}, "
            f"scheduled action name: {scheduled_action_name}"
        )
    _delete_action(
        backend, service_namespace, scheduled_action_name, resource_id, scalable_dimension
    )


def _target(
    backend: ApplicationAutoscalingBackend,
    namespace: str,
    r_id: str,
    dimension: str,
    verb: str,
) -> FakeScalableTarget:
    target = backend.targets.get(dimension, {}).get(r_id)
    if target is None:
        # Worded as AWS: https://github.com/ansible/ansible/issues/40237
        raise NoSuchTarget(f"No scalable target {verb} for {_words(namespace, r_id, dimension)}")
    return target


def _words(namespace: str, r_id: str, dimension: str) -> str:
    return f"service namespace: {namespace}, resource ID: {r_id}, scalable dimension: {dimension}"


def _place(record: Any) -> tuple[str, str, str]:
    return (record.service_namespace, record.resource_id, record.scalable_dimension)
