"""Scaling on request: what a scaling policy would do by the clock on AWS."""

from collections.abc import Mapping
from typing import Any

from moto.applicationautoscaling.models import applicationautoscaling_backends
from moto.core.utils import utcnow
from moto.sagemaker.models import FakeEndpoint, sagemaker_backends

from lmi.catalog.nearest import nearest
from lmi.errors import ConfigError
from lmi.local.emulator import ACCOUNT

from .scaling_rules import DIMENSION, resource_id


def scale(
    endpoint_name: str, *, instances: int, variant_name: str | None, region: str | None
) -> dict[str, Any]:
    """
    Set the described instance count of a variant, within the bounds of its scalable target.

    No model server is started or stopped: one serves the variant, whatever the count.

    Args:
        instances: the count to have.
        variant_name: Default: the endpoint's only variant.
        region: Default: the one region that has an endpoint of this name.

    Returns:
        endpoint_name, region, variant_name, from, to.

    Raises:
        ConfigError: there is no such endpoint or variant, the endpoint is not in service, the
            variant has no scalable target, or the count is outside of its bounds.
    """
    region, endpoint = _endpoint(endpoint_name, region)
    if endpoint.endpoint_status != "InService":
        raise ConfigError(
            f"endpoint {endpoint_name} cannot be scaled while it is {endpoint.endpoint_status}"
        )
    variant = _variant(endpoint, variant_name)
    name = str(variant["VariantName"])
    lower, upper = _bounds(region, endpoint_name, name)
    if not lower <= instances <= upper:
        raise ConfigError(
            f"instances must be between {lower} and {upper}, the bounds of the scalable target of "
            f"{resource_id(endpoint_name, name)}, got {instances}"
        )
    before = int(variant.get("CurrentInstanceCount") or 0)
    variant["CurrentInstanceCount"] = variant["DesiredInstanceCount"] = instances
    endpoint.last_modified_time = utcnow()
    return {
        "endpoint_name": endpoint_name,
        "region": region,
        "variant_name": name,
        "from": before,
        "to": instances,
    }


def scale_request(document: object) -> dict[str, Any]:
    """
    Do what a request of `lmi local scale` says, and return what `scale` does.

    Raises:
        ConfigError: the request is none, or `scale` refuses.
    """
    if not isinstance(document, Mapping):
        raise ConfigError("a request to scale must be an object")
    name, instances = document.get("endpoint_name"), document.get("instances")
    if not isinstance(name, str) or not isinstance(instances, int) or isinstance(instances, bool):
        raise ConfigError(
            "a request to scale must have endpoint_name, a string, and instances, a whole number"
        )
    return scale(
        name,
        instances=instances,
        variant_name=document.get("variant_name"),
        region=document.get("region"),
    )


def _endpoint(name: str, region: str | None) -> tuple[str, FakeEndpoint]:
    everywhere = {
        (place, each): endpoint
        for place, backend in list(sagemaker_backends[ACCOUNT].items())
        for each, endpoint in list(backend.endpoints.items())
        if region in (None, place)
    }
    places = [place for place, each in everywhere if each == name]
    if len(places) > 1:
        raise ConfigError(
            f"endpoint {name} is in {' and '.join(sorted(places))}; say which with --region"
        )
    if not places:
        near = nearest(name, [each for _, each in everywhere], count=1, cutoff=0.0)
        hint = f"did you mean {near[0]!r}?" if near else "there is none at all"
        raise ConfigError(f"there is no endpoint {name!r}; {hint}")
    return places[0], everywhere[places[0], name]


def _variant(endpoint: FakeEndpoint, name: str | None) -> dict[str, Any]:
    variants = {str(each["VariantName"]): each for each in endpoint.production_variants}
    listed = ", ".join(sorted(variants))
    if name is None:
        if len(variants) > 1:
            raise ConfigError(
                f"endpoint {endpoint.endpoint_name} has the variants {listed}; "
                "say which with --variant"
            )
        return next(iter(variants.values()))
    if name not in variants:
        raise ConfigError(
            f"endpoint {endpoint.endpoint_name} has no variant {name!r}; it has {listed}"
        )
    return variants[name]


def _bounds(region: str, endpoint_name: str, variant_name: str) -> tuple[int, int]:
    wanted = resource_id(endpoint_name, variant_name)
    target = applicationautoscaling_backends[ACCOUNT][region].targets.get(DIMENSION, {}).get(wanted)
    if target is None:
        raise ConfigError(
            f"{wanted} has no scalable target, so nothing would scale it on AWS; "
            "add an AWS::ApplicationAutoScaling::ScalableTarget to its stack"
        )
    return int(target.min_capacity or 0), int(target.max_capacity or 0)
