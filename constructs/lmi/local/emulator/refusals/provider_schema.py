"""
CloudFormation's provider schemas, one a resource type, read when first asked for.

Source: cfn-lint 1.58.0, cfnlint/data/schemas: the schemas that CloudFormation publishes for each
region, completed with limits of the services' API models
(https://github.com/aws-cloudformation/resource-provider-enhanced-schemas). What cfn-lint adds
under keywords of its own, such as requiredXor, is not in CloudFormation's check and not in ours.
"""

import functools
import importlib.util
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from lmi.errors import HostError

_FALLBACK_REGION: Final = "us-east-1"


def provider_schema(resource_type: str, region: str) -> Mapping[str, Any] | None:
    """
    Return the schema of a resource type in *region*, or None if CloudFormation has no such type.

    A type that the region's list lacks is taken from us-east-1: the lists have gaps.

    Raises:
        HostError: this installation has no provider schemas.
    """
    digest = _types(region).get(resource_type) or _types(_FALLBACK_REGION).get(resource_type)
    return None if digest is None else _schema(digest)


@functools.cache
def _folder() -> Path:
    # find_spec does not import it: cfn-lint takes longer to load than all the schemas we need.
    spec = importlib.util.find_spec("cfnlint")
    for place in (spec.submodule_search_locations if spec else None) or ():
        folder = Path(place, "data", "schemas")
        if (folder / "providers" / f"{_FALLBACK_REGION}.json").is_file():
            return folder
    raise HostError(
        "CloudFormation's provider schemas are not installed: they come with cfn-lint 1.58; "
        "run pip install 'cfn-lint>=1.58,<2'"
    )


@functools.cache
def _types(region: str) -> Mapping[str, str]:
    listed = _folder() / "providers" / f"{region}.json"
    if not listed.is_file():
        return {} if region == _FALLBACK_REGION else _types(_FALLBACK_REGION)
    types: dict[str, str] = json.loads(listed.read_bytes())
    return types


@functools.cache
def _schema(digest: str) -> Mapping[str, Any]:
    schema: dict[str, Any] = json.loads((_folder() / "resources" / f"{digest}.json").read_bytes())
    return schema
