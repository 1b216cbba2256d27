"""Roles of IAM, with all that hangs on them."""

from collections.abc import Mapping
from typing import Any

from moto.core.common_models import CloudFormationModel

from .api import Refused, pick
from .resource import ApiResource
from .values import as_text, gone, tag_list, tags_of


class Role(ApiResource, CloudFormationModel):
    """
    AWS::IAM::Role.

    Defect: inline policies are kept as objects, so that GetRolePolicy fails; ManagedPolicyArns are
    dropped; an update changes the description only; a role with managed policies cannot be deleted
    (iam/models.py, Role.create_from_cloudformation_json and its neighbours).
    """

    RESOURCE_TYPE = "AWS::IAM::Role"
    NAME_PROPERTY = "RoleName"
    KNOWN = frozenset(
        {
            "AssumeRolePolicyDocument",
            "Description",
            "ManagedPolicyArns",
            "MaxSessionDuration",
            "Path",
            "PermissionsBoundary",
            "Policies",
            "RoleName",
            "Tags",
        }
    )

    def create(self, name: str) -> str:
        """Create the role, then its inline policies, then attach the managed ones."""
        wanted = self.properties
        self.api.call(
            "iam",
            "create_role",
            RoleName=name,
            **pick(wanted, "Description", "MaxSessionDuration", "Path", "PermissionsBoundary"),
            AssumeRolePolicyDocument=as_text(wanted["AssumeRolePolicyDocument"]),
            Tags=tag_list(tags_of(wanted)) or None,
        )
        self.physical_resource_id = name
        self._put_policies()
        return name

    def update(self, previous: Mapping[str, Any]) -> None:
        """Change everything but name and path; what is no longer wanted goes last."""
        wanted = self.properties
        self._call(
            "update_assume_role_policy",
            PolicyDocument=as_text(wanted["AssumeRolePolicyDocument"]),
        )
        self._call(
            "update_role",
            Description=wanted.get("Description", ""),
            MaxSessionDuration=wanted.get("MaxSessionDuration", 3600),
        )
        if "PermissionsBoundary" in wanted:
            self._call(
                "put_role_permissions_boundary", PermissionsBoundary=wanted["PermissionsBoundary"]
            )
        elif "PermissionsBoundary" in previous:
            self._call("delete_role_permissions_boundary")
        self._put_policies()
        for policy_name in gone(_inline(previous), _inline(wanted)):
            self._call_if_there("delete_role_policy", PolicyName=policy_name)
        for arn in gone(previous.get("ManagedPolicyArns"), wanted.get("ManagedPolicyArns")):
            self._call_if_there("detach_role_policy", PolicyArn=arn)
        tags = tags_of(wanted)
        lost = gone(tags_of(previous), tags)
        if lost:
            self._call("untag_role", TagKeys=lost)
        if tags:
            self._call("tag_role", Tags=tag_list(tags))

    def remove(self) -> None:
        """Delete the role after its inline policies and its attachments."""
        name = self.physical_resource_id
        try:
            attached = self._call("list_attached_role_policies")["AttachedPolicies"]
        except Refused as error:
            if error.code != "NoSuchEntity":
                raise
            return
        for each in attached:
            self._call_if_there("detach_role_policy", PolicyArn=each["PolicyArn"])
        for policy_name in self._call("list_role_policies")["PolicyNames"]:
            self._call_if_there("delete_role_policy", PolicyName=policy_name)
        self.api.call_if_there("iam", "delete_role", RoleName=name)

    def attributes(self) -> Mapping[str, str]:
        """Return ARN and id."""
        found = self._call("get_role")["Role"]
        return {"Arn": found["Arn"], "RoleId": found["RoleId"]}

    def _call(self, operation: str, **parameters: Any) -> dict[str, Any]:
        return self.api.call("iam", operation, RoleName=self.physical_resource_id, **parameters)

    def _call_if_there(self, operation: str, **parameters: Any) -> None:
        self.api.call_if_there("iam", operation, RoleName=self.physical_resource_id, **parameters)

    def _put_policies(self) -> None:
        for name, document in _inline(self.properties).items():
            self._call("put_role_policy", PolicyName=name, PolicyDocument=document)
        for arn in self.properties.get("ManagedPolicyArns", ()):
            self._call("attach_role_policy", PolicyArn=arn)


def _inline(properties: Mapping[str, Any]) -> dict[str, str]:
    return {
        each["PolicyName"]: as_text(each["PolicyDocument"])
        for each in properties.get("Policies", ())
    }
