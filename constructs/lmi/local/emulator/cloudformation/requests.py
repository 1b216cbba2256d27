"""The API calls of CloudFormation that reach the engine, and what of them it refuses."""

from moto.cloudformation.exceptions import ValidationError
from moto.cloudformation.models import CloudFormationBackend
from moto.cloudformation.responses import CloudFormationResponse
from moto.core.responses import ActionResult, EmptyResult

from lmi.local.emulator.mends.patch import add, replace

from . import arguments, descriptions, exports, recovery
from .change_sets import (
    ChangeSetNotFound,
    EngineChangeSet,
    create_change_set,
    execute,
    find_change_set,
)
from .stacks import create_stack, find, update_stack


def install() -> None:
    """Send the calls to the engine."""
    for name, handler in (
        ("create_stack", _create_stack),
        ("update_stack", _update_stack),
        ("delete_stack", _delete_stack),
        ("create_change_set", _create_change_set),
        ("describe_change_set", describe_change_set),
        ("delete_change_set", delete_change_set),
        ("execute_change_set", _execute_change_set),
        ("list_change_sets", list_change_sets),
        ("describe_stack_resource", descriptions.describe_stack_resource),
        ("describe_stack_resources", descriptions.describe_stack_resources),
        ("list_stack_resources", descriptions.list_stack_resources),
    ):
        replace(CloudFormationResponse, name, handler)
    for name, handler in (
        ("cancel_update_stack", _cancel_update_stack),
        ("continue_update_rollback", _continue_update_rollback),
        ("rollback_stack", _rollback_stack),
        ("list_imports", list_imports),
        ("update_termination_protection", update_termination_protection),
        ("detect_stack_drift", refuse_drift),
        ("detect_stack_resource_drift", refuse_drift),
        ("describe_stack_drift_detection_status", refuse_drift),
        ("describe_stack_resource_drifts", refuse_drift),
    ):
        add(CloudFormationResponse, name, handler)


def _create_stack(response: CloudFormationResponse) -> ActionResult:
    arguments.refuse(response)
    stack = create_stack(
        response.cloudformation_backend,
        response._get_param("StackName"),
        arguments.capable_template(response),
        arguments.parameters(response, {}),
        tags=arguments.tags(response),
        role_arn=response._get_param("RoleARN"),
        enable_termination_protection=response._get_bool_param(
            "EnableTerminationProtection", False
        ),
        options=arguments.options(response, "OnFailure"),
    )
    return ActionResult({"StackId": stack.stack_id})


def _update_stack(response: CloudFormationResponse) -> ActionResult:
    arguments.refuse(response)
    name = response._get_param("StackName")
    stack = find(response.cloudformation_backend, name)
    if stack is None:
        raise ValidationError(message=f"Stack [{name}] does not exist")
    stack = update_stack(
        response.cloudformation_backend,
        name,
        arguments.capable_template(response, stack.template),
        response._get_param("RoleARN"),
        [
            {"ParameterKey": key, "ParameterValue": value}
            for key, value in arguments.parameters(response, stack.stack_parameters).items()
        ],
        arguments.tags(response) or None,
        options=arguments.options(response),
    )
    return ActionResult({"StackId": stack.stack_id})


def _delete_stack(response: CloudFormationResponse) -> ActionResult:
    recovery.delete_stack(
        response.cloudformation_backend,
        response._get_param("StackName"),
        retained=response._get_param("RetainResources", []),
        is_forced=response._get_param("DeletionMode") == "FORCE_DELETE_STACK",
    )
    return EmptyResult()


def _create_change_set(response: CloudFormationResponse) -> ActionResult:
    arguments.refuse(response)
    kind = response._get_param("ChangeSetType", "UPDATE")
    # ImportExistingResources is passed by `cdk bootstrap`; a resource that exists then fails its
    # creation, as its name is taken.
    if kind == "IMPORT":
        raise ValidationError(message="the embedded AWS cannot import resources into a stack")
    if response._get_param("DeploymentMode") == "REVERT_DRIFT":
        refuse_drift(response)
    name = response._get_param("StackName")
    stack = find(response.cloudformation_backend, name)
    if stack is None and kind == "UPDATE":
        raise ValidationError(message=f"Stack [{name}] does not exist")
    change_set_id, stack_id = create_change_set(
        response.cloudformation_backend,
        name,
        response._get_param("ChangeSetName"),
        arguments.template(response, stack.template if stack else None),
        arguments.parameters(response, stack.stack_parameters if stack else {}),
        response._get_param("Description"),
        kind,
        tags=arguments.tags(response),
        role_arn=response._get_param("RoleARN"),
        on_stack_failure=arguments.options(response, "OnStackFailure").on_failure,
        given_capabilities=arguments.capabilities_of(response),
    )
    return ActionResult({"Id": change_set_id, "StackId": stack_id})


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
    response.cloudformation_backend.change_sets.pop(change_set.change_set_id, None)
    return EmptyResult()


def list_change_sets(response: CloudFormationResponse) -> ActionResult:
    """
    List the change sets of the given stack; moto lists those of all (moto 5.2.5:
    cloudformation/responses.py).
    """
    backend, name = response.cloudformation_backend, response._get_param("StackName")
    stack = find(backend, name)
    if stack is None:
        raise ValidationError(message=f"Stack [{name}] does not exist")
    found = [each for each in backend.change_sets.values() if each.stack is stack]
    return ActionResult({"Summaries": found})


def _execute_change_set(response: CloudFormationResponse) -> ActionResult:
    arguments.refuse(response)
    execute(
        response.cloudformation_backend,
        _find(response),
        disable_rollback=response._get_bool_param("DisableRollback", False),
        retain_except_on_create=response._get_bool_param("RetainExceptOnCreate", False),
    )
    return EmptyResult()


def _find(response: CloudFormationResponse) -> EngineChangeSet:
    return find_change_set(
        response.cloudformation_backend,
        response._get_param("ChangeSetName"),
        response._get_param("StackName"),
    )


def _cancel_update_stack(response: CloudFormationResponse) -> ActionResult:
    recovery.cancel_update(response.cloudformation_backend, response._get_param("StackName"))
    return EmptyResult()


def _continue_update_rollback(response: CloudFormationResponse) -> ActionResult:
    recovery.continue_update_rollback(
        response.cloudformation_backend,
        response._get_param("StackName"),
        skipped=response._get_param("ResourcesToSkip", []),
        is_forced=response._get_bool_param("ForceRollback", False),
    )
    return EmptyResult()


def _rollback_stack(response: CloudFormationResponse) -> ActionResult:
    stack = recovery.roll_back_stack(
        response.cloudformation_backend,
        response._get_param("StackName"),
        retain_except_on_create=response._get_bool_param("RetainExceptOnCreate", False),
    )
    return ActionResult({"StackId": stack.stack_id})


def list_imports(response: CloudFormationResponse) -> ActionResult:
    """List the stacks that use an export; moto has no such call."""
    name = response._get_param("ExportName")
    backend: CloudFormationBackend = response.cloudformation_backend
    if name not in backend.exports:
        raise ValidationError(message=f"Export '{name}' does not exist.")
    found = exports.importers(backend, name)
    if not found:
        raise ValidationError(message=f"Export '{name}' is not imported by any stack.")
    return ActionResult({"Imports": list(found)})


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


def refuse_drift(response: CloudFormationResponse) -> ActionResult:
    """Answer everything about drift with an error that no SDK retries."""
    raise ValidationError(
        message="the embedded AWS cannot detect drift: it keeps what a stack has made, and does "
        "not compare it with the template again; `cdk diff` compares the templates"
    )
