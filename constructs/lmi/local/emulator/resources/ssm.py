"""Parameters of the Systems Manager."""

from collections.abc import Mapping
from typing import Any

from moto.core.common_models import CloudFormationModel

from .api import pick
from .resource import ApiResource
from .values import gone, tag_list, tags_of

_OPTIONAL = {"AllowedPattern": "", "Description": ""}


class Parameter(ApiResource, CloudFormationModel):
    """
    AWS::SSM::Parameter.

    Defect: one without Name fails, and so do Tags; an update begins at version 1 again and drops
    the history (ssm/models.py, Parameter.create_from_cloudformation_json and
    update_from_cloudformation_json).
    """

    RESOURCE_TYPE = "AWS::SSM::Parameter"
    NAME_PROPERTY = "Name"
    KNOWN = frozenset({*_OPTIONAL, "DataType", "Name", "Policies", "Tags", "Tier", "Type", "Value"})

    def create(self, name: str) -> str:
        """Put the parameter, which must not exist."""
        self._put(name, Tags=tag_list(tags_of(self.properties)) or None)
        return name

    def update(self, previous: Mapping[str, Any]) -> None:
        """Put the next version of the parameter, and change its tags."""
        name = self.physical_resource_id
        # PutParameter keeps what it is not given, so what is no longer wanted is set to nothing.
        lost = {each: _OPTIONAL[each] for each in _OPTIONAL if each in previous}
        self._put(name, **{**lost, **pick(self.properties, *_OPTIONAL)}, Overwrite=True)
        tags = tags_of(self.properties)
        where = {"ResourceType": "Parameter", "ResourceId": name}
        untagged = gone(tags_of(previous), tags)
        if untagged:
            self.api.call("ssm", "remove_tags_from_resource", **where, TagKeys=untagged)
        if tags:
            self.api.call("ssm", "add_tags_to_resource", **where, Tags=tag_list(tags))

    def remove(self) -> None:
        """Delete the parameter."""
        self.api.call_if_there("ssm", "delete_parameter", Name=self.physical_resource_id)

    def attributes(self) -> Mapping[str, str]:
        """Return type, value and ARN."""
        found = self.api.call("ssm", "get_parameter", Name=self.physical_resource_id)["Parameter"]
        return {"Arn": found["ARN"], "Type": found["Type"], "Value": found["Value"]}

    def _put(self, name: str, **more: Any) -> None:
        wanted = pick(self.properties, *_OPTIONAL, "DataType", "Policies", "Tier", "Type", "Value")
        self.api.call("ssm", "put_parameter", **{**wanted, "Name": name, **more})
