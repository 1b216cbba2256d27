"""
Creating, updating and deleting one resource through moto, with an event for each step and the
reason of a failure.
"""

import logging
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from moto.cloudformation import parsing
from moto.cloudformation.parsing import ResourceMap
from moto.core.exceptions import ServiceException

from lmi.errors import LmiError
from lmi.local.emulator import progress

from . import locks
from .events import add_resource_event
from .template import Resource

if TYPE_CHECKING:
    from .stack import Applied, EngineStack

_log = logging.getLogger(__name__)

REPLACES = "Requested update requires the creation of a new physical resource; hence creating one."


class ResourceFailed(Exception):
    """A resource could not be created, updated or deleted; the stack's events say why."""

    def __init__(
        self, logical_id: str, reason: str, verb: Literal["create", "update", "delete"]
    ) -> None:
        self.logical_id = logical_id
        self.reason = reason
        self.verb = verb
        super().__init__(reason)


class Refused(LmiError):
    """A resource was refused before anything was done to it."""


def reason_of(error: Exception) -> str:
    """
    Return what a stack event says about *error*: the service's own message, or for a defect here
    its type too.
    """
    if isinstance(error, LmiError):
        return str(error)
    if isinstance(error, ServiceException) or getattr(error, "message", None):
        return str(getattr(error, "message", error))
    _log.error("the embedded AWS failed", exc_info=error)
    return f"the embedded AWS failed: {type(error).__name__}: {error}"


def create(
    stack: "EngineStack",
    resource: Resource,
    properties: Mapping[str, Any],
    values: ResourceMap,
    *,
    replaces: Any = None,
) -> Any:
    """
    Create the resource and return moto's object for it.

    Args:
        replaces: moto's object for the one whose place it takes. Its events then tell of an
            update, as CloudFormation's do.

    Raises:
        ResourceFailed: it could not be created.
    """
    name, kind = resource.logical_id, resource.type
    verb: Literal["create", "update"] = "create" if replaces is None else "update"
    add_resource_event(
        stack,
        name,
        kind,
        f"{verb.upper()}_IN_PROGRESS",
        instance=replaces,
        reason=None if replaces is None else REPLACES,
    )
    try:
        _check(stack, resource, properties, previous=None)
        with locks.resource(kind):
            instance: Any = parsing.parse_and_create_resource(
                name, resource.body, values, stack.account_id, stack.region_name
            )
    except Exception as error:
        raise failed(stack, resource, verb, error, replaces) from error
    add_resource_event(stack, name, kind, f"{verb.upper()}_COMPLETE", instance=instance)
    return instance


def update(stack: "EngineStack", resource: Resource, values: ResourceMap, before: "Applied") -> Any:
    """
    Update the resource *before* in place and return moto's object for it.

    Raises:
        ResourceFailed: it could not be updated. Its cause is Refused if nothing was tried, since
            moto has no way to update this type, or the new properties are not allowed.
    """
    name, kind = resource.logical_id, resource.type
    add_resource_event(stack, name, kind, "UPDATE_IN_PROGRESS", instance=before.instance)

    def tell(step: str) -> None:
        add_resource_event(
            stack, name, kind, "UPDATE_IN_PROGRESS", instance=before.instance, reason=step
        )

    try:
        with locks.resource(kind), progress.reporting(tell):
            instance = _update(stack, resource, values, before)
    except Exception as error:
        raise failed(stack, resource, "update", error, before.instance) from error
    add_resource_event(stack, name, kind, "UPDATE_COMPLETE", instance=instance)
    return instance


def check_update(
    stack: "EngineStack", resource: Resource, properties: Mapping[str, Any], before: "Applied"
) -> None:
    """
    Find what stands against an update in place, before it begins.

    Raises:
        ResourceFailed: it is refused.
    """
    try:
        _check(stack, resource, properties, previous=before.properties)
        model = parsing.resource_class_from_type(resource.type)
        if hasattr(model.update_from_cloudformation_json, "__isabstractmethod__"):
            raise Refused(
                f"the embedded AWS cannot update a resource of type {resource.type}; destroy the "
                "stack and deploy it again"
            )
    except Refused as error:
        add_resource_event(
            stack,
            resource.logical_id,
            resource.type,
            "UPDATE_IN_PROGRESS",
            instance=before.instance,
        )
        raise failed(stack, resource, "update", error, before.instance) from error


def delete(stack: "EngineStack", applied: "Applied") -> None:
    """
    Delete the physical resource.

    Raises:
        ResourceFailed: it could not be deleted.
    """
    resource, instance = applied.resource, applied.instance
    name, kind = resource.logical_id, resource.type
    body = {**resource.body, "Properties": dict(applied.properties)}
    add_resource_event(stack, name, kind, "DELETE_IN_PROGRESS", instance=instance)
    try:
        with locks.resource(kind):
            stack.resource_map._delete_resource(instance, body)
    except Exception as error:
        raise failed(stack, resource, "delete", error, instance) from error
    add_resource_event(stack, name, kind, "DELETE_COMPLETE", instance=instance)


def keep(stack: "EngineStack", applied: "Applied") -> None:
    """Leave the physical resource where it is, because its policy or the user says so."""
    resource = applied.resource
    add_resource_event(
        stack, resource.logical_id, resource.type, "DELETE_SKIPPED", instance=applied.instance
    )


def failed(
    stack: "EngineStack",
    resource: Resource,
    verb: Literal["create", "update", "delete"],
    error: Exception,
    instance: Any = None,
) -> ResourceFailed:
    """Note that the resource failed, and return what to raise."""
    reason = reason_of(error)
    add_resource_event(
        stack,
        resource.logical_id,
        resource.type,
        f"{verb.upper()}_FAILED",
        instance=instance,
        reason=reason,
    )
    return ResourceFailed(resource.logical_id, reason, verb)


def _check(
    stack: "EngineStack",
    resource: Resource,
    properties: Mapping[str, Any],
    *,
    previous: Mapping[str, Any] | None,
) -> None:
    # Imported where it is needed: refusals look at records that moto makes late.
    from lmi.local.emulator import refusals

    reasons = refusals.check_resource(
        resource.type,
        properties,
        previous=previous,
        account=stack.account_id,
        region=stack.region_name,
    )
    if reasons:
        raise Refused("\n".join(reasons))


def _update(
    stack: "EngineStack", resource: Resource, values: ResourceMap, before: "Applied"
) -> Any:
    model, body, _ = parsing.parse_resource(resource.body, values)
    name_property = parsing.resource_name_property_from_type(resource.type)
    given = body["Properties"].get(name_property) if name_property else None
    instance: Any = model.update_from_cloudformation_json(
        original_resource=before.instance,
        # moto would pass another generated name, and some types take it for a renaming (moto
        # 5.2.5: cloudformation/parsing.py, parse_and_update_resource).
        new_resource_name=given or _name(before.instance),
        cloudformation_json=body,
        account_id=stack.account_id,
        region_name=stack.region_name,
    )
    instance.cf_resource_type = resource.type
    instance.logical_resource_id = resource.logical_id
    return instance


def _name(instance: Any) -> str:
    physical_id = str(instance.physical_resource_id)
    return re.split("[:/]", physical_id)[-1] if physical_id.startswith("arn:") else physical_id
