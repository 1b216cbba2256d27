"""Which changes of a property need a new physical resource."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal

from moto.cloudformation import parsing

from .schemas import Pointer, schema

Recreation = Literal["Never", "Conditionally", "Always"]


def changed(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the names of the properties that differ."""
    return tuple(name for name in {**old, **new} if old.get(name) != new.get(name))


def requires_recreation(
    resource_type: str, name: str, old: Mapping[str, Any], new: Mapping[str, Any]
) -> Recreation:
    """
    Return whether the difference in the property *name* needs a new physical resource, by
    `createOnlyProperties` and `conditionalCreateOnlyProperties` of the type's provider schema.
    """
    found = schema(resource_type)
    if _any_differs(found.create_only, name, old, new):
        return "Always"
    if _any_differs(found.conditionally_create_only, name, old, new):
        return "Conditionally"
    return "Never"


def needs_replacement(resource_type: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """
    Return whether the difference between two sets of resolved properties needs a new physical
    resource.

    A property that the schema calls create-only under conditions is taken to change in place.
    """
    return any(
        requires_recreation(resource_type, name, old, new) == "Always" for name in changed(old, new)
    )


def custom_name(resource_type: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> str | None:
    """
    Return the physical name that both sets of properties give, or None if there is none: a
    replacement cannot have the name that the old resource still has.
    """
    name_property = parsing.resource_name_property_from_type(resource_type)
    names = (name_property,) if name_property else schema(resource_type).identifier
    if not names or any(old.get(each) != new.get(each) for each in names):
        return None
    values = [new[each] for each in names if new.get(each)]
    return str(values[0]) if len(values) == len(names) else None


def _any_differs(
    pointers: Iterable[Pointer], name: str, old: Mapping[str, Any], new: Mapping[str, Any]
) -> bool:
    return any(
        pointer[0] == name and list(_at(pointer, old)) != list(_at(pointer, new))
        for pointer in pointers
    )


def _at(pointer: Pointer, node: Any) -> Iterator[Any]:
    """Yield what lies at *pointer*."""
    if not pointer:
        yield node
    elif pointer[0] == "*":
        inside = node.values() if isinstance(node, dict) else node
        for each in inside if isinstance(node, dict | list) else ():
            yield from _at(pointer[1:], each)
    elif isinstance(node, Mapping) and pointer[0] in node:
        yield from _at(pointer[1:], node[pointer[0]])
