"""Undoing what a failed run did."""

from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Any

from . import exports, resources, statuses
from .events import add_resource_event, add_stack_event
from .order import creation_order
from .removal import forget_failed, remove
from .stack import Applied, EngineStack, State, Undo


def roll_back(
    stack: EngineStack,
    undo: Undo,
    reason: str,
    *,
    retain_except_on_create: bool = False,
    skipped: Collection[str] = (),
    is_forced: bool = False,
    is_abandoned: Callable[[], bool] = lambda: False,
) -> None:
    """
    Bring the stack back to its last stable state, or to nothing where it has none. The stack's
    events and its status say what came of it.

    Args:
        reason: why, for the stack's event.
        retain_except_on_create: whether a new resource goes though its policy is to retain it.
        skipped: logical ids of resources to take for rolled back as they are.
        is_forced: whether to do that with every resource that cannot be rolled back.
        is_abandoned: whether the stack has become another's to delete.
    """
    if undo.stable is None:
        add_stack_event(stack, "ROLLBACK_IN_PROGRESS", reason)
        status = _delete_all(stack, retain_except_on_create=retain_except_on_create)
        if not is_abandoned():
            add_stack_event(stack, *status)
        return
    add_stack_event(stack, "UPDATE_ROLLBACK_IN_PROGRESS", reason)
    failed = _restore(stack, undo, undo.stable, skipped=skipped, is_forced=is_forced)
    if failed:
        names = ", ".join(failed)
        add_stack_event(
            stack,
            "UPDATE_ROLLBACK_FAILED",
            f"The following resource(s) failed to update: [{names}].",
        )
        return
    new = [*undo.replacements, *_created(stack, undo)]
    for each in _created(stack, undo):
        del stack.applied[each.resource.logical_id]
    stack.adopt(undo.stable)
    exports.publish(stack)
    add_stack_event(stack, "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS")
    forget_failed(stack)
    remove(
        stack,
        new,
        is_kept=lambda each: each.is_kept_on_rollback(
            retain_except_on_create=retain_except_on_create
        ),
    )
    stack.undo = None
    add_stack_event(stack, "UPDATE_ROLLBACK_COMPLETE")


def _delete_all(stack: EngineStack, *, retain_except_on_create: bool) -> tuple[str, str | None]:
    forget_failed(stack)
    stuck = remove(
        stack,
        stack.applied.values(),
        is_kept=lambda each: each.is_kept_on_rollback(
            retain_except_on_create=retain_except_on_create
        ),
    )
    for name in [each for each in stack.applied if each not in stuck]:
        del stack.applied[name]
        stack.resource_map.drop(name)
    stack.undo = None
    if not stuck:
        return "ROLLBACK_COMPLETE", None
    return (
        "ROLLBACK_FAILED",
        f"The following resource(s) failed to delete: [{', '.join(sorted(stuck))}].",
    )


def _restore(
    stack: EngineStack, undo: Undo, stable: State, *, skipped: Collection[str], is_forced: bool
) -> list[str]:
    """
    Update what was updated back, and put what was replaced in its place again; return the logical
    ids of what failed.
    """
    failed = []
    told = statuses.newest(stack)
    order = creation_order({n: each.resource.dependencies for n, each in undo.before.items()})
    for name in order:
        before, now = undo.before[name], stack.applied[name]
        restored = before
        match undo.actions.get(name):
            case "replace":
                _tell(stack, before, "UPDATE_IN_PROGRESS", now)
                _tell(stack, before, "UPDATE_COMPLETE", before)
            case "update" if name in skipped:
                _tell(stack, before, "UPDATE_COMPLETE", now)
                restored = replace(before, instance=now.instance)
            case "update":
                instance = _update_back(stack, before, now, stable, is_forced=is_forced)
                if instance is None:
                    failed.append(name)
                    continue
                restored = replace(before, instance=instance)
            case None if told[name].resource_status == "UPDATE_FAILED":
                # Refused before anything was done to it: there is nothing to set back.
                _tell(stack, before, "UPDATE_COMPLETE", before)
        stable.values.put(name, restored.instance)
        stack.applied[name] = restored
        undo.actions.pop(name, None)
    return failed


def _update_back(
    stack: EngineStack, before: Applied, now: Applied, stable: State, *, is_forced: bool
) -> Any:
    """Return moto's object for the resource as it was, or None if it cannot be so again."""
    stable.values.put(before.resource.logical_id, now.instance)
    try:
        return resources.update(stack, before.resource, stable.values, now)
    except resources.ResourceFailed:
        if not is_forced:
            return None
        _tell(stack, before, "UPDATE_COMPLETE", now)
        return now.instance


def _tell(stack: EngineStack, before: Applied, status: str, applied: Applied) -> None:
    resource = before.resource
    add_resource_event(stack, resource.logical_id, resource.type, status, instance=applied.instance)


def _created(stack: EngineStack, undo: Undo) -> list[Applied]:
    return [
        applied
        for name, applied in stack.applied.items()
        if undo.actions.get(name) == "create" and name not in undo.before
    ]
