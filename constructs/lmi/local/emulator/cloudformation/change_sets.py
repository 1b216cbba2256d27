"""Change sets: what they hold, how they are found and executed."""

from collections.abc import Iterator, Mapping
from typing import Any

from moto.cloudformation.exceptions import (
    AlreadyExistsException,
    CloudFormationError,
    ValidationError,
)
from moto.cloudformation.models import Change, ChangeSet, CloudFormationBackend
from moto.cloudformation.utils import generate_changeset_id, validate_create_change_set

from lmi.local.emulator.mends.patch import replace

from .events import add_stack_event
from .order import references
from .replacement import is_create_only
from .stack import EngineStack
from .stacks import begin, find, new_stack, refuse_update
from .template import Resource, Template

_NO_CHANGES = "The submitted information didn't contain changes. Submit different information "
"to create a change set."


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
    """A change set whose changes say what is replaced."""

    stack: EngineStack
    parsed: Template

    def _parse_template(self) -> None:
        self.parsed = Template.parse(self.template)
        self.template_dict = self.parsed.body

    def diff(self) -> list[Change]:
        """
        Return what the change set would do, a replacement and what it drags along included.

        Raises:
            ValidationError: a parameter has no value.
        """
        values = self.stack.values(self.parsed, self.parameters)
        wanted = {
            name: each for name, each in self.parsed.resources.items() if values.is_wanted(each)
        }
        changed = {
            name
            for name in {**self.parameters, **self.stack.stack_parameters}
            if self.parameters.get(name) != self.stack.stack_parameters.get(name)
        }
        return [*self._additions_and_changes(wanted, changed), *self._removals(wanted)]

    def _additions_and_changes(
        self, wanted: Mapping[str, Resource], changed: set[str]
    ) -> Iterator[Change]:
        """
        Yield the changes in the order of creation; *changed* grows by what is replaced on the way.
        """
        for name, resource in wanted.items():
            applied = self.stack.applied.get(name)
            if applied is None:
                yield Change("Add", name, resource.type)
                continue
            old, new = applied.resource.properties, resource.properties
            details = [
                _detail(resource.type, key, is_direct=old.get(key) != new.get(key))
                for key in {**old, **new}
                if old.get(key) != new.get(key) or changed.intersection(references(new.get(key)))
            ]
            if not details:
                continue
            is_replaced = any(each["Target"]["RequiresRecreation"] == "Always" for each in details)
            if is_replaced:
                changed.add(name)
            change: Any = Change("Modify", name, resource.type)
            change.physical_resource_id = applied.instance.physical_resource_id
            change.replacement = "True" if is_replaced else "False"
            change.scope = ["Properties"]
            change.details = details
            yield change

    def _removals(self, wanted: Mapping[str, Resource]) -> Iterator[Change]:
        for name, applied in self.stack.applied.items():
            if name not in wanted:
                change: Any = Change("Remove", name, applied.resource.type)
                change.physical_resource_id = applied.instance.physical_resource_id
                yield change

    @property
    def is_empty(self) -> bool:
        """Whether neither template nor parameters differ from the stack's."""
        declared = self.parsed.body.get("Parameters", {})
        given = {n: self.parameters.get(n, slot.get("Default")) for n, slot in declared.items()}
        return self.parsed.body == self.stack.template_dict and given == self.stack.stack_parameters


def _detail(resource_type: str, name: str, *, is_direct: bool) -> dict[str, Any]:
    return {
        "Target": {
            "Attribute": "Properties",
            "Name": name,
            "RequiresRecreation": "Always" if is_create_only(resource_type, name) else "Never",
        },
        "Evaluation": "Static",
        "ChangeSource": "DirectModification" if is_direct else "ResourceReference",
    }


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
    if is_new:
        backend.stacks[stack.stack_id] = stack
        add_stack_event(stack, "REVIEW_IN_PROGRESS", "User Initiated")
    if change_set_type == "UPDATE" and change_set.is_empty:
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


def execute(backend: CloudFormationBackend, change_set: EngineChangeSet) -> None:
    """
    Begin what the change set says; the stack's other change sets are gone then, as on AWS.

    Raises:
        InvalidChangeSetStatus: it has no changes.
        ValidationError: the stack cannot be updated.
    """
    if change_set.execution_status != "AVAILABLE":
        raise InvalidChangeSetStatus(
            f"ChangeSet [{change_set.change_set_id}] cannot be executed in its current status of "
            f"[{change_set.status}]"
        )
    stack = change_set.stack
    if change_set.tags:
        stack.tags = change_set.tags
    kind: Any = change_set.change_set_type
    begin(stack, kind, change_set.parsed, change_set.parameters)
    for each in of_stack(backend, stack):
        del backend.change_sets[each.change_set_id]
