"""
A stack's values: parameters, conditions, the resources that exist, and properties with every
reference resolved.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from moto.cloudformation import parsing
from moto.cloudformation.exceptions import ValidationError
from moto.cloudformation.parsing import Export, ResourceMap

from .template import Resource, Template


class Values(ResourceMap):
    """
    moto's map from names to values, without its habit of creating a resource that is looked up.

    Args:
        existing: the physical resources so far, by logical id.
    """

    def __init__(
        self,
        *,
        stack_id: str,
        stack_name: str,
        account: str,
        region: str,
        template: Template | None,
        parameters: Mapping[str, Any],
        tags: Mapping[str, str],
        exports: dict[str, Export],
        existing: Mapping[str, Any],
    ) -> None:
        super().__init__(
            stack_id,
            stack_name,
            dict(parameters),
            dict(tags),
            region,
            account,
            template.body if template else {},
            exports,
        )
        self._created: dict[str, Any] = dict(existing)
        self._parsed_resources.update(existing)
        self.load()

    @property
    def resources(self) -> Iterable[str]:
        """The logical ids of the resources that exist."""
        return list(self._created)

    def __len__(self) -> int:
        """Return how many resources exist."""
        return len(self._created)

    def __getitem__(self, key: str) -> Any:
        """
        Return the value of a resource, parameter or pseudo parameter; None for a resource whose
        condition does not hold.

        Raises:
            ValidationError: the resource does not exist yet.
        """
        if key in self._parsed_resources:
            return self._parsed_resources[key]
        condition = self._resource_json_map[key].get("Condition")
        if condition and not self.lazy_condition_map[condition]:
            return None
        raise ValidationError(message=f"Template error: resource {key} does not exist yet")

    def is_wanted(self, resource: Resource) -> bool:
        """Return whether the resource's condition holds."""
        return resource.condition is None or bool(self.lazy_condition_map[resource.condition])

    def properties(self, resource: Resource) -> dict[str, Any]:
        """
        Return the resource's properties with every reference resolved.

        Raises:
            ValidationError: a reference or a mapping leads nowhere.
        """
        resolved = self.resolve(resource.properties)
        assert isinstance(resolved, dict)  # noqa: S101 -- moto's resolver gives an object for an object
        return resolved

    def resolve(self, node: Any) -> Any:
        """
        Return *node* with every reference resolved.

        Raises:
            ValidationError: a reference or a mapping leads nowhere.
        """
        return parsing.clean_json(node, self)

    def put(self, logical_id: str, instance: Any) -> None:
        """Note that the resource exists from now on."""
        self._created[logical_id] = self._parsed_resources[logical_id] = instance

    def drop(self, logical_id: str) -> None:
        """Note that the resource is gone."""
        self._created.pop(logical_id, None)
        self._parsed_resources.pop(logical_id, None)
