"""Change sets: what they hold, how they are found and executed."""

from moto.cloudformation.exceptions import (
    AlreadyExistsException,
    CloudFormationError,
    ValidationError,
)
from moto.cloudformation.models import Change, ChangeSet, CloudFormationBackend
from moto.cloudformation.utils import generate_changeset_id, validate_create_change_set

from lmi.local.emulator.mends.patch import replace

from . import capabilities, locks
from .changes import Changes
from .events import add_stack_event
from .run import Kind, OnFailure, Options
from .stack import EngineStack
from .stacks import begin, find, is_unchanged, new_stack, refuse_types, refuse_update
from .template import Template

_NO_CHANGES = (
    "The submitted information didn't contain changes. Submit different information to create a "
    "change set."
)


class ChangeSetNotFound(CloudFormationError):
    """
    There is no such change set.

    moto answers ValidationError, which the CDK CLI takes for a failure.
    """

    code = "ChangeSetNotFound"


class InvalidChangeSetStatus(CloudFormationError):
    """The change set cannot be executed."""

    code = "InvalidChangeSetStatus"


class EngineChangeSet(ChangeSet):
    """A change set whose changes say what is replaced, and what becomes of a failed stack."""

    stack: EngineStack
    parsed: Template
    on_stack_failure: OnFailure
    given_capabilities: tuple[str, ...]

    def _parse_template(self) -> None:
        self.parsed = Template.parse(self.template)
        self.template_dict = self.parsed.body

    def diff(self) -> list[Change]:
        """
        Return what the change set would do, a replacement and what it drags along included.

        Raises:
            ValidationError: a parameter has no value, or a resource would change its type.
        """
        refuse_types(self.stack, self.parsed)
        values = self.stack.values(self.parsed, self.parameters)
        return list(Changes(stack=self.stack, template=self.parsed, values=values))


def install() -> None:
    """Let moto's backend make change sets of the engine's kind."""
    replace(CloudFormationBackend, "create_change_set", create_change_set)


def create_change_set(
    backend: CloudFormationBackend,
    stack_name: str,
    change_set_name: str,
    template: str,
    parameters: dict[str, str],
    description: str,
    change_set_type: str,
    notification_arns: list[str] | None = None,
    tags: dict[str, str] | None = None,
    role_arn: str | None = None,
    on_stack_failure: OnFailure = "ROLLBACK",
    given_capabilities: tuple[str, ...] = (),
) -> tuple[str, str]:
    """
    Make a change set, and for a new stack the stack in review.

    Returns:
        The ARNs of change set and stack.

    Raises:
        AlreadyExistsException: the stack has a change set of this name.
        ValidationError: the stack does not exist, or exists already; or the template or a parameter
        is not right.
    """
    validate_create_change_set(change_set_name)
    stack = find(backend, stack_name)
    if change_set_type == "UPDATE":
        if stack is None:
            raise ValidationError(stack_name)
        refuse_update(stack)
    elif stack is not None and stack.status != "REVIEW_IN_PROGRESS":
        raise ValidationError(
            message=f"Stack [{stack_name}] already exists and cannot be created again with "
            "the changeSet "
            f"[{change_set_name}]."
        )
    is_new = stack is None
    if stack is None:
        stack = new_stack(
            backend, stack_name, notification_arns=notification_arns, tags=tags, role_arn=role_arn
        )
    elif any(each.change_set_name == change_set_name for each in of_stack(backend, stack)):
        raise AlreadyExistsException(
            f"ChangeSet {change_set_name} already exists for stack {stack_name}"
        )
    change_set = EngineChangeSet(
        change_set_type=change_set_type,
        change_set_id=generate_changeset_id(
            change_set_name, backend.region_name, backend.account_id
        ),
        change_set_name=change_set_name,
        stack=stack,
        template=template,
        parameters=parameters,
        description=description,
        notification_arns=notification_arns,
        tags=tags,
        role_arn=role_arn,
    )
    change_set.on_stack_failure = on_stack_failure
    change_set.given_capabilities = given_capabilities
    if is_new:
        with locks.begin:
            if find(backend, stack_name):
                raise AlreadyExistsException(f"Stack [{stack_name}] already exists")
            add_stack_event(stack, "REVIEW_IN_PROGRESS", "User Initiated")
            backend.stacks[stack.stack_id] = stack
    if change_set_type == "UPDATE" and is_unchanged(
        stack, change_set.parsed, parameters, tags or None
    ):
        change_set.status, change_set.execution_status = "FAILED", "UNAVAILABLE"
        change_set.status_reason = _NO_CHANGES
    else:
        change_set.status, change_set.execution_status = "CREATE_COMPLETE", "AVAILABLE"
    backend.change_sets[change_set.change_set_id] = change_set
    return change_set.change_set_id, stack.stack_id


def of_stack(backend: CloudFormationBackend, stack: EngineStack) -> list[EngineChangeSet]:
    """Return the change sets of *stack*."""
    return [
        each
        for each in backend.change_sets.values()
        if isinstance(each, EngineChangeSet) and each.stack is stack
    ]


def find_change_set(
    backend: CloudFormationBackend, name_or_id: str, stack_name: str | None
) -> EngineChangeSet:
    """
    Return the change set of this ARN, or of this name and stack.

    moto ignores the stack, so that two stacks share the change set "cdk-deploy-change-set" (moto
    5.2.5: cloudformation/models.py, describe_change_set).

    Raises:
        ChangeSetNotFound: there is none.
        ValidationError: there is no such stack.
    """
    for each in backend.change_sets.values():
        if each.change_set_id == name_or_id and isinstance(each, EngineChangeSet):
            return each
    stack = find(backend, stack_name) if stack_name else None
    if stack is None:
        raise ValidationError(message=f"Stack [{stack_name}] does not exist")
    for each in of_stack(backend, stack):
        if each.change_set_name == name_or_id:
            return each
    raise ChangeSetNotFound(f"ChangeSet [{name_or_id}] does not exist")


def execute(
    backend: CloudFormationBackend,
    change_set: EngineChangeSet,
    *,
    disable_rollback: bool,
    retain_except_on_create: bool,
) -> None:
    """
    Begin what the change set says; the stack's change sets are gone then, as on AWS.

    Raises:
        InvalidChangeSetStatus: it has no changes.
        InsufficientCapabilities: it was made without a capability that its template needs; only now
            as on AWS: https://github.com/aws/serverless-application-model/issues/51
        ValidationError: the stack cannot be updated.
    """
    if change_set.execution_status != "AVAILABLE":
        raise InvalidChangeSetStatus(
            f"ChangeSet [{change_set.change_set_id}] cannot be executed in its current status of "
            f"[{change_set.status}]"
        )
    if disable_rollback and change_set.on_stack_failure != "ROLLBACK":
        raise ValidationError(
            message="DisableRollback cannot be specified for a change set with OnStackFailure"
        )
    capabilities.require(change_set.parsed, change_set.given_capabilities)
    options = Options(
        on_failure="DO_NOTHING" if disable_rollback else change_set.on_stack_failure,
        retain_except_on_create=retain_except_on_create,
    )
    stack, former = change_set.stack, change_set.stack.tags
    if change_set.tags:
        stack.tags = change_set.tags
    kind: Kind = "UPDATE" if change_set.change_set_type == "UPDATE" else "CREATE"
    for each in of_stack(backend, stack):
        del backend.change_sets[each.change_set_id]
    try:
        begin(backend, stack, kind, change_set.parsed, change_set.parameters, options)
    except ValidationError:
        stack.tags = former
        backend.change_sets[change_set.change_set_id] = change_set
        raise
