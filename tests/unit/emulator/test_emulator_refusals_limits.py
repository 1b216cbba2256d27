"""Limits of SageMaker's API, found by a translation of CloudFormation's names."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from lmi.local.emulator.refusals.provider_schema import provider_schema
from lmi.local.emulator.refusals.service_limit import SHAPES, limit_refusals, shapes

MODEL = "AWS::SageMaker::Model"
CONFIG = "AWS::SageMaker::EndpointConfig"
ENDPOINT = "AWS::SageMaker::Endpoint"


def variants(**variant: Any) -> dict[str, Any]:
    return {"ProductionVariants": [{"VariantName": "a", **variant}]}


def container(**container: Any) -> dict[str, Any]:
    return {"PrimaryContainer": container}


@pytest.mark.parametrize(
    ("resource_type", "properties"),
    [
        (MODEL, {"ModelName": "a" * 63}),
        (MODEL, container(Environment={f"KEY_{n}": "" for n in range(100)})),
        (MODEL, container(Environment='{"KEY": "value"}')),
        (MODEL, container(Environment={"KEY": "x" * 1024, "K" * 1024: 5, "FLAG": True})),
        (MODEL, container(Image="i" * 255)),
        (CONFIG, variants(VolumeSizeInGB="512", InitialVariantWeight=0)),
        (CONFIG, variants(ContainerStartupHealthCheckTimeoutInSeconds=3600)),
        (CONFIG, variants(InferenceAmiVersion="al2-ami-sagemaker-inference-gpu-2")),
        (CONFIG, {"ProductionVariants": [{"VariantName": f"v{n}"} for n in range(10)]}),
        (ENDPOINT, {"EndpointName": "e-1", "EndpointConfigName": "c"}),
        ("AWS::IAM::Role", {"RoleName": "x" * 1000}),
    ],
)
def test_values_at_their_limits_pass(resource_type: str, properties: dict[str, Any]) -> None:
    assert limit_refusals(resource_type, properties) == []


@pytest.mark.parametrize(
    ("resource_type", "properties", "reason"),
    [
        (
            MODEL,
            {"ModelName": "a" * 64},
            f"Value '{'a' * 64}' at 'modelName' failed to satisfy constraint: "
            "Member must have length less than or equal to 63",
        ),
        (
            MODEL,
            {"ModelName": "my_model"},
            "Value 'my_model' at 'modelName' failed to satisfy constraint: Member must satisfy "
            r"regular expression pattern: [a-zA-Z0-9]([\-a-zA-Z0-9]*[a-zA-Z0-9])?",
        ),
        (
            MODEL,
            {"ModelName": "name\n"},
            r"regular expression pattern: [a-zA-Z0-9]([\-a-zA-Z0-9]*[a-zA-Z0-9])?",
        ),
        (
            MODEL,
            {"ExecutionRoleArn": "role"},
            "Member must have length greater than or equal to 20",
        ),
        (MODEL, container(Image="i" * 256), "at 'primaryContainer.image'"),
        (MODEL, {"Containers": [{}] * 16}, "at 'containers'"),
        (
            MODEL,
            container(Environment={f"K{n}": "" for n in range(101)}),
            "Value at 'primaryContainer.environment' failed to satisfy constraint: "
            "Member must have length less than or equal to 100",
        ),
        (
            MODEL,
            container(Environment={"A-B": ""}),
            "Entry 'A-B' at 'primaryContainer.environment' failed to satisfy constraint: Map keys "
            "must satisfy constraint: [Member must satisfy regular expression pattern: "
            "[a-zA-Z_][a-zA-Z0-9_]*]",
        ),
        (
            MODEL,
            container(Environment={"A": "x" * 1025}),
            "Map value must satisfy constraint: [Member must have length less than or equal to ",
        ),
        (
            MODEL,
            container(Environment='{"A-B": 1}'),
            "Entry 'A-B' at 'primaryContainer.environment'",
        ),
        (
            CONFIG,
            {"EndpointConfigName": "-config"},
            "Value '-config' at 'endpointConfigName' failed to satisfy constraint: Member must "
            "satisfy regular expression pattern: [a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}",
        ),
        (
            CONFIG,
            {"ProductionVariants": [{"VariantName": f"v{n}"} for n in range(11)]},
            "Value at 'productionVariants' failed to satisfy constraint: "
            "Member must have length less than or equal to 10",
        ),
        (
            CONFIG,
            variants(VolumeSizeInGB=513),
            "Value '513' at 'productionVariants.1.member.volumeSizeInGB' failed to satisfy "
            "constraint: Member must have value less than or equal to 512",
        ),
        (
            CONFIG,
            variants(ModelDataDownloadTimeoutInSeconds="59"),
            "Value '59' at 'productionVariants.1.member.modelDataDownloadTimeoutInSeconds' failed "
            "to satisfy constraint: Member must have value greater than or equal to 60",
        ),
        (CONFIG, variants(InitialInstanceCount=0), "greater than or equal to 1"),
        (CONFIG, variants(InitialVariantWeight=-0.1), "greater than or equal to 0"),
        (
            CONFIG,
            variants(InferenceAmiVersion="al2-ami-sagemaker-inference-gpu-9"),
            "Member must satisfy enum value set: [al2-ami-sagemaker-inference-gpu-2, ",
        ),
        (CONFIG, variants(InstanceType="ml.g5.13xlarge"), "ml.g5.12xlarge"),
        (CONFIG, variants(VariantName="my_variant"), "productionVariants.1.member.variantName"),
        (
            CONFIG,
            {"ShadowProductionVariants": [{"VariantName": "a_b"}]},
            "shadowProductionVariants",
        ),
        (ENDPOINT, {"EndpointName": "e" * 64}, "at 'endpointName'"),
        (
            ENDPOINT,
            {"DeploymentConfig": {"RollingUpdatePolicy": {"WaitIntervalInSeconds": 3601}}},
            "Value '3601' at 'deploymentConfig.rollingUpdatePolicy.waitIntervalInSeconds'",
        ),
        (
            ENDPOINT,
            {"DeploymentConfig": {"RollingUpdatePolicy": {"WaitIntervalInSeconds": 1}}},
            "Value null at 'deploymentConfig.rollingUpdatePolicy.maximumBatchSize' failed to "
            "satisfy constraint: Member must not be null",
        ),
        (
            ENDPOINT,
            {"ExcludeRetainedVariantProperties": [{"VariantPropertyType": "Weight"}]},
            "DesiredInstanceCount",
        ),
    ],
)
def test_fails_beyond_a_limit(resource_type: str, properties: dict[str, Any], reason: str) -> None:
    assert any(reason in refusal.message for refusal in limit_refusals(resource_type, properties))


NOT_IN_THE_API = {
    (ENDPOINT, "EndpointArn"),
    (CONFIG, "EndpointConfigArn"),
    (MODEL, "ModelArn"),
}
"""What CloudFormation has and the API's input has not."""


