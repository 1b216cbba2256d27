"""
What SageMaker refuses of a whole resource.

Each rule has a case that is refused with it and accepted without it.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from lmi.local.emulator.refusals import (
    check,
    endpoint,
    endpoint_config,
    image,
    model,
    model_data,
    name_in_use,
    rollout,
)
from tests.unit.emulator.refused_world import (
    CONFIG,
    ENDPOINT,
    MODEL,
    OBJECT,
    REGION,
    SERVED,
    URI,
    World,
    container,
    new_world,
    rolling,
    traffic,
    update,
    variant,
)

ARN = f"arn:aws:sagemaker:{REGION}:ACCOUNT"
FOREIGN = URI.replace(REGION, "us-east-1")


@pytest.fixture
def world() -> Iterator[World]:
    with new_world() as made:
        yield made


REFUSED: list[tuple[check.Rule, str, dict[str, Any], dict[str, Any] | None, str]] = [
    (
        name_in_use.model,
        MODEL,
        {"ModelName": "model"},
        None,
        f'Cannot create already existing model "{ARN}:model/model".',
    ),
    (
        name_in_use.endpoint_config,
        CONFIG,
        {"EndpointConfigName": "config", "ProductionVariants": [variant()]},
        {"EndpointConfigName": "before"},
        f'Cannot create already existing endpoint configuration "{ARN}:endpoint-config/config".',
    ),
    (
        name_in_use.endpoint,
        ENDPOINT,
        {"EndpointName": "endpoint", "EndpointConfigName": "config"},
        None,
        f'Cannot create already existing endpoint "{ARN}:endpoint/endpoint".',
    ),
    (
        image.of_another_region,
        MODEL,
        container(Image=FOREIGN),
        None,
        f'Region of "{FOREIGN}" does not match expected region of us-west-2. '
        "Cross region ECR image pulls are not allowed.",
    ),
    (
        image.of_another_account,
        MODEL,
        container(Image=URI.replace("763104351884", "626614931356")),
        None,
        "belongs to account 763104351884, not to 626614931356",
    ),
    (
        model.container_and_containers,
        MODEL,
        {**container(Image=URI), "Containers": [{"Image": URI}]},
        None,
        "Both PrimaryContainer and Containers are given",
    ),
    (
        model.model_data_twice,
        MODEL,
        container(
            Image=URI,
            ModelDataUrl="s3://near-ACCOUNT/path/model.tar.gz",
            ModelDataSource={
                "S3DataSource": {"S3Uri": "s3://near-ACCOUNT/path/model.tar.gz", **OBJECT}
            },
        ),
        None,
        "Both ModelDataUrl and ModelDataSource are given",
    ),
    (
        model.large_environment,
        MODEL,
        {
            "Containers": [
                {"Image": URI, "Environment": {f"KEY_{n}": "x" * 1024 for n in range(16)}},
                {"Image": URI, "Environment": {f"KEY_{n}": "x" * 1024 for n in range(16)}},
            ]
        },
        None,
        "may have 32768 bytes together, got 32940",
    ),
    (
        model_data.prefix_without_slash,
        MODEL,
        container(
            Image=URI,
            ModelDataSource={
                "S3DataSource": {
                    "S3Uri": "s3://near-ACCOUNT/path",
                    "S3DataType": "S3Prefix",
                    "CompressionType": "None",
                }
            },
        ),
        None,
        "must end with a forward slash: s3://near-ACCOUNT/path",
    ),
    (
        model_data.of_another_region,
        MODEL,
        container(Image=URI, ModelDataUrl="s3://far-ACCOUNT/path/model.tar.gz"),
        None,
        "must be in a bucket of us-west-2, the region of the model; far-ACCOUNT is in eu-west-1",
    ),
    (
        model_data.missing,
        MODEL,
        container(Image=URI, ModelDataUrl="s3://near-ACCOUNT/other.tar.gz"),
        None,
        "Could not find model data at s3://near-ACCOUNT/other.tar.gz.",
    ),
    (
        endpoint_config.duplicate_variants,
        CONFIG,
        {"ProductionVariants": [variant(), variant()]},
        None,
        'The variant name "a" is given 2 times',
    ),
    (
        endpoint_config.missing_model,
        CONFIG,
        {"ProductionVariants": [variant(ModelName="nowhere")]},
        None,
        f'Could not find model "{ARN}:model/nowhere".',
    ),
    (
        endpoint_config.volume_on_local_storage,
        CONFIG,
        {"ProductionVariants": [variant(VolumeSizeInGB="64")]},
        None,
        "VolumeSize parameter is not allowed for the selected Instance type ml.g5.xlarge",
    ),
    (
        endpoint_config.key_on_local_storage,
        CONFIG,
        {"ProductionVariants": [variant()], "KmsKeyId": "alias/key"},
        None,
        "You can't request a KmsKeyId when using an instance type with local storage: ml.g5.xlarge",
    ),
    (
        endpoint_config.scaling_with_named_model,
        CONFIG,
        {
            "ProductionVariants": [
                variant(ModelName="model", ManagedInstanceScaling={"Status": "ENABLED"})
            ]
        },
        None,
        "ManagedInstanceScaling is only supported for inference component endpoints.",
    ),
    (
        endpoint.missing_config,
        ENDPOINT,
        update("nowhere"),
        SERVED,
        f'Could not find endpoint configuration "{ARN}:endpoint-config/nowhere".',
    ),
    (
        endpoint.changed_async,
        ENDPOINT,
        update("config"),
        {"EndpointConfigName": "async"},
        "The AsyncInferenceConfig parameter cannot be removed from this endpoint later.",
    ),
    (
        endpoint.scaled_variants,
        ENDPOINT,
        update("config"),
        {"EndpointConfigName": "two"},
        "Variants of endpoint scaled that are scalable targets must be deregistered",
    ),
    (
        rollout.renamed_variants,
        ENDPOINT,
        update("renamed", RollingUpdatePolicy=rolling()),
        SERVED,
        "as in the old one: a; got b",
    ),
    (
        rollout.several_rolling_variants,
        ENDPOINT,
        update("two", RollingUpdatePolicy=rolling()),
        {"EndpointConfigName": "two"},
        "RollingUpdatePolicy is not supported for an endpoint with several variants: a, b",
    ),
    (
        rollout.batch_size,
        ENDPOINT,
        update("config", RollingUpdatePolicy=rolling("51")),
        None,
        "MaximumBatchSize must be between 5 and 50 percent of the variant's instances, "
        "got 51 percent",
    ),
    (
        rollout.step_size,
        ENDPOINT,
        update(
            "config",
            BlueGreenUpdatePolicy=traffic(
                Type="LINEAR", LinearStepSize={"Type": "CAPACITY_PERCENT", "Value": 9}
            ),
        ),
        SERVED,
        "LinearStepSize must be between 10 and 50 percent",
    ),
]


@pytest.mark.parametrize(
    "case", REFUSED, ids=lambda case: f"{case[0].__module__.rpartition('.')[2]}.{case[0].__name__}"
)
def test_fails_with_the_rule_and_only_with_it(
    case: tuple[check.Rule, str, dict[str, Any], dict[str, Any] | None, str],
    world: World,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rule, resource_type, properties, previous, reason = case
    (told,) = world.reasons(resource_type, properties, previous)
    assert reason in told

    others = tuple(each for each in check.RULES[resource_type] if each is not rule)
    monkeypatch.setattr(check, "RULES", {**check.RULES, resource_type: others})

    assert world.reasons(resource_type, properties, previous) == []


def test_every_rule_has_a_case() -> None:
    rules = {rule for rules in check.RULES.values() for rule in rules}

    assert {case[0] for case in REFUSED} == rules
