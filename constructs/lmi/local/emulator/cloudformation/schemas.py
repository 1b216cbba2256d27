"""CloudFormation's provider schemas: what of a type's properties cannot change in place."""

import functools
import importlib.util
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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
    directory = _directory()
    name = _index(directory).get(resource_type)
    if name is None:
        return Schema()
    document = json.loads((directory / "resources" / f"{name}.json").read_bytes())
    read_only = set(_pointers(document, "readOnlyProperties"))
    identifier = _pointers(document, "primaryIdentifier")
    return Schema(
        create_only=_pointers(document, "createOnlyProperties"),
        conditionally_create_only=_pointers(document, "conditionalCreateOnlyProperties"),
        identifier=() if read_only & {*identifier} else tuple(each[0] for each in identifier),
    )


def _directory() -> Path:
    # Not imported: cfn-lint takes half a second, and may fetch newer schemas from the network.
    spec = importlib.util.find_spec("cfnlint")
    if spec is None or spec.origin is None:
        raise RuntimeError("cfn-lint is missing, which moto[cloudformation] needs")
    return Path(spec.origin).parent / "data" / "schemas"


@functools.cache
def _index(directory: Path) -> Mapping[str, str]:
    """Return the names of the schemas by type, in the region that has every type."""
    index = json.loads((directory / "providers" / "us-east-1.json").read_bytes())
    return {kind: str(name) for kind, name in index.items()}


def _pointers(document: Mapping[str, Any], key: str) -> tuple[Pointer, ...]:
    return tuple(tuple(each.split("/")[2:]) for each in document.get(key, []))
