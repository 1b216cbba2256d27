"""What a change set says it would do, resource by resource."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from moto.cloudformation.models import Change

from .order import Reference, reference_kinds
from .replacement import Recreation, requires_recreation
from .resolve import Values
from .stack import Applied, EngineStack
from .template import Resource, Template

_ATTRIBUTES = (
    "CreationPolicy",
    "DeletionPolicy",
    "Metadata",
    "UpdatePolicy",
    "UpdateReplacePolicy",
)
_KNOWN_AFTER_APPLY = "{{changeSet:KNOWN_AFTER_APPLY}}"
"""
What stands for a value that is not known before it is made.
https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/2113
"""

Effect = Literal["True", "Conditional", "False"]
"""Whether a resource is replaced, as a change set says it."""


class Changes:
    """
    The changes that a template would make to a stack, additions and changes in the order of
    creation, removals last.

    What counts is explained at
    https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ResourceChange.html and
    https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ResourceChangeDetail.html

    Args:
        values: the stack's values under the template and the parameters of the change set.
    """

    def __init__(self, *, stack: EngineStack, template: Template, values: Values) -> None:
        self._stack = stack
        self._values = values
        self._wanted = {
            name: each for name, each in template.resources.items() if values.is_wanted(each)
        }
        old = stack.state.values.resolved_parameters if stack.state else {}
        new = values.resolved_parameters
        self._parameters = {name for name in {**old, **new} if old.get(name) != new.get(name)}
        self._effects: dict[str, Effect] = {}

    def __iter__(self) -> Iterator[Change]:
        """Yield the changes."""
        for name, resource in self._wanted.items():
            applied = self._stack.applied.get(name)
            if applied is None:
                change: Any = Change("Add", name, resource.type)
                change.scope, change.details = [], []
                yield change
            else:
                yield from self._modification(resource, applied)
        for name, applied in self._stack.applied.items():
            if name not in self._wanted:
                change = Change("Remove", name, applied.resource.type)
                change.physical_resource_id = applied.instance.physical_resource_id
                is_kept = applied.resource.is_kept_on_delete
                change.policy_action = "Retain" if is_kept else "Delete"
                change.scope, change.details = [], []
                yield change

    def _modification(self, resource: Resource, applied: Applied) -> Iterator[Change]:
        details = [*self._properties(resource, applied), *_attributes(resource, applied.resource)]
        if not details:
            return
        effects = {_effect(each) for each in details}
        effect: Effect = (
            "True" if "True" in effects else "Conditional" if "Conditional" in effects else "False"
        )
        self._effects[resource.logical_id] = effect
        change: Any = Change("Modify", resource.logical_id, resource.type)
        change.physical_resource_id = applied.instance.physical_resource_id
        change.replacement = effect
        if effect == "True":
            is_kept = resource.is_kept_on_replacement
            change.policy_action = "ReplaceAndRetain" if is_kept else "ReplaceAndDelete"
        change.scope = list(dict.fromkeys(each["Target"]["Attribute"] for each in details))
        change.details = details
        # The whole resource before and after, from which the CDK CLI shows what only a reference
        # changes, such as the endpoint of a replaced configuration.
        after = {**applied.properties, **self._after(resource, applied)}
        wanted = {name: value for name, value in after.items() if name in resource.properties}
        change.before_context = json.dumps({"Properties": applied.properties}, default=str)
        change.after_context = json.dumps({"Properties": wanted}, default=str)
        yield change

    def _after(self, resource: Resource, applied: Applied) -> dict[str, Any]:
        """Return the values of the properties that change, as far as they are known."""
        old = applied.resource.properties
        return {
            name: self._known(node)
            for name, node in resource.properties.items()
            if old.get(name) != node or any(self._causes(node))
        }

    def _known(self, node: Any) -> Any:
        if isinstance(node, list):
            return [self._known(each) for each in node]
        if not isinstance(node, dict):
            return node
        if len(node) == 1 and next(iter(node)).startswith(("Fn::", "Ref")):
            is_open = self._is_pending(node) or any(
                source != "ParameterReference" for source, _, _ in self._causes(node)
            )
            return _KNOWN_AFTER_APPLY if is_open else self._values.resolve(node)
        return {name: self._known(each) for name, each in node.items()}

    def _properties(self, resource: Resource, applied: Applied) -> Iterator[dict[str, Any]]:
        old, new = applied.resource.properties, resource.properties
        for name in {**old, **new}:
            is_edited = old.get(name) != new.get(name)
            causes = list(dict.fromkeys(self._causes(new.get(name))))
            if not is_edited and not causes:
                continue
            after = dict(applied.properties)
            after.pop(name, None)
            if name in new and not causes and not self._is_pending(new[name]):
                after[name] = self._values.resolve(new[name])
            elif name in new:
                # Not known before it is made, and then another one.
                after[name] = new[name]
            recreation = requires_recreation(resource.type, name, applied.properties, after)
            if is_edited:
                yield _detail(name, recreation, "Static", "DirectModification")
            for source, entity, evaluation in causes:
                yield _detail(name, recreation, evaluation, source, entity)

    def _is_pending(self, node: Any) -> bool:
        """Return whether *node* refers to a resource that does not exist yet."""
        return any(
            each.name in self._wanted and each.name not in self._stack.applied
            for each in reference_kinds(node)
        )

    def _causes(self, node: Any) -> Iterator[tuple[str, str, str]]:
        """Yield what changes the value of *node*: source, entity and evaluation of each."""
        for each in reference_kinds(node):
            if each.name in self._parameters:
                yield "ParameterReference", each.name, "Static"
                continue
            effect = self._effects.get(each.name)
            if effect is None or (effect == "False" and each.attribute is None):
                continue
            evaluation = "Static" if effect == "True" else "Dynamic"
            yield _source(each), _entity(each), evaluation


def _source(reference: Reference) -> str:
    return "ResourceReference" if reference.attribute is None else "ResourceAttribute"


def _entity(reference: Reference) -> str:
    if reference.attribute is None:
        return reference.name
    return f"{reference.name}.{reference.attribute}"


def _effect(detail: Mapping[str, Any]) -> Effect:
    recreation = detail["Target"].get("RequiresRecreation", "Never")
    if recreation == "Never":
        return "False"
    return "True" if (recreation, detail["Evaluation"]) == ("Always", "Static") else "Conditional"


def _detail(
    name: str, recreation: Recreation, evaluation: str, source: str, entity: str | None = None
) -> dict[str, Any]:
    detail = {
        "Target": {
            "Attribute": "Properties",
            "Name": name,
            "RequiresRecreation": recreation,
        },
        "Evaluation": evaluation,
        "ChangeSource": source,
    }
    return detail if entity is None else {**detail, "CausingEntity": entity}


def _attributes(new: Resource, old: Resource) -> Iterator[dict[str, Any]]:
    for name in _ATTRIBUTES:
        if new.body.get(name) != old.body.get(name):
            yield {
                "Target": {"Attribute": name, "RequiresRecreation": "Never"},
                "Evaluation": "Static",
                "ChangeSource": "DirectModification",
            }
