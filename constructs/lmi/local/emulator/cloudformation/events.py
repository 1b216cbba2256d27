"""The events of a stack."""

import threading
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from moto.cloudformation.models import Event

if TYPE_CHECKING:
    from .stack import EngineStack

_lock = threading.Lock()

STACK_TYPE = "AWS::CloudFormation::Stack"


def add_stack_event(stack: "EngineStack", status: str, reason: str | None = None) -> None:
    """Note that the stack has reached *status*, and give it that status."""
    _add(stack, stack.name, stack.stack_id, STACK_TYPE, status, reason)
    # After the event: who polls the status reads the events next.
    stack.status_reason = reason
    stack.status = status


def add_resource_event(
    stack: "EngineStack",
    logical_id: str,
    resource_type: str,
    status: str,
    *,
    instance: Any = None,
    reason: str | None = None,
) -> None:
    """Note that a resource has reached *status*."""
    physical_id = getattr(instance, "physical_resource_id", None) or ""
    _add(stack, logical_id, physical_id, resource_type, status, reason)


def _add(
    stack: "EngineStack",
    logical_id: str,
    physical_id: str,
    resource_type: str,
    status: str,
    reason: str | None,
) -> None:
    event = Event(
        stack.stack_id, stack.name, logical_id, physical_id, resource_type, status, reason, None
    )
    with _lock:
        if stack.events:
            # The CDK CLI sorts events by their milliseconds, so no two may share one.
            event.timestamp = max(
                event.timestamp, stack.events[-1].timestamp + timedelta(milliseconds=1)
            )
        stack.events.append(event)
