"""What comes close to a refusal and is none, and what the rules may not stumble over."""

from collections.abc import Iterator
from typing import Any

import pytest

from lmi.local.emulator.refusals import check, check_resource
from tests.unit.emulator.refused_world import (
    CONFIG,
    ENDPOINT,
    MODEL,
    OBJECT,
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

TARBALL = "s3://near-ACCOUNT/path/model.tar.gz"
PREFIX = {"S3Uri": "s3://near-ACCOUNT/path/", "S3DataType": "S3Prefix", "CompressionType": "None"}
PERCENT = {"Type": "CAPACITY_PERCENT", "Value": 50}


@pytest.fixture
def world() -> Iterator[World]:
    with new_world() as made:
        yield made


@pytest.mark.parametrize(
    ("resource_type", "properties", "previous"),
    [
        (MODEL, container(Image=URI, ModelDataUrl=TARBALL), None),
        (MODEL, container(Image=URI), None),
        (MODEL, {"ModelName": "model", **container(Image=URI)}, {"ModelName": "model"}),
        (MODEL, container(Image=URI, ModelDataSource={"S3DataSource": PREFIX}), None),
        (
            MODEL,
            container(Image=URI, ModelDataSource={"S3DataSource": {"S3Uri": TARBALL, **OBJECT}}),
            None,
        ),
        (
            MODEL,
            container(Image=URI, ModelDataUrl="s3://near-ACCOUNT/path", Mode="MultiModel"),
            None,
        ),
        (MODEL, container(Image=URI, ModelDataUrl="https://bucket.s3.amazonaws.com/key"), None),
        (MODEL, container(Image=URI.replace("763104351884", "ACCOUNT")), None),
        (MODEL, container(Image="333333333333.dkr.ecr.us-west-2.amazonaws.com/mine:1"), None),
        (
            MODEL,
            container(Image=URI, Environment={f"K{n:03}": "x" * 323 for n in range(100)}),
            None,
        ),
        (MODEL, {"Containers": [{"Image": URI}, {"Image": URI}]}, None),
        (CONFIG, {"ProductionVariants": [variant(ModelName="model")]}, None),
        (
            CONFIG,
            {
                "ProductionVariants": [variant(InstanceType="ml.p3.2xlarge", VolumeSizeInGB=512)],
                "KmsKeyId": "alias/key",
            },
            None,
        ),
        (
            CONFIG,
            {"ProductionVariants": [variant(ManagedInstanceScaling={"Status": "ENABLED"})]},
            None,
        ),
        (CONFIG, {"ProductionVariants": [variant(), variant(VariantName="b")]}, None),
        (ENDPOINT, update("config"), None),
        (ENDPOINT, {**update("config"), "EndpointName": "endpoint"}, {"EndpointName": "endpoint"}),
        (ENDPOINT, update("renamed"), SERVED),
        # Of the two variants it removes the one that is no scalable target.
        (ENDPOINT, update("renamed"), {"EndpointConfigName": "two"}),
        (ENDPOINT, update("async"), {"EndpointConfigName": "async"}),
        (ENDPOINT, update("async"), None),
        (ENDPOINT, update("config", RollingUpdatePolicy=rolling(5)), SERVED),
        (ENDPOINT, update("config", RollingUpdatePolicy=rolling(2, "INSTANCE_COUNT")), SERVED),
        (
            ENDPOINT,
            update("two", BlueGreenUpdatePolicy=traffic(Type="CANARY", CanarySize=PERCENT)),
            {"EndpointConfigName": "two"},
        ),
    ],
)
def test_near_misses_pass(
    resource_type: str, properties: dict[str, Any], previous: dict[str, Any] | None, world: World
) -> None:
    assert world.reasons(resource_type, properties, previous) == []


@pytest.mark.parametrize(
    ("resource_type", "properties", "previous", "reason"),
    [
        (
            ENDPOINT,
            update("async"),
            SERVED,
            "AsyncInferenceConfig parameter cannot be added to this endpoint endpoint.",
        ),
        (
            ENDPOINT,
            update("config", RollingUpdatePolicy=rolling(3, "INSTANCE_COUNT")),
            SERVED,
            "got 3 of 4 instances",
        ),
        (
            ENDPOINT,
            update(
                "config",
                BlueGreenUpdatePolicy=traffic(
                    Type="CANARY", CanarySize={"Type": "INSTANCE_COUNT", "Value": 3}
                ),
            ),
            SERVED,
            "CanarySize must be between 0 and 50 percent of the variant's instances, got 3 of 4",
        ),
        (
            ENDPOINT,
            {**update("renamed"), "RetainDeploymentConfig": "true"},
            update("config", BlueGreenUpdatePolicy=traffic(Type="ALL_AT_ONCE")),
            "the same variant names",
        ),
        (
            CONFIG,
            {"ProductionVariants": [variant()], "ShadowProductionVariants": [variant()]},
            None,
            'The variant name "a" is given 2 times',
        ),
        (
            MODEL,
            container(Image=URI, ModelDataUrl="s3://nobody-has-this/path/model.tar.gz"),
            None,
            "Could not find model data at s3://nobody-has-this/path/model.tar.gz.",
        ),
        (
            MODEL,
            container(
                Image=URI,
                ModelDataSource={"S3DataSource": {**PREFIX, "S3Uri": "s3://near-ACCOUNT/no/"}},
            ),
            None,
            "Could not find model data at s3://near-ACCOUNT/no/.",
        ),
        (
            CONFIG,
            {"ProductionVariants": [variant(InferenceAmiVersion="latest")]},
            None,
            "1 validation error detected: Value 'latest' at "
            "'productionVariants.1.member.inferenceAmiVersion' failed to satisfy constraint: "
            "Member must satisfy enum value set: [",
        ),
    ],
)
def test_fails_on_the_other_side_of_a_rule(
    resource_type: str,
    properties: dict[str, Any],
    previous: dict[str, Any] | None,
    reason: str,
    world: World,
) -> None:
    (told,) = world.reasons(resource_type, properties, previous)

    assert reason in told


def test_fails_on_deleted_model_data_of_a_versioned_bucket(world: World) -> None:
    from moto.s3.models import s3_backends

    s3, bucket = s3_backends[world.account]["aws"], f"near-{world.account}"
    s3.put_bucket_versioning(bucket, "Enabled")
    s3.delete_object(bucket, "path/model.tar.gz")

    assert world.reasons(MODEL, container(Image=URI, ModelDataUrl=TARBALL)) == [
        f"Could not find model data at {TARBALL}."
    ]


def test_fails_with_every_reason_once(world: World) -> None:
    reasons = world.reasons(
        CONFIG,
        {
            "EndpointConfigName": "config",
            "ProductionVariant": [],
            "ProductionVariants": [
                variant(VolumeSizeInGB=600, InitialInstanceCount="few", VariantName="a_b"),
                variant(ModelName="nowhere", ModelDataDownloadTimeoutInSeconds=59),
            ],
        },
    )

    assert [reason[:48] for reason in reasons] == [
        "#: extraneous key [ProductionVariant] is not per",
        "#/ProductionVariants/0/InitialInstanceCount: exp",
        "3 validation errors detected: Value 'a_b' at 'pr",
        "Cannot create already existing endpoint configur",
        'Could not find model "arn:aws:sagemaker:us-west-',
        "VolumeSize parameter is not allowed for the sele",
    ]


SCRAP: list[Any] = [
    None,
    "x",
    5,
    True,
    [],
    {},
    ["x"],
    [None],
    [[]],
    {"x": 1},
    [{"x": {}}],
    "{",
    "[]",
]


@pytest.mark.parametrize("resource_type", check.RULES)
@pytest.mark.parametrize("scrap", SCRAP, ids=repr)
def test_fails_without_stumbling_over_values_of_any_shape(
    resource_type: str, scrap: Any, world: World
) -> None:
    names = (
        *("PrimaryContainer", "Containers", "ProductionVariants", "ShadowProductionVariants"),
        *("ModelName", "EndpointName", "EndpointConfigName", "KmsKeyId", "DeploymentConfig"),
    )
    world.reasons(resource_type, dict.fromkeys(names, scrap), dict.fromkeys(names, scrap))
    for name in ("Image", "Environment", "ModelDataUrl", "ModelDataSource", "Mode"):
        world.reasons(MODEL, container(**{name: scrap}))
    for name in ("VariantName", "InstanceType", "VolumeSizeInGB", "ModelName"):
        world.reasons(CONFIG, {"ProductionVariants": [variant(**{name: scrap})]})
    for name in ("RollingUpdatePolicy", "BlueGreenUpdatePolicy"):
        world.reasons(ENDPOINT, update("config", **{name: scrap}), SERVED)


def test_nothing_is_refused_of_types_without_schema_or_rules() -> None:
    reasons = check_resource(
        "Custom::Any", {"any": 1}, previous=None, account="111111111111", region="us-west-2"
    )

    assert reasons == ()
