"""Deleting resources, each before those it depends on."""

from collections.abc import Callable, Iterable

from . import resources
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
