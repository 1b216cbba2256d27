"""Mends of how CloudFormation resolves values: pseudo parameters and intrinsic functions."""

from typing import Any

from moto.cloudformation import parsing
from moto.cloudformation.exceptions import ValidationError
from moto.cloudformation.parsing import ResourceMap
from moto.utilities.utils import get_partition

from .patch import replace

_clean_json = parsing.clean_json
_init = ResourceMap.__init__


def apply() -> None:
    """Apply every mend of this module."""
    replace(parsing, "clean_json", resolve)
    replace(ResourceMap, "__init__", init_with_partition)


def resolve(node: Any, resource_map: ResourceMap) -> Any:
    """
    Resolve *node* with moto's resolver, which calls this function for what lies inside.

    Defects (cloudformation/parsing.py, clean_json): AWS::NoValue in a list stays as null instead of
    going; a key that a Mapping lacks is a KeyError instead of a ValidationError.
    """
    if isinstance(node, list):
        return [
            value for value in (resolve(each, resource_map) for each in node) if value is not None
        ]
    if isinstance(node, dict) and "Fn::FindInMap" in node:
        return _find_in_map(node["Fn::FindInMap"], resource_map)
    return _clean_json(node, resource_map)


def _find_in_map(arguments: list[Any], resource_map: ResourceMap) -> Any:
    name, *path = [resolve(each, resource_map) for each in arguments]
    found = resource_map._template.get("Mappings", {}).get(name)
    for key in path:
        if not isinstance(found, dict) or key not in found:
            raise ValidationError(
                message=f"Template error: Unable to get mapping for {'::'.join([name, *path])}"
            )
        found = found[key]
    return found


def init_with_partition(resource_map: ResourceMap, *args: Any, **kwargs: Any) -> None:
    """
    Give the stack the partition and the URL suffix of its region.

    Defect: AWS::Partition is "aws" and AWS::URLSuffix "amazonaws.com" in every region
    (cloudformation/parsing.py, ResourceMap.__init__).
    """
    _init(resource_map, *args, **kwargs)
    partition = get_partition(resource_map._region_name)
    suffix = "amazonaws.com.cn" if partition == "aws-cn" else "amazonaws.com"
    resource_map._parsed_resources.update({"AWS::Partition": partition, "AWS::URLSuffix": suffix})
