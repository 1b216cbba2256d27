"""The API calls of CloudFormation that reach the engine, and what of them it refuses."""

from moto.cloudformation.exceptions import ValidationError
from moto.cloudformation.responses import CloudFormationResponse
from moto.core.responses import ActionResult, EmptyResult

from lmi.local.emulator.mends.patch import add, replace

from .change_sets import ChangeSetNotFound, EngineChangeSet, execute, find_change_set
from .stacks import find

_create_stack = CloudFormationResponse.create_stack
_create_change_set = CloudFormationResponse.create_change_set


def install() -> None:
    """Send the calls to the engine."""
    replace(CloudFormationResponse, "create_stack", create_stack)
    replace(CloudFormationResponse, "create_change_set", create_change_set)
    replace(CloudFormationResponse, "describe_change_set", describe_change_set)
    replace(CloudFormationResponse, "delete_change_set", delete_change_set)
    replace(CloudFormationResponse, "execute_change_set", execute_change_set)
    add(CloudFormationResponse, "update_termination_protection", update_termination_protection)


def create_stack(response: CloudFormationResponse) -> ActionResult:
    """Create a stack; refuse what the engine would ignore."""
    _refuse(response)
    return _create_stack(response)


def create_change_set(response: CloudFormationResponse) -> ActionResult:
    """Create a change set; refuse what the engine would ignore."""
    _refuse(response)
    if response._get_param("ChangeSetType") == "IMPORT":
        raise ValidationError(message="the embedded AWS cannot import resources into a stack")
    return _create_change_set(response)


def describe_change_set(response: CloudFormationResponse) -> ActionResult:
    """Describe the change set of the given stack."""
    return ActionResult(_find(response))


def delete_change_set(response: CloudFormationResponse) -> ActionResult:
    """
    Delete a change set; one that is not there is no error.

    moto raises an UnboundLocalError (moto 5.2.5: cloudformation/models.py, delete_change_set), at
    which the CDK CLI retries for 40 seconds in every diff.
    """
    try:
        change_set = _find(response)
    except ChangeSetNotFound:
        return EmptyResult()
    del response.cloudformation_backend.change_sets[change_set.change_set_id]
    return EmptyResult()


def execute_change_set(response: CloudFormationResponse) -> ActionResult:
    """Execute the change set of the given stack; refuse what the engine would ignore."""
    _refuse(response)
    execute(response.cloudformation_backend, _find(response))
    return EmptyResult()


def _find(response: CloudFormationResponse) -> EngineChangeSet:
    return find_change_set(
        response.cloudformation_backend,
        response._get_param("ChangeSetName"),
        response._get_param("StackName"),
    )


def update_termination_protection(response: CloudFormationResponse) -> ActionResult:
    """
    Protect a stack from deletion, or no longer.

    moto has no such call (moto 5.2.5: cloudformation/responses.py); the CDK CLI makes it after a
    deployment.
    """
    name = response._get_param("StackName")
    stack = find(response.cloudformation_backend, name)
    if stack is None:
        raise ValidationError(message=f"Stack [{name}] does not exist")
    stack.enable_termination_protection = response._get_bool_param(
        "EnableTerminationProtection", False
    )
    return ActionResult({"StackId": stack.stack_id})


def _refuse(response: CloudFormationResponse) -> None:
    """
    Raise a ValidationError that names every parameter of the call that the engine does not
    implement.
    """
    refused = [
        name
        for name in (
            "NotificationARNs",
            "RollbackConfiguration",
            "StackPolicyBody",
            "StackPolicyURL",
            "TimeoutInMinutes",
        )
        if response._get_param(name)
    ]
    if response._get_bool_param("DisableRollback", False):
        refused.append("DisableRollback")
    for name in ("OnFailure", "OnStackFailure"):
        if response._get_param(name) not in (None, "ROLLBACK"):
            refused.append(name)
    if refused:
        raise ValidationError(
            message=f"the embedded AWS does not implement {', '.join(refused)}; leave it out "
            "(a stack that fails is always rolled back)"
        )
