"""Policies of IAM that are resources of their own: inline ones and managed ones."""

from collections.abc import Iterator, Mapping
from typing import Any

from moto.core.common_models import CloudFormationModel

from .api import pick
from .resource import ApiResource
from .values import as_text, tag_list, tags_of

_HOLDERS = {"Roles": "role", "Users": "user", "Groups": "group"}
_MOST_VERSIONS = 5  # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html


class Policy(ApiResource, CloudFormationModel):
    """
    AWS::IAM::Policy: one inline policy in roles, users and groups.

    Defect: an update takes the policy away before it puts the new one, so that a refused document
    leaves the role without any, and the roll-back fails (iam/models.py,
    IAMBackend.update_inline_policy).
    """

    RESOURCE_TYPE = "AWS::IAM::Policy"
    KNOWN = frozenset({*_HOLDERS, "PolicyDocument", "PolicyName"})

    def create(self, name: str) -> str:
        """Put the policy into everyone that it names."""
        self.physical_resource_id = name
        self._put()
        return name

    def update(self, previous: Mapping[str, Any]) -> None:
        """Put the policy, then take it from who no longer has it, and its old name from all."""
        self._put()
        kept = set(_places(self.properties))
        self._take([place for place in _places(previous) if place not in kept])

    def remove(self) -> None:
        """Take the policy from everyone."""
        self._take(list(_places(self.properties)))

    def attributes(self) -> Mapping[str, str]:
        """Return the id."""
        return {"Id": self.physical_resource_id}

    def _put(self) -> None:
        document = as_text(self.properties["PolicyDocument"])
        for kind, holder, name in _places(self.properties):
            self.api.call(
                "iam",
                f"put_{kind}_policy",
                **{f"{kind.title()}Name": holder},
                PolicyName=name,
                PolicyDocument=document,
            )

    def _take(self, places: list[tuple[str, str, str]]) -> None:
        for kind, holder, name in places:
            self.api.call_if_there(
                "iam",
                f"delete_{kind}_policy",
                **{f"{kind.title()}Name": holder},
                PolicyName=name,
            )


def _places(properties: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield kind and name of each holder, and the policy's name."""
    for plural, kind in _HOLDERS.items():
        for holder in properties.get(plural) or ():
            yield kind, holder, properties.get("PolicyName", "")


class ManagedPolicy(ApiResource, CloudFormationModel):
    """
    AWS::IAM::ManagedPolicy.

    Defect: it cannot be updated, and one that is attached to a role is never detached
    (iam/models.py, ManagedPolicy has neither update nor delete).
    """

    RESOURCE_TYPE = "AWS::IAM::ManagedPolicy"
    NAME_PROPERTY = "ManagedPolicyName"
    KNOWN = frozenset({*_HOLDERS, "Description", "ManagedPolicyName", "Path", "PolicyDocument"})

    def create(self, name: str) -> str:
        """Create the policy and attach it; its id is its ARN."""
        answer = self.api.call(
            "iam",
            "create_policy",
            PolicyName=name,
            **pick(self.properties, "Description", "Path"),
            PolicyDocument=as_text(self.properties["PolicyDocument"]),
            Tags=tag_list(tags_of(self.properties)) or None,
        )
        self.physical_resource_id = str(answer["Policy"]["Arn"])
        self._attach()
        return self.physical_resource_id

    def update(self, previous: Mapping[str, Any]) -> None:
        """Make another default version if the document changes; attach and detach."""
        document = as_text(self.properties["PolicyDocument"])
        if document != as_text(previous["PolicyDocument"]):
            self._make_room()
            self._call("create_policy_version", PolicyDocument=document, SetAsDefault=True)
        self._attach()
        kept = set(_places(self.properties))
        self._detach([place for place in _places(previous) if place not in kept])

    def remove(self) -> None:
        """Detach the policy, then delete it with its versions."""
        self._detach(list(_places(self.properties)))
        for version in self._versions():
            self._call("delete_policy_version", VersionId=version)
        self.api.call_if_there("iam", "delete_policy", PolicyArn=self.physical_resource_id)

    def attributes(self) -> Mapping[str, str]:
        """Return ARN, id and default version."""
        found = self._call("get_policy")["Policy"]
        return {
            "DefaultVersionId": found["DefaultVersionId"],
            "PolicyArn": found["Arn"],
            "PolicyId": found["PolicyId"],
        }

    def _call(self, operation: str, **parameters: Any) -> dict[str, Any]:
        return self.api.call("iam", operation, PolicyArn=self.physical_resource_id, **parameters)

    def _versions(self) -> list[str]:
        """Return the versions that are not the default, the oldest first."""
        found = self._call("list_policy_versions")["Versions"]
        others = [each["VersionId"] for each in found if not each["IsDefaultVersion"]]
        return sorted(others, key=lambda version: int(version.lstrip("v")))

    def _make_room(self) -> None:
        others = self._versions()
        if len(others) >= _MOST_VERSIONS - 1:
            self._call("delete_policy_version", VersionId=others[0])

    def _attach(self) -> None:
        for kind, holder, _ in _places(self.properties):
            self._call(f"attach_{kind}_policy", **{f"{kind.title()}Name": holder})

    def _detach(self, places: list[tuple[str, str, str]]) -> None:
        for kind, holder, _ in places:
            self.api.call_if_there(
                "iam",
                f"detach_{kind}_policy",
                **{f"{kind.title()}Name": holder},
                PolicyArn=self.physical_resource_id,
            )
