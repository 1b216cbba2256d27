"""Ending what is under way, and getting out of what failed: delete, cancel, roll back, continue."""

from collections.abc import Callable, Collection

from moto.cloudformation.exceptions import ValidationError
from moto.cloudformation.models import CloudFormationBackend

from lmi.local.emulator.mends.patch import replace

from . import exports, locks
from .delete import delete
from .events import add_stack_event
from .rollback import roll_back
from .run import Run
from .stack import EngineStack, Undo
from .stacks import find, in_background

_CANCELS_CREATION = ("CREATE_IN_PROGRESS", "ROLLBACK_IN_PROGRESS")


def install() -> None:
    """Let the engine delete the stacks of moto's backend."""
    replace(CloudFormationBackend, "delete_stack", delete_stack)


def delete_stack(
    backend: CloudFormationBackend,
    name_or_stack_id: str,
    retained: Collection[str] = (),
    is_forced: bool = False,
) -> None:
    """
    Begin to delete a stack; nothing happens if there is none, or if it is being deleted. One that
    is being created ends after the resource in work, and is deleted then.

    Args:
        retained: logical ids of resources to leave where they are.
        is_forced: whether what cannot be deleted is left where it is.

    Raises:
        ValidationError: the stack is being updated, or protected, or was not left by a deletion
            that failed and resources shall be retained.
    """
    stack = find(backend, name_or_stack_id)
    if stack is None:
        return
    with locks.begin:
        if stack.status == "DELETE_IN_PROGRESS":
            return
        _refuse_delete(stack, retained, is_forced=is_forced)
        refusal = exports.refusal_to_delete(stack)
        if refusal:
            # As on AWS the call succeeds and the stack stays as it is:
            # https://github.com/aws/aws-cdk/issues/604
            add_stack_event(stack, stack.status, refusal)
            return
        run: Run | None = stack.run if stack.status in _CANCELS_CREATION else None
        if run is not None:
            run.abandon()
        add_stack_event(stack, "DELETE_IN_PROGRESS", "User Initiated")

    def work() -> None:
        if run is not None:
            run.done.wait()
        delete(backend, stack, retained=retained, is_forced=is_forced)

    in_background(work)


def cancel_update(backend: CloudFormationBackend, name_or_stack_id: str) -> None:
    """
    Cancel the update of a stack: it is rolled back after the resource in work.

    Raises:
        ValidationError: there is no such stack, or it is not being updated.
    """
    stack = _existing(backend, name_or_stack_id)
    with locks.begin:
        if stack.status != "UPDATE_IN_PROGRESS" or stack.run is None:
            raise ValidationError(
                message=f"CancelUpdateStack cannot be called from current stack status: "
                f"{stack.status}"
            )
        stack.run.cancel()


def roll_back_stack(
    backend: CloudFormationBackend, name_or_stack_id: str, *, retain_except_on_create: bool
) -> EngineStack:
    """
    Begin to roll a stack back that failed with roll-back disabled.

    Raises:
        ValidationError: there is no such stack, or it is in another status.
    """
    stack = _existing(backend, name_or_stack_id)

    def work(undo: Undo) -> None:
        roll_back(stack, undo, "User Initiated", retain_except_on_create=retain_except_on_create)

    _begin(stack, ("CREATE_FAILED", "UPDATE_FAILED"), "rolled back", work)
    return stack


def continue_update_rollback(
    backend: CloudFormationBackend,
    name_or_stack_id: str,
    *,
    skipped: Collection[str],
    is_forced: bool,
) -> None:
    """
    Begin to go on with a roll-back that failed.

    Args:
        skipped: logical ids of resources to take for rolled back as they are.
        is_forced: whether to do that with every resource that cannot be rolled back.

    Raises:
        ValidationError: there is no such stack, its roll-back has not failed, or a resource to
            skip is none of those that failed.
    """
    stack = _existing(backend, name_or_stack_id)
    unknown = sorted(set(skipped) - {*(stack.undo.actions if stack.undo else ())})
    if unknown and stack.status == "UPDATE_ROLLBACK_FAILED":
        raise ValidationError(
            message=f"Resources [{', '.join(unknown)}] cannot be skipped: they are not in "
            "UPDATE_FAILED state"
        )

    def work(undo: Undo) -> None:
        roll_back(stack, undo, "User Initiated", skipped=skipped, is_forced=is_forced)

    _begin(stack, ("UPDATE_ROLLBACK_FAILED",), "rolled back further", work)


def _begin(
    stack: EngineStack, allowed: tuple[str, ...], what: str, work: Callable[[Undo], None]
) -> None:
    with locks.begin:
        undo = stack.undo
        if stack.status not in allowed or undo is None:
            raise ValidationError(
                message=f"Stack:{stack.stack_id} is in {stack.status} state and can not be {what}."
            )
        # Its event comes with the work; the status now, so that nobody else begins.
        stack.status = (
            "ROLLBACK_IN_PROGRESS" if undo.stable is None else "UPDATE_ROLLBACK_IN_PROGRESS"
        )
        stack.run = None
    in_background(lambda: work(undo))


def _existing(backend: CloudFormationBackend, name_or_stack_id: str) -> EngineStack:
    stack = find(backend, name_or_stack_id)
    if stack is None:
        raise ValidationError(message=f"Stack [{name_or_stack_id}] does not exist")
    return stack


def _refuse_delete(stack: EngineStack, retained: Collection[str], *, is_forced: bool) -> None:
    # A roll-back that was asked for by itself has no run that could be ended.
    allowed = ("REVIEW_IN_PROGRESS", *(_CANCELS_CREATION if stack.run is not None else ()))
    if stack.status.endswith("_IN_PROGRESS") and stack.status not in allowed:
        raise ValidationError(
            message=f"Stack [{stack.name}] cannot be deleted while in status {stack.status}"
        )
    if stack.enable_termination_protection:
        raise ValidationError(
            message=f"Stack [{stack.name}] cannot be deleted while TerminationProtection is enabled"
        )
    if (retained or is_forced) and stack.status != "DELETE_FAILED":
        raise ValidationError(
            message=f"Stack [{stack.name}] is in {stack.status} state; resources can only be "
            "retained, and deletion forced, in DELETE_FAILED state"
        )
    unknown = sorted(set(retained) - {*stack.applied})
    if unknown:
        raise ValidationError(
            message=f"The specified resources to retain do not exist: [{', '.join(unknown)}]"
        )
