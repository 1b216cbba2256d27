"""Mends of CloudFormation's parameters."""

from typing import Any

from moto.cloudformation.exceptions import ValidationError
from moto.cloudformation.models import CloudFormationBackend, Stack
from moto.cloudformation.parsing import ResourceMap
from moto.ssm.models import ssm_backends

from .patch import replace


def apply() -> None:
    """Apply every mend of this module."""
    replace(Stack, "stack_parameters", property(unresolved_parameters))
    replace(CloudFormationBackend, "_resolve_update_parameters", previous_values)
    replace(ResourceMap, "parse_ssm_parameter", ssm_parameter)


def unresolved_parameters(stack: Stack) -> dict[str, Any]:
    """
    Return the parameters of *stack* as they were given, with defaults for the others.

    Defect: the values come back resolved (cloudformation/models.py, Stack.stack_parameters), so
    UsePreviousValue of an SSM parameter passes its value where its name belongs.
    """
    given = stack.resource_map.input_parameters
    declared = stack.template_dict.get("Parameters", {})
    return {name: given.get(name, slot.get("Default")) for name, slot in declared.items()}


def previous_values(
    backend: CloudFormationBackend, instance: Any, incoming_params: list[dict[str, Any]]
) -> dict[str, Any]:
    """
    Resolve UsePreviousValue for UpdateStack.

    Defect: a parameter that was left at its default is a KeyError (cloudformation/models.py,
    CloudFormationBackend._resolve_update_parameters).
    """
    previous = instance.stack_parameters if isinstance(instance, Stack) else instance.parameters
    return {
        parameter["ParameterKey"]: parameter["ParameterValue"]
        if "ParameterValue" in parameter
        else previous[parameter["ParameterKey"]]
        for parameter in incoming_params
    }


def ssm_parameter(resource_map: ResourceMap, value: str, value_type: str) -> str | list[str]:
    """
    Return what the SSM parameter named *value* holds.

    Defect: a parameter that does not exist is an AttributeError instead of a ValidationError
    (cloudformation/parsing.py, ResourceMap.parse_ssm_parameter).
    """
    backend = ssm_backends[resource_map._account_id][resource_map._region_name]
    parameter = backend.get_parameter(value)
    if parameter is None:
        raise ValidationError(
            message=f"Unable to fetch parameters [{value}] from parameter store for this account."
        )
    return parameter.value.split(",") if "List" in value_type else parameter.value
