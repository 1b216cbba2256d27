"""Deleting a stack."""

from collections.abc import Collection

from moto.cloudformation.models import CloudFormationBackend

from . import exports
from .events import add_stack_event
from .removal import forget_failed, remove
from .stack import EngineStack


def delete_resources(
    stack: EngineStack, *, retained: Collection[str] = (), is_forced: bool = False
) -> bool:
    """
    Delete the stack's resources, each before those it depends on.

    Args:
        retained: logical ids of resources to leave where they are.
        is_forced: whether what cannot be deleted is left where it is.

    Returns:
        Whether all are gone, or kept. `stack.applied` says what exists now.
    """
    forget_failed(stack)
    stuck = remove(
        stack,
        stack.applied.values(),
        is_kept=lambda each: each.is_kept_on_delete or each.logical_id in retained,
    )
    if is_forced:
        stuck = ()
    for name in [each for each in stack.applied if each not in stuck]:
        del stack.applied[name]
        stack.resource_map.drop(name)
    if stuck:
        reason = f"The following resource(s) failed to delete: [{', '.join(sorted(stuck))}]."
        add_stack_event(stack, "DELETE_FAILED", reason)
        return False
    add_stack_event(stack, "DELETE_COMPLETE")
    return True


def delete(
    backend: CloudFormationBackend,
    stack: EngineStack,
    *,
    reason: str | None = None,
    retained: Collection[str] = (),
    is_forced: bool = False,
) -> None:
    """
    Delete the stack, and forget it if nothing of it is left.

    Args:
        reason: for the event that begins it; None where that is there already.
    """
    if reason is not None:
        add_stack_event(stack, "DELETE_IN_PROGRESS", reason)
    if not delete_resources(stack, retained=retained, is_forced=is_forced):
        return
    exports.withdraw(stack)
    for change_set_id, each in backend.change_sets.items():
        if each.stack is stack:
            backend.change_sets.pop(change_set_id, None)
    # First added, then taken away: who polls must find it in one of the two.
    backend.deleted_stacks[stack.stack_id] = stack
    backend.stacks.pop(stack.stack_id, None)
