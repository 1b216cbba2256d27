"""Values of a template as the SDK takes them, and what differs between two sets of them."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from botocore.model import Shape


def as_input(value: Any, shape: Shape) -> Any:
    """
    Return *value* with the numbers, booleans and texts that *shape* wants.

    CloudFormation takes "60" for 60, "true" for true and 60 for "60", because parameters of a
    template are texts: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html
    What cannot be read so stays as it is; the SDK says what is wrong with it.
    """
    kind = shape.type_name
    if kind == "structure" and isinstance(value, Mapping):
        members: Mapping[str, Shape] = shape.members  # type: ignore[attr-defined]
        return {
            name: as_input(each, members[name]) if name in members else each
            for name, each in value.items()
        }
    if kind == "list" and isinstance(value, list):
        return [as_input(each, shape.member) for each in value]  # type: ignore[attr-defined]
    if kind == "map" and isinstance(value, Mapping):
        return {key: as_input(each, shape.value) for key, each in value.items()}  # type: ignore[attr-defined]
    if kind in ("integer", "long", "float", "double"):
        return _number(value, whole=kind in ("integer", "long"))
    if kind == "boolean":
        return {"true": True, "false": False}.get(str(value).lower(), value)
    if kind == "string" and isinstance(value, bool | int | float):
        return str(value).lower() if isinstance(value, bool) else str(value)
    return value


def _number(value: Any, *, whole: bool) -> Any:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return value
    try:
        number = float(value)
    except ValueError:
        return value
    if whole:
        return int(number) if number == int(number) else value
    return number


def as_text(document: object) -> str:
    """Return a document, of a policy for instance, as JSON text."""
    return document if isinstance(document, str) else json.dumps(document)


def as_bool(value: object) -> bool:
    """Return whether *value* says true, as a boolean or as text."""
    return str(value).lower() == "true"


def tags_of(properties: Mapping[str, Any]) -> dict[str, str]:
    """Return the property Tags, a list of Key and Value or an object, as a mapping."""
    tags = properties.get("Tags") or {}
    if isinstance(tags, Mapping):
        return {key: str(value) for key, value in tags.items()}
    return {each["Key"]: str(each["Value"]) for each in tags}


def tag_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """Return tags as most APIs take them."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def gone(old: Iterable[str] | None, new: Iterable[str] | None) -> list[str]:
    """Return what is in *old* and no longer in *new*."""
    kept = set(new or ())
    return [each for each in old or () if each not in kept]
