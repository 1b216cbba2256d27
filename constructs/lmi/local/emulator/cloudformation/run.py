"""Creating and updating a stack."""

import threading
from dataclasses import dataclass
from typing import Any, Literal

from lmi.errors import LmiError

from . import exports, locks, resources
from .events import add_resource_event, add_stack_event
from .removal import forget_failed, remove
from .replacement import custom_name, needs_replacement
from .rollback import roll_back
from .stack import Action, Applied, EngineStack, State, Undo
from .template import Resource

Kind = Literal["CREATE", "UPDATE"]
OnFailure = Literal["ROLLBACK", "DO_NOTHING", "DELETE"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Options:
    """What the caller has asked for in case of a failure."""

    on_failure: OnFailure = "ROLLBACK"
    retain_except_on_create: bool = False


class Cancelled(LmiError):
    """The user has cancelled the update, or deletes the stack that is being created."""


class Run:
    """
    One creation or update of a stack, with its roll-back if it fails.

    Args:
        state: what the stack shall be made from.
    """

    def __init__(
        self, *, stack: EngineStack, kind: Kind, state: State, options: Options | None = None
    ) -> None:
        self._stack = stack
        self._kind: Kind = kind
        self._state = state
        self._options = options or Options()
        self._cancelled = threading.Event()
        self._abandoned = threading.Event()
        self.done = threading.Event()
        """Set when the run has ended, whatever came of it."""
        self.is_to_be_deleted = False
        """Whether the stack shall go, since it failed and its creator wished it so."""

    def cancel(self) -> None:
        """Fail before the next resource begins, and roll back."""
        self._cancelled.set()

    def abandon(self) -> None:
        """End before the next resource begins, and leave the stack as it is."""
        self._abandoned.set()

    def __call__(self) -> None:
        """
        Run to the end. Whatever fails is told by the stack's events and its status, never raised.
        """
        try:
            self._run()
        finally:
            self.done.set()

    def _run(self) -> None:
        stack = self._stack
        undo = stack.undo
        if undo is None:
            undo = stack.undo = Undo(stable=stack.state, before=dict(stack.applied))
        stack.adopt(self._state)
        try:
            for resource in self._state.template.resources.values():
                if self._state.values.is_wanted(resource):
                    self._stop_if_asked()
                    self._apply(resource, undo)
            self._stop_if_asked()
            exports.publish(stack)
        except Exception as error:
            if not self._abandoned.is_set():
                self._fail(error, undo)
        else:
            stack.undo = None
            if self._kind == "UPDATE":
                self._clean_up(undo)
            with locks.begin:
                if not self._abandoned.is_set():
                    add_stack_event(stack, f"{self._kind}_COMPLETE")

    def _stop_if_asked(self) -> None:
        if self._cancelled.is_set() or self._abandoned.is_set():
            raise Cancelled("User Initiated")

    def _apply(self, resource: Resource, undo: Undo) -> None:
        """Create, update, replace or leave the resource, and note what was done."""
        stack, values, name = self._stack, self._state.values, resource.logical_id
        before = stack.applied.get(name)
        properties = values.properties(resource)
        action: Action
        if before is None:
            instance = resources.create(stack, resource, properties, values)
            action = "create"
        elif before.properties == properties and name not in _unfinished(undo, stack):
            stack.applied[name] = Applied(
                resource=resource, properties=properties, instance=before.instance
            )
            return
        elif needs_replacement(resource.type, before.properties, properties):
            self._refuse_replacement(resource, before, properties)
            instance = resources.create(
                stack, resource, properties, values, replaces=before.instance
            )
            action = "replace"
        else:
            resources.check_update(stack, resource, properties, before)
            # Noted before it is tried: half an update has to be undone too.
            undo.actions.setdefault(name, "update")
            instance = resources.update(stack, resource, values, before)
            action = "update"
        after = Applied(resource=resource, properties=properties, instance=instance)
        undo.actions.setdefault(name, action)
        if action == "replace":
            undo.replacements.append(after)
        values.put(name, instance)
        stack.applied[name] = after

    def _refuse_replacement(self, resource: Resource, before: Applied, properties: Any) -> None:
        """
        Raise a ResourceFailed where a replacement would need the physical name that the old
        resource still has, or could not be undone.
        """
        name = custom_name(resource.type, before.properties, properties)
        if self._options.on_failure != "ROLLBACK":
            reason = "Replacement type updates not supported on stack with disable-rollback."
        elif name is not None:
            reason = (
                "CloudFormation cannot update a stack when a custom-named resource requires "
                f"replacing. Rename {name} and update the stack again."
            )
        else:
            return
        add_resource_event(
            self._stack,
            resource.logical_id,
            resource.type,
            "UPDATE_IN_PROGRESS",
            instance=before.instance,
            reason=resources.REPLACES,
        )
        raise resources.failed(
            self._stack, resource, "update", resources.Refused(reason), before.instance
        )

    def _fail(self, error: Exception, undo: Undo) -> None:
        if isinstance(error, resources.ResourceFailed):
            reason = f"The following resource(s) failed to {error.verb}: [{error.logical_id}]."
        else:
            reason = resources.reason_of(error)
        options = self._options
        if options.on_failure == "ROLLBACK" or isinstance(error, Cancelled):
            roll_back(
                self._stack,
                undo,
                reason,
                retain_except_on_create=options.retain_except_on_create,
                is_abandoned=self._abandoned.is_set,
            )
            return
        add_stack_event(self._stack, f"{self._kind}_FAILED", reason)
        self.is_to_be_deleted = options.on_failure == "DELETE" and self._kind == "CREATE"

    def _clean_up(self, undo: Undo) -> None:
        """
        Delete what was replaced and what the template no longer has.

        A failure leaves the resource behind, as on AWS.
        """
        stack, template, values = self._stack, self._state.template, self._state.values
        gone = [
            applied
            for name, applied in stack.applied.items()
            if name not in template.resources or not values.is_wanted(template.resources[name])
        ]
        replaced = [
            applied for name, applied in undo.before.items() if undo.actions.get(name) == "replace"
        ]
        add_stack_event(stack, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
        forget_failed(stack)
        names = {each.resource.logical_id for each in gone}
        remove(
            stack,
            [*gone, *replaced],
            # What replaces a resource says what becomes of it; what takes no place says it itself:
            # https://github.com/alchemy-run/alchemy/pull/548
            is_kept=lambda each: (
                each.is_kept_on_delete
                if each.logical_id in names
                else template.resources[each.logical_id].is_kept_on_replacement
            ),
        )
        for name in names:
            del stack.applied[name]
            values.drop(name)


def _unfinished(undo: Undo, stack: EngineStack) -> frozenset[str]:
    """Return the logical ids of updates that failed half-way in an earlier run."""
    return frozenset(
        name
        for name, action in undo.actions.items()
        if action == "update" and stack.applied.get(name) is undo.before.get(name)
    )
