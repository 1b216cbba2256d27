"""A template and its resources, checked as CloudFormation checks them before it begins."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from moto.cloudformation import parsing
from moto.cloudformation.exceptions import ValidationError
from moto.cloudformation.models import Stack

from .order import creation_order, references

METADATA = "AWS::CDK::Metadata"
"""The CDK's own resource: CloudFormation records it, nothing is created."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Resource:
    """One entry of the template's Resources."""

    logical_id: str
    type: str
    body: dict[str, Any]
    dependencies: frozenset[str]
    """The resources that must exist before this one."""

    @property
    def properties(self) -> dict[str, Any]:
        """The properties as the template has them, references unresolved."""
        properties = self.body.get("Properties", {})
        assert isinstance(properties, dict)  # noqa: S101 -- Template.parse has checked it
        return properties

    @property
    def condition(self) -> str | None:
        """The condition under which the resource exists."""
        return self.body.get("Condition")

    @property
    def is_kept_on_delete(self) -> bool:
        """Whether the resource outlives the stack."""
        return self.body.get("DeletionPolicy") in ("Retain", "RetainExceptOnCreate")

    def is_kept_on_rollback(self, *, retain_except_on_create: bool = False) -> bool:
        """
        Whether the resource outlives the failed run that created it.

        Args:
            retain_except_on_create: whether the caller has asked that none does.
        """
        return self.body.get("DeletionPolicy") == "Retain" and not retain_except_on_create

    @property
    def is_kept_on_replacement(self) -> bool:
        """Whether the old physical resource stays when a new one takes its place."""
        return self.body.get("UpdateReplacePolicy") == "Retain"


@dataclass(frozen=True, kw_only=True, slots=True)
class Template:
    """A checked template; `resources` are in the order of creation."""

    text: str
    body: dict[str, Any]
    resources: Mapping[str, Resource]
    recorded: Mapping[str, Any]
    """Entries of Resources that CloudFormation only records: the CDK's metadata."""

    def is_same_as(self, other: "Template") -> bool:
        """Return whether an update from *other* to this template would change nothing."""
        return self._comparable() == other._comparable()

    def _comparable(self) -> tuple[object, ...]:
        # https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/metadata-section-structure.html
        # and, for Description, its neighbour: neither can be updated by itself.
        ignored = ("Description", "Metadata", "AWSTemplateFormatVersion")
        sections = {key: value for key, value in self.body.items() if key not in ignored}
        return sections, self.recorded

    @classmethod
    def parse(cls, text: str) -> "Template":
        """
        Read a template from JSON or YAML.

        Raises:
            ValidationError: there are no resources, a type is unknown to the embedded AWS, a
                reference leads nowhere, or resources depend on each other in a circle. Worded as
                CloudFormation does.
        """
        body = _with_attribute_lists(Stack.parse_template(text))
        if not isinstance(body, dict) or not body.get("Resources"):
            raise ValidationError(
                message="Template format error: At least one Resources member must be defined."
            )
        every: dict[str, dict[str, Any]] = body["Resources"]
        entries = {name: entry for name, entry in every.items() if entry["Type"] != METADATA}
        # moto reads the resources of a template from here, and would skip a type that it lacks.
        body["Resources"] = entries
        _check_types(entries)
        dependencies = {name: _dependencies(entry, entries) for name, entry in entries.items()}
        _check_references(body, entries)
        return cls(
            text=text,
            body=body,
            recorded={name: entry for name, entry in every.items() if name not in entries},
            resources={
                name: Resource(
                    logical_id=name,
                    type=entries[name]["Type"],
                    body=entries[name],
                    dependencies=dependencies[name],
                )
                for name in creation_order(dependencies)
            },
        )


def _with_attribute_lists(node: Any) -> Any:
    """
    Return *node* with the attribute of each Fn::GetAtt as a list.

    moto does not read the form "Logical.Attribute" (moto 5.2.5: cloudformation/parsing.py).
    """
    if isinstance(node, dict):
        return {
            key: value.split(".", 1)
            if key == "Fn::GetAtt" and isinstance(value, str)
            else _with_attribute_lists(value)
            for key, value in node.items()
        }
    return [_with_attribute_lists(value) for value in node] if isinstance(node, list) else node


def _dependencies(entry: dict[str, Any], entries: Mapping[str, Any]) -> frozenset[str]:
    explicit = entry.get("DependsOn", [])
    names = [explicit] if isinstance(explicit, str) else explicit
    return frozenset([*names, *references(entry.get("Properties", {}))]) & entries.keys()


def _check_types(entries: Mapping[str, dict[str, Any]]) -> None:
    # moto has nested stacks, but the engine would not wait for one.
    known = parsing.get_model_map().keys() - {"AWS::CloudFormation::Stack"}
    unknown = sorted({entry["Type"] for entry in entries.values()} - known)
    if unknown:
        raise ValidationError(
            message=f"Template format error: Unrecognized resource types: [{', '.join(unknown)}] "
            "(the embedded AWS does not have them)"
        )


def _check_references(body: dict[str, Any], entries: Mapping[str, dict[str, Any]]) -> None:
    known = {*entries, *body.get("Parameters", {})}
    explicit = [entry.get("DependsOn", []) for entry in entries.values()]
    used = {
        *references([entry.get("Properties", {}) for entry in entries.values()]),
        *(name for names in explicit for name in ([names] if isinstance(names, str) else names)),
    }
    for block, names in (("Resources", used), ("Outputs", {*references(body.get("Outputs", {}))})):
        missing = sorted(name for name in names - known if not name.startswith("AWS::"))
        if missing:
            raise ValidationError(
                message="Template format error: Unresolved resource dependencies "
                f"[{', '.join(missing)}] in the {block} block of the template"
            )
