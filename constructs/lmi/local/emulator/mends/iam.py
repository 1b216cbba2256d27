"""Mends of IAM."""

import json
from typing import Any

from moto.iam.models import Role, iam_backends
from moto.utilities.utils import get_partition

from .patch import replace

_create = Role.create_from_cloudformation_json
_delete = Role.delete_from_cloudformation_json


def apply() -> None:
    """Apply every mend of this module."""
    replace(Role, "create_from_cloudformation_json", classmethod(create_with_all_policies))
    replace(Role, "delete_from_cloudformation_json", classmethod(delete_with_attachments))


def create_with_all_policies(
    cls: type[Role],
    /,
    resource_name: str,
    cloudformation_json: dict[str, Any],
    account_id: str,
    region_name: str,
    **kwargs: Any,
) -> Role:
    """
    Create the role with its inline policies as JSON text and with its managed policies attached.

    Defect: CloudFormation's role keeps inline policies as objects, so that GetRolePolicy fails, and
    leaves ManagedPolicyArns out (iam/models.py, Role.create_from_cloudformation_json).
    """
    properties = dict(cloudformation_json["Properties"])
    properties["Policies"] = [
        {**policy, "PolicyDocument": _as_text(policy["PolicyDocument"])}
        for policy in properties.get("Policies", [])
    ]
    role = _create(
        resource_name,
        {**cloudformation_json, "Properties": properties},
        account_id,
        region_name,
        **kwargs,
    )
    backend = iam_backends[account_id][get_partition(region_name)]
    for policy_arn in properties.get("ManagedPolicyArns", []):
        backend.attach_role_policy(policy_arn, role.name)
    return role


def delete_with_attachments(
    cls: type[Role],
    /,
    resource_name: str,
    cloudformation_json: dict[str, Any],
    account_id: str,
    region_name: str,
) -> None:
    """
    Delete the role after detaching its managed policies, as CloudFormation does.

    Defect: a role with managed policies cannot be deleted by its stack (iam/models.py,
    Role.delete_from_cloudformation_json).
    """
    backend = iam_backends[account_id][get_partition(region_name)]
    for policy_arn in list(backend.get_role(resource_name).managed_policies):
        backend.detach_role_policy(policy_arn, resource_name)
    _delete(resource_name, cloudformation_json, account_id, region_name)


def _as_text(document: object) -> str:
    return document if isinstance(document, str) else json.dumps(document)
