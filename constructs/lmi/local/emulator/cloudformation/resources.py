"""
Creating, updating and deleting one resource through moto, with an event for each step and the
reason of a failure.
"""

import logging
from typing import TYPE_CHECKING, Any

from moto.cloudformation import parsing
from moto.cloudformation.parsing import ResourceMap
from moto.core.exceptions import ServiceException

from lmi.errors import LmiError

from .events import add_resource_event
from .template import Resource

if TYPE_CHECKING:
    from .stack import EngineStack

_log = logging.getLogger(__name__)


class ResourceFailed(Exception):
    """A resource could not be created, updated or deleted; the stack's events say why."""

    def __init__(self, logical_id: str, reason: str) -> None:
        self.logical_id = logical_id
        self.reason = reason
        super().__init__(reason)


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
    stack: "EngineStack", resource: Resource, values: ResourceMap, reason: str | None = None
) -> Any:
    """
    Create the resource and return moto's object for it.

    Args:
        reason: why a new one is made, where it replaces another.

    Raises:
        ResourceFailed: it could not be created.
    """
    name, kind = resource.logical_id, resource.type
    add_resource_event(stack, name, kind, "CREATE_IN_PROGRESS", reason=reason)
    try:
        instance: Any = parsing.parse_and_create_resource(
            name, resource.body, values, stack.account_id, stack.region_name
        )
    except Exception as error:
        raise _failed(stack, resource, "CREATE_FAILED", error) from error
    add_resource_event(stack, name, kind, "CREATE_COMPLETE", instance=instance)
    return instance


def update(stack: "EngineStack", resource: Resource, values: ResourceMap, instance: Any) -> Any:
    """
    Update *instance* in place and return moto's object for it.

    Raises:
        ResourceFailed: it could not be updated, or moto has no way to update this type.
    """
    name, kind = resource.logical_id, resource.type
    add_resource_event(stack, name, kind, "UPDATE_IN_PROGRESS", instance=instance)
    try:
        updated: Any = parsing.parse_and_update_resource(
            name, resource.body, values, stack.account_id, stack.region_name
        )
        if updated is None:
            raise LmiError(
                f"the embedded AWS cannot update a resource of type {kind}; destroy the stack "
                "and deploy it again"
            )
    except Exception as error:
        raise _failed(stack, resource, "UPDATE_FAILED", error, instance) from error
    add_resource_event(stack, name, kind, "UPDATE_COMPLETE", instance=updated)
    return updated


def delete(stack: "EngineStack", resource: Resource, values: ResourceMap, instance: Any) -> None:
    """
    Delete *instance*.

    Raises:
        ResourceFailed: it could not be deleted.
    """
    name, kind = resource.logical_id, resource.type
    add_resource_event(stack, name, kind, "DELETE_IN_PROGRESS", instance=instance)
    try:
        values._delete_resource(instance, resource.body)
    except Exception as error:
        raise _failed(stack, resource, "DELETE_FAILED", error, instance) from error
    add_resource_event(stack, name, kind, "DELETE_COMPLETE", instance=instance)


def keep(stack: "EngineStack", resource: Resource, instance: Any) -> None:
    """Leave *instance* where it is, because its policy says so."""
    add_resource_event(
        stack, resource.logical_id, resource.type, "DELETE_SKIPPED", instance=instance
    )


def _failed(
    stack: "EngineStack", resource: Resource, status: str, error: Exception, instance: Any = None
) -> ResourceFailed:
    reason = reason_of(error)
    add_resource_event(
        stack, resource.logical_id, resource.type, status, instance=instance, reason=reason
    )
    return ResourceFailed(resource.logical_id, reason)
