"""Deleting a stack."""

from . import resources
from .events import add_stack_event
from .order import creation_order
from .stack import EngineStack


def delete_resources(stack: EngineStack) -> bool:
    """
    Delete the stack's resources, each before those it depends on.

    What a resource depends on stays, if that resource could not be deleted.

    Returns:
        Whether all are gone, or kept by their policy. `stack.applied` says what exists now.
    """
    order = creation_order(
        {name: each.resource.dependencies for name, each in stack.applied.items()}
    )
    needed: set[str] = set()
    for name in reversed(order):
        applied = stack.applied[name]
        if name in needed:
            needed |= applied.resource.dependencies
            continue
        if applied.resource.is_kept_on_delete:
            resources.keep(stack, applied.resource, applied.instance)
        else:
            try:
                resources.delete(stack, applied.resource, stack.resource_map, applied.instance)
            except resources.ResourceFailed:
                needed |= {name, *applied.resource.dependencies}
                continue
        del stack.applied[name]
        stack.resource_map.drop(name)
    failed = needed & stack.applied.keys()
    if failed:
        reason = f"The following resource(s) failed to delete: [{', '.join(sorted(failed))}]."
        add_stack_event(stack, "DELETE_FAILED", reason)
        return False
    add_stack_event(stack, "DELETE_COMPLETE")
    return True
