"""Which changes need a new physical resource, against CloudFormation's provider schemas."""

import pytest
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER  # type: ignore[import-untyped]

from lmi.local.emulator.cloudformation.replacement import CREATE_ONLY, needs_replacement


@pytest.mark.parametrize("resource_type", sorted(CREATE_ONLY))
def test_the_table_is_that_of_the_provider_schema(resource_type: str) -> None:
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", resource_type).schema

    names = {pointer.split("/")[2] for pointer in schema["createOnlyProperties"]}

    assert names == CREATE_ONLY[resource_type]


def test_an_image_of_a_model_needs_another_model() -> None:
    old = {"PrimaryContainer": {"Image": "a"}, "Tags": []}

    assert needs_replacement("AWS::SageMaker::Model", old, {"PrimaryContainer": {"Image": "b"}})
    assert not needs_replacement("AWS::SageMaker::Model", old, {**old, "Tags": [{"Key": "k"}]})


def test_another_configuration_leaves_the_endpoint() -> None:
    old, new = {"EndpointConfigName": "a"}, {"EndpointConfigName": "b"}

    assert not needs_replacement("AWS::SageMaker::Endpoint", old, new)
