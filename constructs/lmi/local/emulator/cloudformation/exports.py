"""Outputs that stacks export to each other, and who uses them."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from moto.cloudformation.exceptions import ValidationError
from moto.cloudformation.models import CloudFormationBackend, cloudformation_backends
from moto.cloudformation.parsing import OutputMap

from . import locks
from .resolve import Values
from .stack import EngineStack


def publish(stack: EngineStack) -> None:
    """
    Resolve the outputs of *stack*, and make the exported ones known to other stacks.

    Raises:
        ValidationError: an output refers to what does not exist, another stack exports the same
            name, or an export that another stack uses would go or change. Nothing is published
            then.
    """
    outputs = OutputMap(stack.resource_map, stack.template_dict, stack.stack_id)
    list(outputs.values())
    backend = _backend(stack)
    with locks.exports:
        mine = {
            export.name: export
            for export in outputs.exports
            if stack.state is None or _is_shown(stack, export.name)
        }
        for name in mine:
            if name in backend.exports and backend.exports[name].exporting_stack_id != (
                stack.stack_id
            ):
                owner = backend.exports[name].exporting_stack_id.split("/")[1]
                raise ValidationError(
                    message=f"Export with name {name} is already exported by stack {owner}"
                )
        for name, old in _of(stack).items():
            users = importers(backend, name, but=stack)
            if users and name not in mine:
                raise ValidationError(message=_in_use(name, users, "deleted"))
            if users and mine[name].value != old.value:
                raise ValidationError(message=_in_use(name, users, "updated"))
        withdraw(stack)
        backend.exports.update(mine)
        stack.output_map = outputs


def withdraw(stack: EngineStack) -> None:
    """Take what the stack exports away from other stacks."""
    with locks.exports:
        for name in _of(stack):
            del _backend(stack).exports[name]


def refusal_to_delete(stack: EngineStack) -> str | None:
    """Return why the stack cannot go, if another one uses what it exports."""
    for name in _of(stack):
        users = importers(_backend(stack), name, but=stack)
        if users:
            return _in_use(name, users, "deleted")
    return None


def importers(
    backend: CloudFormationBackend, name: str, *, but: EngineStack | None = None
) -> tuple[str, ...]:
    """Return the names of the stacks that use the export *name*."""
    return tuple(
        stack.name
        for stack in backend.stacks.values()
        if isinstance(stack, EngineStack)
        and stack is not but
        and stack.applied
        and name in imports(stack)
    )


def imports(stack: EngineStack) -> frozenset[str]:
    """Return the names of the exports that the stack's resources and outputs use."""
    state = stack.state
    if state is None:
        return frozenset()
    nodes: list[Any] = [each.resource.properties for each in stack.applied.values()]
    nodes.append(state.template.body.get("Outputs", {}))
    return frozenset(_imported(nodes, state.values))


def _imported(node: Any, values: Values) -> Iterator[str]:
    if isinstance(node, dict):
        if "Fn::ImportValue" in node:
            yield str(values.resolve(node["Fn::ImportValue"]))
            return
        if "Fn::If" in node:
            condition, yes, no = node["Fn::If"]
            yield from _imported(yes if values.lazy_condition_map[condition] else no, values)
            return
        node = list(node.values())
    if isinstance(node, list):
        for each in node:
            yield from _imported(each, values)


def _is_shown(stack: EngineStack, name: str) -> bool:
    """
    Return whether the output that exports *name* is there under its condition; moto exports it
    anyway (moto 5.2.5: cloudformation/parsing.py, OutputMap.exports).
    """
    values = stack.resource_map
    for output in stack.template_dict.get("Outputs", {}).values():
        condition = output.get("Condition")
        if condition and not values.lazy_condition_map[condition]:
            continue
        if "Export" in output and values.resolve(output["Export"]["Name"]) == name:
            return True
    return False


def _of(stack: EngineStack) -> Mapping[str, Any]:
    return {
        name: each
        for name, each in _backend(stack).exports.items()
        if each.exporting_stack_id == stack.stack_id
    }


def _backend(stack: EngineStack) -> CloudFormationBackend:
    return cloudformation_backends[stack.account_id][stack.region_name]


def _in_use(name: str, users: Iterable[str], verb: str) -> str:
    # https://github.com/aws/aws-cdk/issues/604 and https://github.com/aws/aws-cdk/issues/5151
    return f"Export {name} cannot be {verb} as it is in use by {' and '.join(users)}"
