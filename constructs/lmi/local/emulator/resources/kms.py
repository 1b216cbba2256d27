"""Keys and aliases of KMS."""

from collections.abc import Mapping
from typing import Any

from moto.core.common_models import CloudFormationModel

from lmi.errors import LmiError

from .api import pick
from .resource import ApiResource
from .values import as_bool, as_text, gone, tags_of

_FIXED = ("KeySpec", "KeyUsage", "MultiRegion", "Origin")


class Key(ApiResource, CloudFormationModel):
    """
    AWS::KMS::Key.

    Defect: it cannot be updated; its policy is kept as an object, which DescribeKey then parses as
    text and fails; without KeyPolicy it is a KeyError; Description and Enabled are dropped
    (kms/models.py, Key.create_from_cloudformation_json).
    """

    RESOURCE_TYPE = "AWS::KMS::Key"
    KNOWN = frozenset(
        {
            *_FIXED,
            "Description",
            "EnableKeyRotation",
            "Enabled",
            "KeyPolicy",
            "PendingWindowInDays",
            "Tags",
        }
    )

    def create(self, name: str) -> str:
        """Create the key; its id is the physical id."""
        answer = self.api.call(
            "kms",
            "create_key",
            **pick(self.properties, "Description", *_FIXED),
            Policy=self._policy(),
            Tags=_tags(tags_of(self.properties)) or None,
        )
        self.physical_resource_id = str(answer["KeyMetadata"]["KeyId"])
        self._switch({})
        return self.physical_resource_id

    def update(self, previous: Mapping[str, Any]) -> None:
        """
        Change policy, description, rotation, state and tags.

        Raises:
            LmiError: what a key is made of changes, which CloudFormation refuses:
                https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-kms-key.html
        """
        wanted, key = self.properties, self.physical_resource_id
        fixed = [name for name in _FIXED if wanted.get(name) != previous.get(name)]
        if fixed:
            raise LmiError(
                f"You cannot change {', '.join(fixed)} of a KMS key after it is created; "
                "give the key another logical id"
            )
        if "KeyPolicy" in wanted:
            self.api.call(
                "kms", "put_key_policy", KeyId=key, PolicyName="default", Policy=self._policy()
            )
        self.api.call(
            "kms",
            "update_key_description",
            KeyId=key,
            Description=wanted.get("Description", ""),
        )
        self._switch(previous)
        tags = tags_of(wanted)
        lost = gone(tags_of(previous), tags)
        if lost:
            self.api.call("kms", "untag_resource", KeyId=key, TagKeys=lost)
        if tags:
            self.api.call("kms", "tag_resource", KeyId=key, Tags=_tags(tags))

    def remove(self) -> None:
        """Schedule the key's deletion, as CloudFormation does."""
        self.api.call(
            "kms",
            "schedule_key_deletion",
            KeyId=self.physical_resource_id,
            PendingWindowInDays=self.properties.get("PendingWindowInDays", 30),
        )

    def attributes(self) -> Mapping[str, str]:
        """Return ARN and id."""
        found = self.api.call("kms", "describe_key", KeyId=self.physical_resource_id)
        return {"Arn": str(found["KeyMetadata"]["Arn"]), "KeyId": self.physical_resource_id}

    def _policy(self) -> str | None:
        policy = self.properties.get("KeyPolicy")
        return None if policy is None else as_text(policy)

    def _switch(self, previous: Mapping[str, Any]) -> None:
        """Turn rotation and the key itself on or off, where the properties say otherwise."""
        key = self.physical_resource_id
        for name, default, on, off in (
            ("Enabled", True, "enable_key", "disable_key"),
            ("EnableKeyRotation", False, "enable_key_rotation", "disable_key_rotation"),
        ):
            wanted = as_bool(self.properties.get(name, default))
            if wanted != as_bool(previous.get(name, default)):
                self.api.call("kms", on if wanted else off, KeyId=key)


class Alias(ApiResource, CloudFormationModel):
    """
    AWS::KMS::Alias.

    Defect: an alias that exists already moves silently to the new key, and an alias of a key that
    does not exist is an internal error (kms/models.py, Alias.create_from_cloudformation_json).
    """

    RESOURCE_TYPE = "AWS::KMS::Alias"
    KNOWN = frozenset({"AliasName", "TargetKeyId"})

    def create(self, name: str) -> str:
        """Create the alias."""
        self.api.call("kms", "create_alias", **self._both())
        return str(self.properties["AliasName"])

    def update(self, previous: Mapping[str, Any]) -> None:
        """Point the alias to another key."""
        self.api.call("kms", "update_alias", **self._both())

    def remove(self) -> None:
        """Delete the alias."""
        self.api.call_if_there("kms", "delete_alias", AliasName=self.physical_resource_id)

    def _both(self) -> dict[str, Any]:
        return pick(self.properties, "AliasName", "TargetKeyId")


def _tags(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"TagKey": key, "TagValue": value} for key, value in tags.items()]
