"""Creating and updating a stack."""

from collections.abc import Mapping
from typing import Any, Literal

from moto.cloudformation import parsing
from moto.cloudformation.exceptions import ValidationError

from . import resources
from .events import add_stack_event
from .order import creation_order
from .replacement import needs_replacement
from .resolve import Values
from .rollback import Action, Step, roll_back
from .stack import Applied, EngineStack
from .template import Resource, Template

Kind = Literal["CREATE", "UPDATE"]

_REPLACED = "Requested update requires the creation of a new physical resource; hence creating one."


class Run:
    """
    One creation or update of a stack, with its roll-back if it fails.

    Args:
        values: the stack's values under the new template and parameters.
    """

    def __init__(
        self,
        *,
        stack: EngineStack,
        kind: Kind,
        template: Template,
        parameters: Mapping[str, Any],
        values: Values,
    ) -> None:
        self._stack = stack
        self._kind: Kind = kind
        self._template = template
        self._parameters = parameters
        self._values = values
        self._steps: list[Step] = []

    def __call__(self) -> None:
        """
        Run to the end. Whatever fails is told by the stack's events and its status, never raised.
        """
        stack = self._stack
        old = (stack.template, stack.template_dict, stack.description, stack.parameters)
        old_values = stack.resource_map
        stack.adopt(self._template, self._parameters, self._values)
        try:
            for resource in self._template.resources.values():
                if self._values.is_wanted(resource):
                    self._apply(resource)
            stack.publish_outputs()
        except Exception as error:
            self._announce_rollback(error)
            complete = roll_back(stack, self._steps, old_values)
            if self._kind == "UPDATE":
                stack.template, stack.template_dict, stack.description, stack.parameters = old
                stack.resource_map = old_values
            prefix = "ROLLBACK" if self._kind == "CREATE" else "UPDATE_ROLLBACK"
            add_stack_event(stack, f"{prefix}_{'COMPLETE' if complete else 'FAILED'}")
        else:
            self._clean_up()
            add_stack_event(stack, f"{self._kind}_COMPLETE")

    def _apply(self, resource: Resource) -> None:
        """Create, update, replace or leave the resource, and note the step."""
        stack, values, name = self._stack, self._values, resource.logical_id
        before = stack.applied.get(name)
        properties = values.properties(resource)
        if before is not None and before.resource.type != resource.type:
            raise ValidationError(
                message="Update of resource type is not permitted. The new template modifies "
                f"resource type of {name}"
            )
        if before is not None and before.properties == properties:
            stack.applied[name] = Applied(
                resource=resource, properties=properties, instance=before.instance
            )
            return
        action: Action
        if before is None:
            action, instance = "create", resources.create(stack, resource, values)
        elif needs_replacement(resource.type, before.properties, properties):
            _refuse_same_name(before, properties)
            action, instance = "replace", resources.create(stack, resource, values, _REPLACED)
        else:
            action = "update"
            instance = resources.update(stack, resource, values, before.instance)
        after = Applied(resource=resource, properties=properties, instance=instance)
        values.put(name, instance)
        stack.applied[name] = after
        self._steps.append(Step(action=action, before=before, after=after))

    def _announce_rollback(self, error: Exception) -> None:
        if isinstance(error, resources.ResourceFailed):
            verb = "create" if self._kind == "CREATE" else "update"
            reason = f"The following resource(s) failed to {verb}: [{error.logical_id}]."
        else:
            reason = resources.reason_of(error)
        prefix = "ROLLBACK" if self._kind == "CREATE" else "UPDATE_ROLLBACK"
        add_stack_event(self._stack, f"{prefix}_IN_PROGRESS", reason)

    def _clean_up(self) -> None:
        """
        Delete what was replaced and what the template no longer has.

        A failure leaves the resource behind, as on AWS.
        """
        stack = self._stack
        gone = {
            name: applied
            for name, applied in stack.applied.items()
            if name not in self._template.resources
            or not self._values.is_wanted(self._template.resources[name])
        }
        replaced = {
            step.after.resource.logical_id: step.before
            for step in self._steps
            if step.action == "replace" and step.before is not None
        }
        if not gone and not replaced:
            return
        add_stack_event(stack, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
        old = {**gone, **replaced}
        for name in reversed(creation_order({n: a.resource.dependencies for n, a in old.items()})):
            resource, instance = old[name].resource, old[name].instance
            if resource.is_kept_on_replacement if name in replaced else resource.is_kept_on_delete:
                resources.keep(stack, resource, instance)
            else:
                _delete_quietly(stack, resource, self._values, instance)
            if name in gone:
                del stack.applied[name]
                self._values.drop(name)


def _delete_quietly(stack: EngineStack, resource: Resource, values: Values, instance: Any) -> None:
    try:
        resources.delete(stack, resource, values, instance)
    except resources.ResourceFailed:
        # The event tells; CloudFormation too completes the update and leaves the resource.
        return


def _refuse_same_name(before: Applied, properties: Mapping[str, Any]) -> None:
    """
    Raise a ValidationError where a replacement would need the physical name that the old resource
    still has.
    """
    prop = parsing.resource_name_property_from_type(before.resource.type)
    if prop and properties.get(prop) and properties[prop] == before.properties.get(prop):
        raise ValidationError(
            message="CloudFormation cannot update a stack when a custom-named resource "
            "requires replacing. "
            f"Rename {properties[prop]} and update the stack again."
        )
