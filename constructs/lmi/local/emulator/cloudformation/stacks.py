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

from . import locks
from .delete import delete
from .events import add_stack_event
from .run import Kind, Options, Run
from .stack import EngineStack, State
from .template import Template

_init = CloudFormationBackend.__init__

_ROLL_BACK = Options()
JOIN_SECONDS = 2.0
"""
How long a call waits for what it began: the CDK CLI looks first after 5 seconds, and quick runs
shall be over by then.
"""


def install() -> None:
    """Let the engine run the stacks of moto's backend."""
    replace(CloudFormationBackend, "__init__", init_with_records)
    replace(CloudFormationBackend, "create_stack", create_stack)
    replace(CloudFormationBackend, "update_stack", update_stack)


def init_with_records(backend: CloudFormationBackend, region_name: str, account_id: str) -> None:
    """Keep the records so that they can be walked while another thread adds to them."""
    _init(backend, region_name, account_id)
    records: Any = backend
    records.stacks, records.deleted_stacks = locks.Records(), locks.Records()
    records.exports, records.change_sets = locks.Records(), locks.Records()


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
    backend: CloudFormationBackend,
    stack: EngineStack,
    kind: Kind,
    template: Template,
    parameters: Mapping[str, Any],
    options: Options,
) -> None:
    """
    Begin to create or update the stack.

    Raises:
        ValidationError: the stack is busy or cannot be updated, a parameter has no value, or a
            resource would change its type.
    """
    if kind == "UPDATE":
        refuse_types(stack, template)
    values = stack.values(template, parameters)
    state = State(template=template, parameters=dict(parameters), values=values)
    run = Run(stack=stack, kind=kind, state=state, options=options)
    with locks.begin:
        if kind == "UPDATE":
            refuse_update(stack, options)
        stack.run = run
        add_stack_event(stack, f"{kind}_IN_PROGRESS", "User Initiated")

    def work() -> None:
        run()
        if run.is_to_be_deleted:
            delete(backend, stack, reason="Stack creation failed and OnFailure is DELETE")

    in_background(work)


def refuse_update(stack: EngineStack, options: Options | None = None) -> None:
    """Raise a ValidationError unless the stack's status allows an update."""
    allowed = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE")
    paused = ("CREATE_FAILED", "UPDATE_FAILED")
    if stack.status in paused and options is not None and options.on_failure == "ROLLBACK":
        raise ValidationError(
            message=f"This stack is currently in a non-terminal [{stack.status}] state. To update "
            "the stack from this state, please use the disable-rollback parameter with "
            "update-stack API. To rollback to the last known good state, use the rollback-stack API"
        )
    if stack.status not in (*allowed, *paused):
        raise ValidationError(
            message=f"Stack:{stack.stack_id} is in {stack.status} state and can not be updated."
        )


def refuse_types(stack: EngineStack, template: Template) -> None:
    """Raise a ValidationError if a resource would change its type."""
    changed = [
        name
        for name, applied in stack.applied.items()
        if name in template.resources and template.resources[name].type != applied.resource.type
    ]
    if changed:
        raise ValidationError(
            message="Update of resource type is not permitted. The new template modifies resource "
            f"type of the following resources: [{', '.join(changed)}]"
        )


def is_unchanged(
    stack: EngineStack, template: Template, parameters: Mapping[str, Any], tags: object
) -> bool:
    """
    Return whether an update with this template, these parameters and tags would change nothing.

    Args:
        tags: None where the caller leaves them as they are.

    Raises:
        ValidationError: a parameter has no value.
    """
    if stack.state is None or stack.undo is not None or tags not in (None, stack.tags):
        return False
    # Resolved, because an SSM parameter may hold something else by now.
    resolved = stack.values(template, parameters).resolved_parameters
    return (
        template.is_same_as(stack.state.template)
        and resolved == stack.state.values.resolved_parameters
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
    options: Options = _ROLL_BACK,
) -> EngineStack:
    """
    Begin to create a stack.

    Raises:
        AlreadyExistsException: there is a stack of this name.
        ValidationError: the template or a parameter is not right; no stack is left behind.
    """
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
    with locks.begin:
        if find(backend, name):
            raise AlreadyExistsException(f"Stack [{name}] already exists")
        backend.stacks[stack.stack_id] = stack
    begin(backend, stack, "CREATE", parsed, parameters, options)
    return stack


def update_stack(
    backend: CloudFormationBackend,
    name: str,
    template: str,
    role_arn: str | None,
    parameters: list[dict[str, Any]],
    tags: dict[str, str] | None,
    options: Options = _ROLL_BACK,
) -> EngineStack:
    """
    Begin to update a stack.

    Raises:
        ValidationError: there is no such stack, it cannot be updated, nothing would change, or the
            template or a parameter is not right.
    """
    stack = find(backend, name)
    if stack is None:
        raise ValidationError(name)
    given = backend._resolve_update_parameters(instance=stack, incoming_params=parameters)
    parsed = Template.parse(template)
    if is_unchanged(stack, parsed, given, tags):
        refuse_update(stack, options)
        raise ValidationError(message="No updates are to be performed.")
    former = stack.tags
    stack.tags = stack.tags if tags is None else tags
    try:
        begin(backend, stack, "UPDATE", parsed, given, options)
    except ValidationError:
        stack.tags = former
        raise
    stack.role_arn = role_arn
    return stack


def in_background(work: Callable[[], object]) -> None:
    """Begin *work*, and wait a little for its end."""
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(JOIN_SECONDS)
