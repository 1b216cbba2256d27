"""Which changes need a new physical resource, by CloudFormation's provider schemas."""

import pytest
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER  # type: ignore[import-untyped]

from lmi.local.emulator.cloudformation.replacement import (
    custom_name,
    needs_replacement,
    requires_recreation,
)
from lmi.local.emulator.cloudformation.schemas import schema

TYPES = [
    "AWS::ApplicationAutoScaling::ScalableTarget",
    "AWS::CloudWatch::Alarm",
    "AWS::ECR::Repository",
    "AWS::IAM::Role",
    "AWS::KMS::Key",
    "AWS::SageMaker::Endpoint",
    "AWS::SageMaker::EndpointConfig",
    "AWS::SageMaker::Model",
]


@pytest.mark.parametrize("resource_type", TYPES)
def test_create_only_properties_are_those_of_the_provider_schema(resource_type: str) -> None:
    found = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", resource_type).schema

    pointers = {"/".join(("", "properties", *each)) for each in schema(resource_type).create_only}

    assert pointers == set(found.get("createOnlyProperties", []))


def test_a_type_without_a_schema_is_changed_in_place() -> None:
    assert not needs_replacement("Custom::Any", {"A": 1}, {"A": 2})


def test_an_image_of_a_model_needs_another_model() -> None:
    old = {"PrimaryContainer": {"Image": "a"}, "Tags": []}

    assert needs_replacement("AWS::SageMaker::Model", old, {"PrimaryContainer": {"Image": "b"}})
    assert not needs_replacement("AWS::SageMaker::Model", old, {**old, "Tags": [{"Key": "k"}]})


def test_another_configuration_leaves_the_endpoint() -> None:
    old, new = {"EndpointConfigName": "a"}, {"EndpointConfigName": "b"}

    assert not needs_replacement("AWS::SageMaker::Endpoint", old, new)


def test_a_create_only_property_may_lie_inside_another() -> None:
    kind = "AWS::DynamoDB::Table"
    inside = {"ImportSourceSpecification": {"InputFormat": "CSV"}}

    assert schema(kind).create_only
    assert needs_replacement(kind, {}, inside)


def test_some_properties_are_create_only_under_conditions() -> None:
    found = requires_recreation("AWS::SNS::Subscription", "Region", {}, {"Region": "us-west-2"})

    assert found == "Conditionally"


def test_a_name_that_is_given_and_stays_stands_against_a_replacement() -> None:
    kind = "AWS::SageMaker::Model"

    assert custom_name(kind, {"ModelName": "a"}, {"ModelName": "a"}) == "a"
    assert custom_name(kind, {"ModelName": "a"}, {"ModelName": "b"}) is None
    assert custom_name(kind, {}, {}) is None
