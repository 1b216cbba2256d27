"""CloudFormation's check of properties against its provider schemas."""

import importlib.util
from typing import Any

import pytest

from lmi.errors import HostError
from lmi.local.emulator.refusals import check_resource, property_check, provider_schema
from lmi.local.emulator.refusals.property_check import property_refusals

ROLE = {"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": []}}
POLICY = {"PolicyName": "p", "PolicyDocument": {"Statement": []}, "Roles": ["r"]}
PARAMETER = {"Type": "String", "Value": "v"}
TARGET = {
    "ResourceId": "endpoint/e/variant/v",
    "ServiceNamespace": "sagemaker",
    "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
    "MinCapacity": 1,
    "MaxCapacity": 2,
}
MODEL = "AWS::SageMaker::Model"
CONFIG = "AWS::SageMaker::EndpointConfig"


def found(resource_type: str, properties: dict[str, Any], region: str = "us-west-2") -> list[str]:
    return [each.message for each in property_refusals(resource_type, properties, region)]


@pytest.mark.parametrize(
    ("resource_type", "properties"),
    [
        ("AWS::IAM::Role", ROLE),
        ("AWS::IAM::Role", {**ROLE, "MaxSessionDuration": "3600"}),
        ("AWS::IAM::Role", {**ROLE, "AssumeRolePolicyDocument": '{"Statement": []}'}),
        ("AWS::IAM::Policy", POLICY),
        ("AWS::S3::Bucket", {}),
        ("AWS::S3::Bucket", {"VersioningConfiguration": {"Status": "Enabled"}}),
        ("AWS::S3::Bucket", {"Tags": [{"Key": "Größe", "Value": "5 m²"}]}),
        ("AWS::SSM::Parameter", {**PARAMETER, "Value": 6}),
        ("AWS::SSM::Parameter", {**PARAMETER, "Tags": {"any": "map"}}),
        ("AWS::KMS::Key", {"KeyPolicy": {}, "EnableKeyRotation": "true"}),
        ("AWS::KMS::Key", {"KeyPolicy": {}, "EnableKeyRotation": True}),
        ("AWS::ApplicationAutoScaling::ScalableTarget", TARGET),
        ("AWS::ApplicationAutoScaling::ScalableTarget", {**TARGET, "MaxCapacity": "3"}),
        (MODEL, {"EnableNetworkIsolation": "false", "ModelName": None}),
        (CONFIG, {"ProductionVariants": [{"VariantName": "a", "InitialVariantWeight": "0.5"}]}),
        ("AWS::CDK::Metadata", {"Analytics": "v2:deflate64:H4s"}),
        ("Custom::Anything", {"any": ["thing"]}),
    ],
)
def test_good_properties_pass(resource_type: str, properties: dict[str, Any]) -> None:
    assert found(resource_type, properties) == []


