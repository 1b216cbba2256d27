"""
The API calls that describe the resources of a stack.

moto gives each the status of the stack, or CREATE_COMPLETE, without a reason and without a time of
its own, and none that has failed (moto 5.2.5: cloudformation/responses.py, StackResourceDTO and
list_stack_resources).
"""

import json
from typing import Any

from moto.cloudformation.exceptions import ValidationError
from moto.cloudformation.models import CloudFormationBackend, Event, Stack
from moto.cloudformation.responses import CloudFormationResponse
from moto.core.responses import ActionResult

from . import statuses
from .stack import EngineStack


def describe_stack_resources(response: CloudFormationResponse) -> ActionResult:
    """Describe the resources of a stack, which may be named by one of its physical resources."""
    physical_id = response._get_param("PhysicalResourceId")
    name = response._get_param("StackName")
    if (name is None) == (physical_id is None):
        raise ValidationError(
            message="exactly one of StackName and PhysicalResourceId must be specified"
        )
    stack = (
        _owner(response.cloudformation_backend, physical_id) if name is None else _stack(response)
    )
    logical_id = response._get_param("LogicalResourceId")
    found = [
        {
            "StackName": stack.name,
            "StackId": stack.stack_id,
            "Timestamp": event.timestamp,
            **_description(event),
        }
        for event in statuses.newest(stack).values()
        if logical_id in (None, event.logical_resource_id)
    ]
    return ActionResult({"StackResources": found})


def describe_stack_resource(response: CloudFormationResponse) -> ActionResult:
    """
    Describe one resource of a stack.

    One that was deleted does not exist, unless the stack is deleted too; tests against AWS show it:
    localstack, tests/aws/services/cloudformation/resources, test_describe_failed_resource.
    """
    stack, logical_id = _stack(response), response._get_param("LogicalResourceId")
    event = statuses.newest(stack).get(logical_id)
    if event is None or (
        event.resource_status == "DELETE_COMPLETE" and stack.status != "DELETE_COMPLETE"
    ):
        raise ValidationError(
            message=f"Resource {logical_id} does not exist for stack {stack.name}"
        )
    entry = stack.template_dict.get("Resources", {}).get(logical_id, {})
    detail = {
        "StackName": stack.name,
        "StackId": stack.stack_id,
        "LastUpdatedTimestamp": event.timestamp,
        "Metadata": json.dumps(entry.get("Metadata", {})),
        **_description(event),
    }
    return ActionResult({"StackResourceDetail": detail})


def list_stack_resources(response: CloudFormationResponse) -> ActionResult:
    """List the resources of a stack."""
    found = [
        {"LastUpdatedTimestamp": event.timestamp, **_description(event)}
        for event in statuses.newest(_stack(response)).values()
    ]
    return ActionResult({"StackResourceSummaries": found})


def _description(event: Event) -> dict[str, Any]:
    # What is None is left out: a resource that is being created has no physical id yet.
    return {
        "LogicalResourceId": event.logical_resource_id,
        "PhysicalResourceId": event.physical_resource_id or None,
        "ResourceType": event.resource_type,
        "ResourceStatus": event.resource_status,
        "ResourceStatusReason": event.resource_status_reason,
        "DriftInformation": {"StackResourceDriftStatus": "NOT_CHECKED"},
    }


def _stack(response: CloudFormationResponse) -> EngineStack:
    return _engine_stack(
        response.cloudformation_backend.get_stack(response._get_param("StackName"))
    )


def _owner(backend: CloudFormationBackend, physical_id: str) -> EngineStack:
    for stack in map(_engine_stack, backend.stacks.values()):
        if any(
            physical_id == each.physical_resource_id for each in statuses.newest(stack).values()
        ):
            return stack
    raise ValidationError(message=f"Stack for {physical_id} does not exist")


def _engine_stack(stack: Stack) -> EngineStack:
    assert isinstance(stack, EngineStack)  # noqa: S101 -- the engine alone makes stacks
    return stack
