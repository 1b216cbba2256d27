"""moto's Stack with what the engine keeps about it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from moto.cloudformation.models import Stack, cloudformation_backends

from . import locks
from .resolve import Values
from .template import Resource, Template


@dataclass(frozen=True, kw_only=True, slots=True)
class Applied:
    """
    A resource as it exists: its entry in the template, the resolved properties, and moto's object
    for it.
    """

    resource: Resource
    properties: Mapping[str, Any]
    instance: Any


Action = Literal["create", "update", "replace"]


@dataclass(frozen=True, kw_only=True, slots=True)
class State:
    """What a stack was last made from, with its values."""

    template: Template
    parameters: Mapping[str, Any]
    values: Values


@dataclass(kw_only=True, slots=True)
class Undo:
    """
    What it takes to bring a stack back to its last stable state. It grows until a run ends well
    or everything is undone.
    """

    stable: State | None
    """None where the stack has never been complete."""
    before: Mapping[str, Applied]
    """The resources of the stable state, by logical id."""
    actions: dict[str, Action] = field(default_factory=dict)
    """What was done since, by logical id; an update may have failed half-way."""
    replacements: list[Applied] = field(default_factory=list)
    """Resources that took the place of others, and go when the others are back."""


class EngineStack(Stack):
    """
    A stack whose resources only the engine touches.

    It begins without a template, as a stack in review does; a run gives it one.
    """

    resource_map: Values

    def __init__(
        self,
        *,
        stack_id: str,
        name: str,
        account_id: str,
        region_name: str,
        notification_arns: list[str] | None = None,
        tags: dict[str, str] | None = None,
        role_arn: str | None = None,
        enable_termination_protection: bool | None = False,
    ) -> None:
        self.applied: dict[str, Applied] = locks.Records()
        """The resources that exist, by logical id; other stacks look what these import."""
        self.state: State | None = None
        self.undo: Undo | None = None
        """Set while a run lasts, and after it where it failed and was not rolled back."""
        self.run: Any = None
        """The last creation, update or roll-back, to cancel it or to wait for its end."""
        self.status_reason: str | None = None
        super().__init__(
            stack_id=stack_id,
            name=name,
            template={},
            parameters={},
            account_id=account_id,
            region_name=region_name,
            notification_arns=notification_arns,
            tags=tags,
            role_arn=role_arn,
            enable_termination_protection=enable_termination_protection,
        )

    @staticmethod
    def cloudformation_name_type() -> str:
        """Return "", because a template names no stack."""
        return ""

    def is_created(self) -> bool:
        """Return whether there is a stack and not only a change set for one."""
        return self.status != "REVIEW_IN_PROGRESS"

    @property
    def stack_name(self) -> str:
        """The name, which moto leaves out of ListStacks (moto 5.2.5: cloudformation/models.py)."""
        return self.name

    def _create_resource_map(self) -> Values:
        return self.values(None, {})

    @property
    def parameter_list(self) -> list[dict[str, Any]]:
        """
        The parameters as they were given, for DescribeStacks.

        moto shows the resolved ones, a list as Python writes it, and NoEcho ones in the clear (moto
        5.2.5: cloudformation/models.py, Stack.parameter_list).
        """
        declared = self.template_dict.get("Parameters", {})
        shown = []
        for name, value in self.stack_parameters.items():
            parameter = {
                "ParameterKey": name,
                "ParameterValue": "****" if declared[name].get("NoEcho") else value,
            }
            if declared[name]["Type"].startswith("AWS::SSM"):
                parameter["ResolvedValue"] = self.resource_map.resolved_parameters[name]
            shown.append(parameter)
        return shown

    def values(self, template: Template | None, parameters: Mapping[str, Any]) -> Values:
        """
        Return the values of *template* with *parameters*, on top of the resources that exist.

        Raises:
            ValidationError: a parameter is missing, or an SSM parameter does not exist.
        """
        return Values(
            stack_id=self.stack_id,
            stack_name=self.name,
            account=self.account_id,
            region=self.region_name,
            template=template,
            parameters=parameters,
            tags=self.tags,
            exports=cloudformation_backends[self.account_id][self.region_name].exports,
            existing={name: applied.instance for name, applied in self.applied.items()},
        )

    def adopt(self, state: State) -> None:
        """
        Take *state* for the stack's own from now on; its outputs wait for `exports.publish`.
        """
        self.state = state
        self.template = state.template.text
        self.template_dict = state.template.body
        self.description = state.template.body.get("Description")
        self.parameters = dict(state.parameters)
        self.resource_map = state.values

    @property
    def outputs(self) -> list[dict[str, Any]] | None:
        """
        The outputs, for DescribeStacks.

        moto finds the export of an output by its value, which two may share (moto 5.2.5:
        cloudformation/models.py, Stack.outputs).
        """
        declared = self.template_dict.get("Outputs", {})
        found: list[dict[str, Any]] = []
        for each in self.output_map._parsed_outputs.values():
            export = declared.get(each.key, {}).get("Export", {}).get("Name")
            found.append(
                {
                    "OutputKey": each.key,
                    "OutputValue": each.value,
                    "Description": each.description,
                    "ExportName": self.resource_map.resolve(export),
                }
            )
        return found or None
