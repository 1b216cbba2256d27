"""
Single values against a provider schema, coerced as CloudFormation coerces them.

`#/Name: expected minLength: 1, actual: 0` and the like: the words of everit-org/json-schema.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from .pattern import is_found
from .refusal import number, text

_NAMES: Final[Mapping[str, str]] = {
    "array": "JSONArray",
    "boolean": "Boolean",
    "integer": "Integer",
    "null": "Null",
    "number": "Number",
    "object": "JSONObject",
    "string": "String",
}


def is_of_type(value: object, allowed: str | list[str]) -> bool:
    """Return whether *value* has one of the schema's types, or can be coerced to it."""
    names = (allowed,) if isinstance(allowed, str) else allowed
    return any(_is(value, name) for name in names)


def _is(value: object, name: str) -> bool:
    if name == "object":
        return isinstance(value, Mapping)
    if name == "array":
        return isinstance(value, list | tuple)
    if name == "string":
        return text(value) is not None
    if name == "boolean":
        return str(text(value)).lower() in ("true", "false")
    found = number(value)
    return found is not None and (name == "number" or found.is_integer())


def type_names(allowed: str | list[str]) -> str:
    """Return what the validator calls the types that a schema allows."""
    names = (allowed,) if isinstance(allowed, str) else allowed
    return " or ".join(_NAMES[name] for name in names)


def type_name(value: object) -> str:
    """Return what the validator calls the type of a value."""
    if isinstance(value, Mapping):
        return "JSONObject"
    if isinstance(value, list | tuple):
        return "JSONArray"
    if isinstance(value, bool):
        return "Boolean"
    return "Number" if isinstance(value, int | float) else "String"


def value_refusals(schema: Mapping[str, Any], value: object) -> Iterator[str]:
    """Return what the schema's keywords for single values refuse, without the path."""
    if "enum" in schema and _plain(value) not in [_plain(each) for each in schema["enum"]]:
        yield _keyword("enum")
    if "const" in schema and _plain(value) != _plain(schema["const"]):
        yield _keyword("const")
    yield from _text_refusals(schema, text(value))
    yield from _number_refusals(schema, number(value))
    if isinstance(value, list | tuple):
        yield from _array_refusals(schema, value)


def _keyword(name: str) -> str:
    # The value itself is left out: it might be a secret.
    return f"failed validation constraint for keyword [{name}]"


def _plain(value: object) -> object:
    return text(value) if text(value) is not None else value


def _text_refusals(schema: Mapping[str, Any], value: str | None) -> Iterator[str]:
    if value is None:
        return
    if len(value) > schema.get("maxLength", len(value)):
        yield f"expected maxLength: {schema['maxLength']}, actual: {len(value)}"
    if len(value) < schema.get("minLength", 0):
        yield f"expected minLength: {schema['minLength']}, actual: {len(value)}"
    if "pattern" in schema and not is_found(schema["pattern"], value):
        yield _keyword("pattern")


def _number_refusals(schema: Mapping[str, Any], value: float | None) -> Iterator[str]:
    if value is None:
        return
    if value < schema.get("minimum", value):
        yield _keyword("minimum")
    if value > schema.get("maximum", value):
        yield _keyword("maximum")


def _array_refusals(schema: Mapping[str, Any], value: list[Any] | tuple[Any, ...]) -> Iterator[str]:
    if len(value) > schema.get("maxItems", len(value)):
        yield f"expected maximum item count: {schema['maxItems']}, found: {len(value)}"
    if len(value) < schema.get("minItems", 0):
        yield f"expected minimum item count: {schema['minItems']}, found: {len(value)}"
    if schema.get("uniqueItems") and any(each in value[:at] for at, each in enumerate(value)):
        yield "array items are not unique"