def unknown_names(
    schema: Mapping[str, Any], root: Mapping[str, Any], shape_name: str, path: str
) -> Iterator[str]:
    """Return the paths of a provider schema for which the API's shape has no member."""
    while "$ref" in schema:
        schema = root["definitions"][schema["$ref"].rpartition("/")[2]]
    shape = shapes()[shape_name]
    if shape["type"] == "list":
        yield from unknown_names(schema["items"], root, shape["member"]["shape"], path)
    for name, member in schema.get("properties", {}).items():
        if name not in shape.get("members", {}):
            yield f"{path}.{name}"
        else:
            below = shape["members"][name]["shape"]
            yield from unknown_names(member, root, below, f"{path}.{name}")


@pytest.mark.parametrize("resource_type", SHAPES)
def test_every_name_of_cloudformation_is_translated(resource_type: str) -> None:
    schema = provider_schema(resource_type, "us-west-2")
    assert schema is not None
    translated = SHAPES[resource_type]

    assert {
        name for name in schema["properties"] if (resource_type, name) not in NOT_IN_THE_API
    } <= translated.keys()
    unknown = [
        path
        for name, shape in translated.items()
        for path in unknown_names(schema["properties"][name], schema, shape, name)
    ]
    assert unknown == []


@pytest.mark.parametrize(
    ("resource_type", "operation"),
    [(MODEL, "CreateModel"), (CONFIG, "CreateEndpointConfig"), (ENDPOINT, "UpdateEndpoint")],
)
def test_the_translation_names_the_shapes_of_the_operation(
    resource_type: str, operation: str
) -> None:
    import botocore.session

    model = botocore.session.get_session().get_service_model("sagemaker")
    members = model.operation_model(operation).input_shape.members  # type: ignore[union-attr]

    assert {name: shape for name, shape in SHAPES[resource_type].items() if name in members} == {
        name: members[name].name for name in SHAPES[resource_type] if name in members
    }
