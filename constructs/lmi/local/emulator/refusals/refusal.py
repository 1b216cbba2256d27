"""One reason why a resource is refused, and how properties of unknown shape are read."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Path = tuple[str | int, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Refusal:
    """A reason why CloudFormation or SageMaker would refuse a resource."""

    path: Path = ()
    """Names and indices from the resource's properties down to the value; empty: the whole."""
    message: str
    is_of_shape: bool = False
    """Unknown, missing or of a wrong type: nothing else need be said of that path."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where a resource is to be."""

    account: str
    region: str


def mapping(value: object) -> Mapping[str, Any]:
    """Return *value*, or nothing where it is no object: that is the schema's to refuse."""
    return value if isinstance(value, Mapping) else {}


def objects(value: object) -> tuple[Mapping[str, Any], ...]:
    """Return the members of *value*, each an object; nothing where it is no list."""
    return tuple(mapping(member) for member in value) if isinstance(value, list | tuple) else ()


def text(value: object) -> str | None:
    """Return a scalar as CloudFormation would pass it on, None where *value* is none."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int | float) else None


def number(value: object) -> float | None:
    """Return a number or the text of one, None where *value* is neither."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        return float(value)
    except ValueError:
        return None
