"""What a resource refers to, and the order in which resources are created."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from moto.cloudformation.exceptions import ValidationError

_SUBSTITUTED = re.compile(r"\$\{([^!.}]+)[^}]*\}")


def references(node: Any) -> Iterator[str]:
    """
    Yield the names that *node* refers to with Ref, Fn::GetAtt and Fn::Sub: resources, parameters,
    pseudo parameters.
    """
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "Ref" and isinstance(value, str):
                yield value
            elif key == "Fn::GetAtt":
                yield value[0]
            elif key == "Fn::Sub":
                yield from _substituted(value)
            else:
                yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def _substituted(argument: str | list[Any]) -> Iterator[str]:
    text, own = (argument, {}) if isinstance(argument, str) else argument
    yield from (name for name in _SUBSTITUTED.findall(text) if name not in own)
    yield from references(own)


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
