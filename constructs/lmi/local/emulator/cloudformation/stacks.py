"""
Finding stacks, and beginning what is done to them: the engine's part of moto's CloudFormation
backend.
"""

import threading
from collections.abc import Callable, Mapping
from typing import Any

from moto.cloudformation.exceptions import AlreadyExistsException, ValidationError
from moto.cloudformation.models import CloudFormationBackend
from moto.cloudformation.utils import generate_stack_id

from lmi.local.emulator.mends.patch import replace

from .delete import delete_resources
from .events import add_stack_event
from .run import Kind, Run
from .stack import EngineStack
from .template import Template

JOIN_SECONDS = 2.0
"""
How long a call waits for what it began: the CDK CLI looks first after 5 seconds, and quick runs
shall be over by then.
"""


def install() -> None:
    """Let the engine run the stacks of moto's backend."""
    replace(CloudFormationBackend, "create_stack", create_stack)
    replace(CloudFormationBackend, "update_stack", update_stack)
    replace(CloudFormationBackend, "delete_stack", delete_stack)


def find(backend: CloudFormationBackend, name_or_id: str) -> EngineStack | None:
    """Return the stack of this name or ARN, or None. Deleted stacks are not found."""
    for stack in backend.stacks.values():
        if name_or_id in (stack.name, stack.stack_id):
            assert isinstance(stack, EngineStack)  # noqa: S101 -- the engine alone makes stacks
            return stack
    return None


def new_stack(
    backend: CloudFormationBackend,
    name: str,
    *,
    notification_arns: list[str] | None,
    tags: dict[str, str] | None,
    role_arn: str | None,
    enable_termination_protection: bool | None = False,
) -> EngineStack:
    """Return a stack without resources that the backend does not know yet."""
    return EngineStack(
        stack_id=generate_stack_id(name, backend.region_name, backend.account_id),
        name=name,
        account_id=backend.account_id,
        region_name=backend.region_name,
        notification_arns=notification_arns,
        tags=tags,
        role_arn=role_arn,
        enable_termination_protection=enable_termination_protection,
    )


def begin(
    stack: EngineStack, kind: Kind, template: Template, parameters: Mapping[str, Any]
) -> None:
    """
    Begin to create or update the stack.

    Raises:
        ValidationError: the stack is busy or cannot be updated, or a parameter has no value.
    """
    if kind == "UPDATE":
        refuse_update(stack)
    values = stack.values(template, parameters)
    add_stack_event(stack, f"{kind}_IN_PROGRESS", "User Initiated")
    _in_background(
        Run(stack=stack, kind=kind, template=template, parameters=parameters, values=values)
    )


def refuse_update(stack: EngineStack) -> None:
    """Raise a ValidationError unless the stack's status allows an update."""
    allowed = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE")
    if stack.status not in allowed:
        raise ValidationError(
            message=f"Stack:{stack.stack_id} is in {stack.status} state and can not be updated."
        )


def create_stack(
    backend: CloudFormationBackend,
    name: str,
    template: str,
    parameters: dict[str, Any],
    notification_arns: list[str] | None = None,
    tags: dict[str, str] | None = None,
    role_arn: str | None = None,
    enable_termination_protection: bool | None = False,
    timeout_in_mins: int | None = None,
    stack_policy_body: str | None = None,
) -> EngineStack:
    """
    Begin to create a stack.

    Raises:
        AlreadyExistsException: there is a stack of this name.
        ValidationError: the template or a parameter is not right; no stack is left behind.
    """
    if find(backend, name):
        raise AlreadyExistsException(f"Stack [{name}] already exists")
    parsed = Template.parse(template)
    stack = new_stack(
        backend,
        name,
        notification_arns=notification_arns,
        tags=tags,
        role_arn=role_arn,
        enable_termination_protection=enable_termination_protection,
    )
    stack.values(parsed, parameters)
    backend.stacks[stack.stack_id] = stack
    begin(stack, "CREATE", parsed, parameters)
    return stack


def update_stack(
    backend: CloudFormationBackend,
    name: str,
    template: str,
    role_arn: str | None,
    parameters: list[dict[str, Any]],
    tags: dict[str, str] | None,
) -> EngineStack:
    """
    Begin to update a stack.

    Raises:
        ValidationError: there is no such stack, it cannot be updated, or the template or a
        parameter is not right.
    """
    stack = find(backend, name)
    if stack is None:
        raise ValidationError(name)
    given = backend._resolve_update_parameters(instance=stack, incoming_params=parameters)
    begin(stack, "UPDATE", Template.parse(template), given)
    stack.role_arn = role_arn
    stack.tags = stack.tags if tags is None else tags
    return stack


def delete_stack(backend: CloudFormationBackend, name_or_stack_id: str) -> None:
    """
    Begin to delete a stack; nothing happens if there is none.

    Raises:
        ValidationError: the stack is busy, or protected.
    """
    stack = find(backend, name_or_stack_id)
    if stack is None:
        return
    if stack.status.endswith("_IN_PROGRESS") and stack.status != "REVIEW_IN_PROGRESS":
        raise ValidationError(
            message=f"Stack [{stack.name}] is in {stack.status} state and can not be deleted; "
            "wait until it ends "
            "(CloudFormation would cancel, the embedded AWS cannot)"
        )
    if stack.enable_termination_protection:
        raise ValidationError(
            message=f"Stack [{stack.name}] cannot be deleted while TerminationProtection is enabled"
        )
    add_stack_event(stack, "DELETE_IN_PROGRESS", "User Initiated")

    def work() -> None:
        if delete_resources(stack):
            stack.withdraw_exports()
            for change_set_id in [
                key for key, each in backend.change_sets.items() if each.stack is stack
            ]:
                del backend.change_sets[change_set_id]
            del backend.stacks[stack.stack_id]
            backend.deleted_stacks[stack.stack_id] = stack

    _in_background(work)


def _in_background(work: Callable[[], None]) -> None:
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(JOIN_SECONDS)
