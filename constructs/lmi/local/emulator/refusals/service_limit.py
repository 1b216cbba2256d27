"""
Limits of single values in SageMaker's API: lengths, ranges, patterns, choices.

Source: botocore 1.44.5, data/sagemaker/2017-07-24/service-2.json.gz. Words as in
https://github.com/zenml-io/zenml/issues/1502 (length, pattern) and
https://github.com/aws/amazon-sagemaker-examples/issues/2236 (path of a list's member).
"""

import functools
import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from .pattern import is_whole
from .refusal import Path, Refusal, number, text

SHAPES: Final[Mapping[str, Mapping[str, str]]] = {
    "AWS::SageMaker::Model": {
        "Containers": "ContainerDefinitionList",
        "EnableNetworkIsolation": "Boolean",
        "ExecutionRoleArn": "RoleArn",
        "InferenceExecutionConfig": "InferenceExecutionConfig",
        "ModelName": "ModelName",
        "PrimaryContainer": "ContainerDefinition",
        "Tags": "TagList",
        "VpcConfig": "VpcConfig",
    },
    "AWS::SageMaker::EndpointConfig": {
        "AsyncInferenceConfig": "AsyncInferenceConfig",
        "DataCaptureConfig": "DataCaptureConfig",
        "EnableNetworkIsolation": "Boolean",
        "EndpointConfigName": "EndpointConfigName",
        "ExecutionRoleArn": "RoleArn",
        "ExplainerConfig": "ExplainerConfig",
        "KmsKeyId": "KmsKeyId",
        "MetricsConfig": "MetricsConfig",
        "ProductionVariants": "ProductionVariantList",
        "ShadowProductionVariants": "ProductionVariantList",
        "Tags": "TagList",
        "VpcConfig": "VpcConfig",
    },
    "AWS::SageMaker::Endpoint": {
        "DeploymentConfig": "DeploymentConfig",
        "EndpointConfigName": "EndpointConfigName",
        "EndpointName": "EndpointName",
        "ExcludeRetainedVariantProperties": "VariantPropertyList",
        "RetainAllVariantProperties": "Boolean",
        "RetainDeploymentConfig": "Boolean",
        "Tags": "TagList",
    },
}
"""
The API's shape for each property of a type in CloudFormation. Below these, CloudFormation and the
API give members the same names; a test compares them all.
"""


def limit_refusals(resource_type: str, properties: Mapping[str, Any]) -> list[Refusal]:
    """Return which values of a SageMaker resource the API would not take."""
    return [
        refusal
        for name, shape in SHAPES.get(resource_type, {}).items()
        if properties.get(name) is not None
        for refusal in _check(shape, properties[name], (name,))
    ]


@functools.cache
def shapes() -> Mapping[str, Mapping[str, Any]]:
    """Return those shapes of SageMaker's API that are reached from `SHAPES`, by name."""
    from botocore.loaders import create_loader

    known = create_loader().load_service_model("sagemaker", "service-2")["shapes"]
    wanted = {shape for named in SHAPES.values() for shape in named.values()}
    found: dict[str, Mapping[str, Any]] = {}
    while wanted:
        name = wanted.pop()
        found[name] = {key: value for key, value in known[name].items() if key != "documentation"}
        wanted |= {shape for _, shape in _below(found[name])} - found.keys()
    return found


def _below(shape: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, member in shape.get("members", {}).items():
        yield name, member["shape"]
    for part in ("member", "key", "value"):
        if part in shape:
            yield part, shape[part]["shape"]


def _check(shape_name: str, value: Any, path: Path) -> Iterator[Refusal]:
    shape = shapes()[shape_name]
    kind = shape["type"]
    if kind == "map" and isinstance(value, str):
        value = _object_of(value)
    if kind == "structure" and isinstance(value, Mapping):
        yield from _check_structure(shape, value, path)
    elif kind == "list" and isinstance(value, list | tuple):
        yield from _length(shape, None, len(value), path)
        for index, member in enumerate(value):
            yield from _check(shape["member"]["shape"], member, (*path, index))
    elif kind == "map" and isinstance(value, Mapping):
        yield from _length(shape, None, len(value), path)
        yield from _check_entries(shape, value, path)
    elif kind == "string":
        yield from _check_text(shape, text(value), path)
    elif kind in ("integer", "long", "float", "double"):
        yield from _check_number(shape, number(value), path)


def _object_of(value: str) -> object:
    # CloudFormation takes an environment as the text of a JSON object too.
    try:
        return json.loads(value)
    except ValueError:
        return value


def _check_structure(
    shape: Mapping[str, Any], value: Mapping[str, Any], path: Path
) -> Iterator[Refusal]:
    for name in shape.get("required", ()):
        if value.get(name) is None:
            yield _refusal("Value null", (*path, name), "Member must not be null")
    for name, member in shape["members"].items():
        if value.get(name) is not None:
            yield from _check(member["shape"], value[name], (*path, name))


def _check_entries(
    shape: Mapping[str, Any], value: Mapping[str, Any], path: Path
) -> Iterator[Refusal]:
    """Check keys and values of a map. The words name the entry, which AWS's own do not."""
    for part, word, values in (("key", "keys", value.keys()), ("value", "value", value.values())):
        limits = shapes()[shape[part]["shape"]]
        for name, each in zip(value, values, strict=True):
            broken = [
                refusal.message.partition("constraint: ")[2]
                for refusal in _check_text(limits, text(each), path)
            ]
            if broken:
                told = f"Map {word} must satisfy constraint: [{', '.join(broken)}]"
                yield _refusal(f"Entry '{name[:80]}'", path, told)


def _check_text(shape: Mapping[str, Any], value: str | None, path: Path) -> Iterator[Refusal]:
    if value is None:
        return
    yield from _length(shape, value, len(value), path)
    if "pattern" in shape and not is_whole(shape["pattern"], value):
        told = f"Member must satisfy regular expression pattern: {shape['pattern']}"
        yield _refusal(f"Value '{value}'", path, told)
    if "enum" in shape and value not in shape["enum"]:
        told = f"Member must satisfy enum value set: [{', '.join(shape['enum'])}]"
        yield _refusal(f"Value '{value}'", path, told)


def _length(
    shape: Mapping[str, Any], value: str | None, length: int, path: Path
) -> Iterator[Refusal]:
    told = "Value" if value is None else f"Value '{value}'"
    if length > shape.get("max", length):
        limit = f"Member must have length less than or equal to {shape['max']}"
        yield _refusal(told, path, limit)
    if length < shape.get("min", 0):
        limit = f"Member must have length greater than or equal to {shape['min']}"
        yield _refusal(told, path, limit)


def _check_number(shape: Mapping[str, Any], value: float | None, path: Path) -> Iterator[Refusal]:
    if value is None:
        return
    if value > shape.get("max", value):
        limit = f"Member must have value less than or equal to {shape['max']}"
        yield _refusal(f"Value '{value:g}'", path, limit)
    if value < shape.get("min", value):
        limit = f"Member must have value greater than or equal to {shape['min']}"
        yield _refusal(f"Value '{value:g}'", path, limit)


def _refusal(value: str, path: Path, limit: str) -> Refusal:
    names = (
        f"{part + 1}.member" if isinstance(part, int) else part[:1].lower() + part[1:]
        for part in path
    )
    where = ".".join(names)
    return Refusal(path=path, message=f"{value} at '{where}' failed to satisfy constraint: {limit}")
