"""moto's Stack with what the engine keeps about it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from moto.cloudformation.exceptions import ValidationError
from moto.cloudformation.models import Stack, cloudformation_backends
from moto.cloudformation.parsing import OutputMap

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
        self.applied: dict[str, Applied] = {}
        """The resources that exist, by logical id."""
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

    def adopt(self, template: Template, parameters: Mapping[str, Any], values: Values) -> None:
        """
        Take *template* for the stack's own from now on; its outputs wait for `publish_outputs`.
        """
        self.template = template.text
        self.template_dict = template.body
        self.description = template.body.get("Description")
        self.parameters = dict(parameters)
        self.resource_map = values

    def publish_outputs(self) -> None:
        """
        Resolve the outputs, and make the exported ones known to other stacks.

        Raises:
            ValidationError: an output refers to what does not exist, or another stack exports the
            same name.
        """
        outputs = OutputMap(self.resource_map, self.template_dict, self.stack_id)
        list(outputs.values())
        exports = cloudformation_backends[self.account_id][self.region_name].exports
        mine = {export.name: export for export in outputs.exports}
        self.withdraw_exports()
        for name in mine:
            if name in exports:
                raise ValidationError(
                    message=f"Export with name {name} is already exported by stack "
                    f"{exports[name].exporting_stack_id.split('/')[1]}"
                )
        exports.update(mine)
        self.output_map = outputs

    def withdraw_exports(self) -> None:
        """Take what the stack exports away from other stacks."""
        exports = cloudformation_backends[self.account_id][self.region_name].exports
        for name in [
            name for name, each in exports.items() if each.exporting_stack_id == self.stack_id
        ]:
            del exports[name]
