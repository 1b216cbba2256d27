"""Undoing what a failed run did."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from . import resources
from .resolve import Values
from .stack import Applied, EngineStack

Action = Literal["create", "update", "replace"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """What a run did to one resource."""

    action: Action
    before: Applied | None
    """The resource as it was; None for a new one."""
    after: Applied


def roll_back(stack: EngineStack, steps: Sequence[Step], values_before: Values) -> bool:
    """
    Undo *steps*, the last one first: delete what is new, update back what was updated.

    Args:
        values_before: the values under which the resources were as they shall be again.

    Returns:
        Whether everything could be undone. `stack.applied` says what exists now.
    """
    complete = True
    for step in reversed(steps):
        try:
            _undo(stack, step, values_before)
        except resources.ResourceFailed:
            complete = False
    return complete


def _undo(stack: EngineStack, step: Step, values_before: Values) -> None:
    after, name = step.after, step.after.resource.logical_id
    if step.action == "update" and step.before is not None:
        values_before.put(name, after.instance)
        instance = resources.update(stack, step.before.resource, values_before, after.instance)
        values_before.put(name, instance)
        stack.applied[name] = replace(step.before, instance=instance)
        return
    if after.resource.is_kept_on_rollback:
        resources.keep(stack, after.resource, after.instance)
    else:
        resources.delete(stack, after.resource, stack.resource_map, after.instance)
    if step.before is None:
        del stack.applied[name]
    else:
        stack.applied[name] = step.before
