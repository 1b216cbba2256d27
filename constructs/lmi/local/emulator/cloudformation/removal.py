"""Deleting resources, each before those it depends on."""

from collections.abc import Callable, Iterable

from . import resources, statuses
from .events import add_resource_event
from .order import creation_order
from .stack import Applied, EngineStack
from .template import Resource


def remove(
    stack: EngineStack, doomed: Iterable[Applied], *, is_kept: Callable[[Resource], bool]
) -> tuple[str, ...]:
    """
    Delete *doomed*, and leave those that *is_kept* names. What a resource depends on stays, if that
    resource could not be deleted.

    Returns:
        The logical ids of what is still there although it should not be.
    """
    found = {each.resource.logical_id: each for each in doomed}
    order = creation_order({name: each.resource.dependencies for name, each in found.items()})
    stuck: set[str] = set()
    needed: set[str] = set()
    for name in reversed(order):
        applied = found[name]
        if name in needed:
            stuck.add(name)
            needed |= applied.resource.dependencies
        elif is_kept(applied.resource):
            resources.keep(stack, applied)
        else:
            try:
                resources.delete(stack, applied)
            except resources.ResourceFailed:
                stuck.add(name)
                needed |= applied.resource.dependencies
    return tuple(name for name in order if name in stuck)


def forget_failed(stack: EngineStack) -> None:
    """
    Note that what could not be created is gone, as CloudFormation does where it cleans up:
    https://github.com/aws/aws-cdk/issues/14333
    """
    for name, event in statuses.newest(stack).items():
        if event.resource_status == "CREATE_FAILED" and name not in stack.applied:
            add_resource_event(stack, name, event.resource_type, "DELETE_COMPLETE")