@pytest.mark.parametrize(
    ("resource_type", "properties", "reason"),
    [
        (
            "AWS::IAM::Role",
            {**ROLE, "Rolename": "x"},
            "#: extraneous key [Rolename] is not permitted",
        ),
        (
            MODEL,
            {"PrimaryContainer": {"image": "x"}},
            "#/PrimaryContainer: extraneous key [image] is not permitted",
        ),
        (
            CONFIG,
            {"ProductionVariants": [{"VariantName": "a"}, {"VariantName": "b", "Count": 1}]},
            "#/ProductionVariants/1: extraneous key [Count] is not permitted",
        ),
        (
            "AWS::SageMaker::Endpoint",
            {"EndpointConfigName": "c", "EndpointArn": "arn"},
            "#: extraneous key [EndpointArn] is not permitted",
        ),
        ("AWS::IAM::Role", {}, "#: required key [AssumeRolePolicyDocument] not found"),
        (
            "AWS::SageMaker::Endpoint",
            {"EndpointConfigName": None},
            "#: required key [EndpointConfigName] not found",
        ),
        (
            MODEL,
            {"PrimaryContainer": {"ModelDataSource": {"S3DataSource": {"S3Uri": "s3://b/k"}}}},
            "#/PrimaryContainer/ModelDataSource/S3DataSource: required key [S3DataType] not found",
        ),
        (
            "AWS::IAM::Policy",
            {**POLICY, "Roles": "r"},
            "#/Roles: expected type: JSONArray, found: String",
        ),
        (
            "AWS::IAM::Policy",
            {**POLICY, "PolicyName": ["p"]},
            "#/PolicyName: expected type: String, found: JSONArray",
        ),
        (
            "AWS::IAM::Policy",
            {**POLICY, "PolicyDocument": ["x"]},
            "#/PolicyDocument: expected type: JSONObject or String, found: JSONArray",
        ),
        (
            MODEL,
            {"EnableNetworkIsolation": "yes"},
            "#/EnableNetworkIsolation: expected type: Boolean, found: String",
        ),
        (
            MODEL,
            {"PrimaryContainer": ["x"]},
            "#/PrimaryContainer: expected type: JSONObject, found: JSONArray",
        ),
        (
            "AWS::ApplicationAutoScaling::ScalableTarget",
            {**TARGET, "MinCapacity": "few"},
            "#/MinCapacity: expected type: Integer, found: String",
        ),
        (
            "AWS::ApplicationAutoScaling::ScalableTarget",
            {**TARGET, "MinCapacity": 1.5},
            "#/MinCapacity: expected type: Integer, found: Number",
        ),
        (
            "AWS::ApplicationAutoScaling::ScalableTarget",
            {**TARGET, "MinCapacity": True},
            "#/MinCapacity: expected type: Integer, found: Boolean",
        ),
        (
            "AWS::S3::Bucket",
            {"VersioningConfiguration": {"Status": "On"}},
            "#/VersioningConfiguration/Status: failed validation constraint for keyword [enum]",
        ),
        (
            "AWS::IAM::Role",
            {**ROLE, "Description": "snow \u2603"},
            "#/Description: failed validation constraint for keyword [pattern]",
        ),
        (
            "AWS::IAM::Role",
            {**ROLE, "MaxSessionDuration": 3599},
            "#/MaxSessionDuration: failed validation constraint for keyword [minimum]",
        ),
        (
            "AWS::IAM::Role",
            {**ROLE, "MaxSessionDuration": "43201"},
            "#/MaxSessionDuration: failed validation constraint for keyword [maximum]",
        ),
        (
            "AWS::IAM::Role",
            {**ROLE, "Description": "x" * 1001},
            "#/Description: expected maxLength: 1000, actual: 1001",
        ),
        (
            "AWS::IAM::Policy",
            {**POLICY, "PolicyName": ""},
            "#/PolicyName: expected minLength: 1, actual: 0",
        ),
        (
            "AWS::SageMaker::Endpoint",
            {"EndpointConfigName": "c", "Tags": [{"Key": f"k{n}", "Value": ""} for n in range(51)]},
            "#/Tags: expected maximum item count: 50, found: 51",
        ),
        (
            MODEL,
            {"VpcConfig": {"Subnets": [], "SecurityGroupIds": ["sg-1"]}},
            "#/VpcConfig/Subnets: expected minimum item count: 1, found: 0",
        ),
        (
            "AWS::IAM::Role",
            {**ROLE, "ManagedPolicyArns": ["arn:aws:iam::aws:policy/A"] * 2},
            "#/ManagedPolicyArns: array items are not unique",
        ),
        (
            "AWS::IAM::Policy",
            {"PolicyName": "p", "PolicyDocument": {}},
            "#: no subschema matched out of the total 3 subschemas",
        ),
    ],
)
def test_fails_on_bad_properties(
    resource_type: str, properties: dict[str, Any], reason: str
) -> None:
    assert reason in found(resource_type, properties)


def test_fails_on_everything_at_once() -> None:
    reasons = check_resource(
        "AWS::IAM::Role",
        {"Rolename": "x", "Path": 1, "MaxSessionDuration": 5, "Tags": {"a": "b"}},
        previous=None,
        account="111111111111",
        region="us-west-2",
    )

    assert {reason.partition(":")[0] for reason in reasons} == {
        "#",
        "#/MaxSessionDuration",
        "#/Path",
        "#/Tags",
    }
    assert len(reasons) == 5


def test_a_value_that_might_be_a_secret_is_not_told() -> None:
    reasons = found("AWS::IAM::Role", {**ROLE, "Description": "geheim\u2603"})

    assert reasons
    assert not any("geheim" in reason for reason in reasons)


def test_a_region_without_a_list_of_its_own_takes_another_ones() -> None:
    assert found("AWS::IAM::Role", {}, region="xx-nowhere-1") == found("AWS::IAM::Role", {})


def test_a_type_that_a_region_lacks_is_still_checked() -> None:
    missing = "AWS::SageMaker::InferenceComponent"
    assert provider_schema.provider_schema(missing, "eu-west-3") is not None


def test_fails_where_the_schemas_are_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)

    with pytest.raises(HostError, match="pip install 'cfn-lint"):
        provider_schema._folder.__wrapped__()


@pytest.mark.parametrize(
    ("schema", "value", "reasons"),
    [
        ({"const": 5}, "5", []),
        ({"const": 5}, "6", ["#/A: failed validation constraint for keyword [const]"]),
        ({"oneOf": [{"minimum": 1}, {"maximum": -1}]}, 1, []),
        (
            {"oneOf": [{"minimum": 1}, {"maximum": 9}]},
            5,
            ["#/A: 2 subschemas matched instead of one"],
        ),
        ({"allOf": [{"type": "array"}]}, "x", ["#/A: expected type: JSONArray, found: String"]),
        ({"type": "string", "pattern": r"\p{Greek}"}, "beyond Python's dialect", []),
    ],
)
def test_keywords_that_few_schemas_have(
    schema: dict[str, Any], value: Any, reasons: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        property_check, "provider_schema", lambda *names: {"properties": {"A": schema}}
    )

    assert found("AWS::Any::Type", {"A": value}) == reasons
