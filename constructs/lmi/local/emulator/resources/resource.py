"""What all resource types of this package share: moto's protocol, and handlers that call APIs."""

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, Self

from lmi.errors import LmiError

from .api import Api


class ApiResource:
    """
    A resource of a template that is created, updated and deleted by calls of its service's API.

    A type of resource derives from this class and from moto's CloudFormationModel, which finds its
    own direct subclasses only (moto 5.2.5: cloudformation/parsing.py, get_model_list).

    Args:
        api: the services of the stack's region.
        account: the stack's account.
        properties: of the template, resolved.
    """

    RESOURCE_TYPE: ClassVar[str]
    NAME_PROPERTY: ClassVar[str] = ""
    """The property that holds the physical name; "" for a type without one."""
    KNOWN: ClassVar[frozenset[str]]
    """The properties that the type has here; any other one is refused."""

    def __init_subclass__(cls) -> None:
        """Refuse a type that lacks a handler: moto's metaclass leaves no room for abc.ABCMeta's."""
        missing = [
            name
            for name in ("create", "update", "remove")
            if getattr(getattr(cls, name), "__isabstractmethod__", False)
        ]
        if missing and "RESOURCE_TYPE" in vars(cls):
            raise TypeError(f"{cls.__name__} must define {', '.join(missing)}")

    def __init__(self, api: Api, account: str, properties: Mapping[str, Any]) -> None:
        self.api = api
        self.account = account
        self.properties = properties
        self.physical_resource_id = ""

    @abstractmethod
    def create(self, name: str) -> str:
        """
        Create the resource and return its physical id.

        Args:
            name: the template's name for it, or a generated one.

        Raises:
            Refused: the service refuses.
        """

    @abstractmethod
    def update(self, previous: Mapping[str, Any]) -> None:
        """
        Bring the resource from the *previous* properties to its own.

        Raises:
            Refused: the service refuses.
        """

    @abstractmethod
    def remove(self) -> None:
        """
        Delete the resource; one that is gone already is no failure.

        Raises:
            Refused: the service refuses.
        """

    def attributes(self) -> Mapping[str, str]:
        """Return what Fn::GetAtt can ask for."""
        return {}

    # moto's protocol (moto 5.2.5: core/common_models.py, CloudFormationModel)

    @classmethod
    def cloudformation_name_type(cls) -> str:
        """Return the property that holds the physical name."""
        return cls.NAME_PROPERTY

    @classmethod
    def cloudformation_type(cls) -> str:
        """Return the resource type."""
        return cls.RESOURCE_TYPE

    @classmethod
    def has_cfn_attr(cls, attr: str) -> bool:
        """Return True; `get_cfn_attribute` knows better."""
        return True

    def get_cfn_attribute(self, attribute_name: str) -> str:
        """
        Return the attribute for Fn::GetAtt.

        Raises:
            LmiError: the type has no such attribute.
        """
        known = self.attributes()
        if attribute_name not in known:
            raise LmiError(
                f"the embedded AWS has no attribute {attribute_name} of {self.RESOURCE_TYPE}; "
                f"it has {', '.join(known) or 'none'}"
            )
        return known[attribute_name]

    @classmethod
    def create_from_cloudformation_json(
        cls,
        resource_name: str,
        cloudformation_json: dict[str, Any],
        account_id: str,
        region_name: str,
        **_: Any,
    ) -> Self:
        """Create the resource."""
        made = cls(Api(region_name), account_id, cloudformation_json.get("Properties", {}))
        made._refuse_unknown()
        try:
            made.physical_resource_id = made.create(resource_name)
        except Exception:
            # Half of it may be there; nobody but this handler knows of it.
            if made.physical_resource_id:
                made.remove()
            raise
        return made

    @classmethod
    def update_from_cloudformation_json(
        cls,
        original_resource: Self,
        new_resource_name: str,
        cloudformation_json: dict[str, Any],
        account_id: str,
        region_name: str,
    ) -> Self:
        """Update the resource in place."""
        previous = original_resource.properties
        # Before the calls: after a failed one, what is there is between the two, and the roll-back
        # must take away what this update may have added.
        original_resource.properties = cloudformation_json.get("Properties", {})
        original_resource._refuse_unknown()
        original_resource.update(previous)
        return original_resource

    def delete(self, account_id: str, region_name: str) -> None:
        """
        Delete the resource.

        Raises:
            Refused: the service refuses.
            RuntimeError: a defect; moto takes a TypeError or AttributeError for a missing method.
        """
        try:
            self.remove()
        except (TypeError, AttributeError) as error:
            raise RuntimeError(f"{type(error).__name__}: {error}") from error

    def _refuse_unknown(self) -> None:
        unknown = sorted(set(self.properties) - self.KNOWN)
        if unknown:
            raise LmiError(
                f"the embedded AWS does not implement {', '.join(unknown)} of "
                f"{self.RESOURCE_TYPE}; it has {', '.join(sorted(self.KNOWN))}"
            )

    def is_created(self) -> bool:
        """Return True: there is nothing to wait for."""
        return True
