"""
CloudFormation's check of a resource's properties against its provider schema.

The wording is that of public threads, with the path that stands before it there: "extraneous key"
https://github.com/aws-samples/annotate-medical-images-in-dicom-server-and-build-ml-models-on-amazon-sagemaker/issues/6
"required key" https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/1514
"failed validation constraint for keyword"
https://github.com/aws-cloudformation/cloudformation-resource-schema/pull/37
Types, lengths and counts are worded as in the validator that CloudFormation uses
(https://github.com/everit-org/json-schema), unverified with a CloudFormation of today.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from .json_value import is_of_type, type_name, type_names, value_refusals
from .pattern import is_found
from .provider_schema import provider_schema
from .refusal import Path, Refusal


def property_refusals(
    resource_type: str, properties: Mapping[str, Any], region: str
) -> list[Refusal]:
    """
    Return what CloudFormation refuses of a resource's resolved properties.

    Raises:
        HostError: this installation has no provider schemas.
    """
    schema = provider_schema(resource_type, region)
    if schema is None:
        return []
    return [*read_only(schema, properties), *_check(schema, properties, schema, ())]


def read_only(schema: Mapping[str, Any], properties: Mapping[str, Any]) -> Iterator[Refusal]:
    """
    Refuse properties that only CloudFormation sets, such as EndpointArn.

    readOnlyProperties:
    https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-schema.html
    The wording is that of an unknown property, unverified.
    """
    for pointer in schema.get("readOnlyProperties", ()):
        name = pointer.removeprefix("/properties/")
        if name in properties and name not in schema.get("required", ()):
            yield unknown_property(name, ())


def _check(
    schema: Mapping[str, Any], value: Any, root: Mapping[str, Any], path: Path
) -> Iterator[Refusal]:
    schema = _resolved(schema, root)
    allowed = schema.get("type")
    if allowed is not None and not is_of_type(value, allowed):
        yield wrong_type(value, allowed, path)
        return
    for message in value_refusals(schema, value):
        yield _refusal(path, message)
    if isinstance(value, Mapping):
        yield from _check_object(schema, value, root, path)
    elif isinstance(value, list | tuple) and "items" in schema:
        for index, member in enumerate(value):
            yield from _check(schema["items"], member, root, (*path, index))
    yield from _check_combinations(schema, value, root, path)


def _resolved(schema: Mapping[str, Any], root: Mapping[str, Any]) -> Mapping[str, Any]:
    while "$ref" in schema:
        found: Any = root
        for name in schema["$ref"].removeprefix("#/").split("/"):
            found = found[name]
        schema = found
    return schema


def wrong_type(value: object, allowed: str | list[str], path: Path) -> Refusal:
    """
    Refuse a value that is not of the schema's type and cannot be coerced to it.

    CloudFormation takes "5" for a number, 5 for a text and "true" for a boolean:
    seen in templates; no public page was found that lists the coercions, so unverified.
    """
    told = f"expected type: {type_names(allowed)}, found: {type_name(value)}"
    return Refusal(path=path, message=f"{_pointer(path)}: {told}", is_of_shape=True)


def _check_object(
    schema: Mapping[str, Any], value: Mapping[str, Any], root: Mapping[str, Any], path: Path
) -> Iterator[Refusal]:
    yield from missing_properties(schema, value, path)
    known, patterns = schema.get("properties", {}), schema.get("patternProperties", {})
    others = schema.get("additionalProperties", True)
    for name, member in value.items():
        if member is None:
            continue
        found = [known[name]] if name in known else _matching(patterns, name)
        if not found and others is False:
            yield unknown_property(name, path)
        elif not found and isinstance(others, Mapping):
            found = [others]
        for each in found:
            yield from _check(each, member, root, (*path, name))


def missing_properties(
    schema: Mapping[str, Any], value: Mapping[str, Any], path: Path
) -> Iterator[Refusal]:
    """
    Refuse an object without a required property.

    https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/1514
    """
    for name in schema.get("required", ()):
        if value.get(name) is None:
            told = f"{_pointer(path)}: required key [{name}] not found"
            yield Refusal(path=(*path, name), message=told, is_of_shape=True)


def unknown_property(name: str, path: Path) -> Refusal:
    """
    Refuse a property that the schema does not have.

    https://github.com/aws/aws-cdk/issues/28984
    """
    told = f"{_pointer(path)}: extraneous key [{name}] is not permitted"
    return Refusal(path=(*path, name), message=told, is_of_shape=True)


def _matching(patterns: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    return [schema for pattern, schema in patterns.items() if is_found(pattern, name)]


def _check_combinations(
    schema: Mapping[str, Any], value: Any, root: Mapping[str, Any], path: Path
) -> Iterator[Refusal]:
    """Refuse what fits none of anyOf, or not exactly one of oneOf."""
    for part in schema.get("allOf", ()):
        yield from _check(part, value, root, path)
    for keyword in ("anyOf", "oneOf"):
        parts = schema.get(keyword, ())
        if not parts:
            continue
        fitting = sum(not any(_check(part, value, root, path)) for part in parts)
        if not fitting and keyword == "anyOf":
            yield _refusal(path, f"no subschema matched out of the total {len(parts)} subschemas")
        elif fitting != 1 and keyword == "oneOf":
            yield _refusal(path, f"{fitting} subschemas matched instead of one")


def _refusal(path: Path, message: str) -> Refusal:
    return Refusal(path=path, message=f"{_pointer(path)}: {message}")


def _pointer(path: Path) -> str:
    return "/".join(("#", *(str(part) for part in path)))
