"""What a resource refers to, and the order in which resources are created."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from moto.cloudformation.exceptions import ValidationError

_SUBSTITUTED = re.compile(r"\$\{([^!}][^}]*)\}")


class Reference(NamedTuple):
    """A name that a template refers to, and for Fn::GetAtt the attribute."""

    name: str
    attribute: str | None


def references(node: Any) -> Iterator[str]:
    """
    Yield the names that *node* refers to with Ref, Fn::GetAtt and Fn::Sub: resources, parameters,
    pseudo parameters.
    """
    yield from (each.name for each in reference_kinds(node))


def reference_kinds(node: Any) -> Iterator[Reference]:
    """Yield what *node* refers to with Ref, Fn::GetAtt and Fn::Sub."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "Ref" and isinstance(value, str):
                yield Reference(value, None)
            elif key == "Fn::GetAtt":
                yield Reference(value[0], str(value[1]))
            elif key == "Fn::Sub":
                yield from _substituted(value)
            else:
                yield from reference_kinds(value)
    elif isinstance(node, list):
        for value in node:
            yield from reference_kinds(value)


def _substituted(argument: str | list[Any]) -> Iterator[Reference]:
    text, own = (argument, {}) if isinstance(argument, str) else argument
    for found in _SUBSTITUTED.findall(text):
        name, _, attribute = found.partition(".")
        if name not in own:
            yield Reference(name, attribute or None)
    yield from reference_kinds(own)


def creation_order(dependencies: Mapping[str, frozenset[str]]) -> tuple[str, ...]:
    """
    Return the names so that each comes after all that it depends on; otherwise in the template's
    order.

    Args:
        dependencies: for each resource the resources it depends on.

    Raises:
        ValidationError: the resources depend on each other in a circle.
    """
    ordered: dict[str, None] = {}

    def visit(name: str, path: tuple[str, ...]) -> None:
        if name in path:
            circle = ", ".join(path[path.index(name) :])
            raise ValidationError(message=f"Circular dependency between resources: [{circle}]")
        if name in ordered:
            return
        for dependency in dependencies:
            if dependency in dependencies[name]:
                visit(dependency, (*path, name))
        ordered[name] = None

    for name in dependencies:
        visit(name, ())
    return tuple(ordered)
