"""Mends of KMS."""

import json
from typing import Any

from moto.kms.models import Key

from .patch import replace

_create = Key.create_from_cloudformation_json


def apply() -> None:
    """Apply every mend of this module."""
    replace(Key, "create_from_cloudformation_json", classmethod(create_with_policy_as_text))


def create_with_policy_as_text(
    cls: type[Key],
    /,
    resource_name: str,
    cloudformation_json: dict[str, Any],
    account_id: str,
    region_name: str,
    **kwargs: Any,
) -> Key:
    """
    Create the key with its policy as JSON text, and with the default policy if the template has
    none.

    Defect: CloudFormation's key keeps KeyPolicy as an object, which DescribeKey then parses as text
    and fails; a key without KeyPolicy, which AWS allows, is a KeyError (kms/models.py,
    Key.create_from_cloudformation_json).
    """
    properties = dict(cloudformation_json["Properties"])
    policy = properties.get("KeyPolicy")
    properties["KeyPolicy"] = (
        policy if policy is None or isinstance(policy, str) else json.dumps(policy)
    )
    return _create(
        resource_name,
        {**cloudformation_json, "Properties": properties},
        account_id,
        region_name,
        **kwargs,
    )
