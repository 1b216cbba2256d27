"""What has become of each resource of a stack, read from the stack's events."""

from typing import TYPE_CHECKING

from .events import STACK_TYPE

if TYPE_CHECKING:
    from moto.cloudformation.models import Event

    from .stack import EngineStack

_GONE = ("DELETE_COMPLETE", "DELETE_SKIPPED")


def newest(stack: "EngineStack") -> "dict[str, Event]":
    """
    Return the event by which each resource came into its status, by logical id.

    An old physical resource whose place another has taken is no longer the stack's, so what becomes
    of it changes nothing. What an update has removed goes from the list when the update is over,
    but a deleted resource of a stack that is itself deleted, or was rolled back to nothing, stays:
    https://github.com/rebuy-de/aws-nuke/issues/270
    """
    found: dict[str, Event] = {}
    for event in list(stack.events):
        if event.resource_type == STACK_TYPE:
            if event.resource_status in ("UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"):
                found = {n: each for n, each in found.items() if each.resource_status not in _GONE}
        elif not _is_of_another(event, found.get(event.logical_resource_id)):
            found[event.logical_resource_id] = event
    return found


def _is_of_another(event: "Event", known: "Event | None") -> bool:
    """Return whether *event* is about a physical resource that *known* is no longer about."""
    return (
        known is not None
        and event.resource_status.startswith("DELETE_")
        and event.physical_resource_id != known.physical_resource_id
    )
