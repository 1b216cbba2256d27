"""CloudFormation's provider schemas: what of a type's properties cannot change in place."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from lmi.local.emulator.refusals.provider_schema import provider_schema

_REGION: Final = "us-east-1"
"""The region that has every type; what cannot change in place is the same in all."""

Pointer = tuple[str, ...]
"""The way to a property, from the outermost one; "*" stands for every entry of a list or map."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Schema:
    """What a provider schema says about the properties of a type."""

    create_only: tuple[Pointer, ...] = ()
    """Properties that cannot change in place."""
    conditionally_create_only: tuple[Pointer, ...] = ()
    """Properties of which some values cannot change in place; the schema does not say which."""
    identifier: tuple[str, ...] = ()
    """
    The properties that name the physical resource, if a template can set them all; otherwise empty.
    """


@functools.cache
def schema(resource_type: str) -> Schema:
    """
    Return the schema of a type: the copy that comes with cfn-lint, which moto needs anyway. A type
    without one, such as a custom resource, has nothing that cannot change in place.
    """
    document = provider_schema(resource_type, _REGION)
    if document is None:
        return Schema()
    read_only = set(_pointers(document, "readOnlyProperties"))
    identifier = _pointers(document, "primaryIdentifier")
    return Schema(
        create_only=_pointers(document, "createOnlyProperties"),
        conditionally_create_only=_pointers(document, "conditionalCreateOnlyProperties"),
        identifier=() if read_only & {*identifier} else tuple(each[0] for each in identifier),
    )


def _pointers(document: Mapping[str, Any], key: str) -> tuple[Pointer, ...]:
    return tuple(tuple(each.split("/")[2:]) for each in document.get(key, []))
