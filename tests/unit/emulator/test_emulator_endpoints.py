"""SageMaker's endpoints through its own API, and what of them the host is asked for."""

import time
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from tests.unit.emulator.conftest import Aws


def make_config(aws: "Aws", *, model: dict[str, Any] | None = None, **variant: Any) -> str:
    """Create a model and a configuration of one name, and return it."""
    name, sagemaker = aws.unique("config"), aws.client("sagemaker")
    container = {"Image": "image", "ModelDataUrl": "s3://bucket/key/model.tar.gz"}
    sagemaker.create_model(ModelName=name, **(model or {"PrimaryContainer": container}))
    sagemaker.create_endpoint_config(
        EndpointConfigName=name,
        ProductionVariants=[
            {
                "VariantName": "AllTraffic",
                "ModelName": name,
                "InitialInstanceCount": 1,
                "InstanceType": "ml.g5.xlarge",
                **variant,
            }
        ],
    )
    return name


def with_environment(**environment: str) -> dict[str, Any]:
    data = "s3://bucket/model.tar.gz"
    container = {"Image": "image", "ModelDataUrl": data, "Environment": environment}
    return {"PrimaryContainer": container}


def settled(aws: "Aws", name: str) -> dict[str, Any]:
    ends = time.monotonic() + 10
    while time.monotonic() < ends:
        found: dict[str, Any] = aws.client("sagemaker").describe_endpoint(EndpointName=name)
        if found["EndpointStatus"] != "Creating":
            return found
        time.sleep(0.01)
    raise AssertionError(f"{name} is still Creating")


def test_an_endpoint_is_creating_then_in_service_and_goes_when_deleted(aws: "Aws") -> None:
    sagemaker, name = aws.client("sagemaker"), aws.unique("endpoint")
    config = make_config(aws, model=with_environment(WAIT="yes"))
    sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=config)

    assert sagemaker.describe_endpoint(EndpointName=name)["EndpointStatus"] == "Creating"
    with pytest.raises(ClientError, match="Cannot update in-progress endpoint"):
        sagemaker.delete_endpoint(EndpointName=name)

    aws.host.gate.set()
    assert settled(aws, name)["EndpointStatus"] == "InService"
    assert name in aws.host.running

    sagemaker.delete_endpoint(EndpointName=name)

    assert name not in aws.host.running
    with pytest.raises(ClientError, match="Could not find endpoint"):
        sagemaker.describe_endpoint(EndpointName=name)


def test_a_failed_endpoint_says_why_and_can_be_deleted(aws: "Aws") -> None:
    sagemaker, name = aws.client("sagemaker"), aws.unique("endpoint")
    config = make_config(aws, model=with_environment(FAIL="no ping"))
    sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=config)

    found = settled(aws, name)

    assert (found["EndpointStatus"], found["FailureReason"]) == ("Failed", "no ping")
    sagemaker.delete_endpoint(EndpointName=name)
    assert sagemaker.list_endpoints(NameContains=name)["Endpoints"] == []


def test_the_host_gets_what_configuration_and_model_say(aws: "Aws") -> None:
    name = aws.unique("endpoint")
    config = make_config(
        aws,
        model=with_environment(KEY="value"),
        InitialVariantWeight=0.5,
        ModelDataDownloadTimeoutInSeconds=1200,
        ContainerStartupHealthCheckTimeoutInSeconds=900,
    )
    aws.client("sagemaker").create_endpoint(EndpointName=name, EndpointConfigName=config)
    settled(aws, name)

    spec = aws.host.running[name]

    assert (spec.account, spec.region) == ("111111111111", "us-west-2")
    (variant,) = spec.variants
    assert (variant.image_uri, variant.model_data_url) == ("image", "s3://bucket/model.tar.gz")
    assert variant.environment == {"KEY": "value"}
    assert variant.initial_weight == 0.5
    assert variant.model_data_download_timeout_seconds == 1200
    assert variant.container_startup_health_check_timeout_seconds == 900
    assert variant.instance_type == "ml.g5.xlarge"


def test_model_data_may_be_named_by_a_data_source(aws: "Aws") -> None:
    name = aws.unique("endpoint")
    source = {
        "S3DataSource": {
            "S3Uri": "s3://bucket/source.tar.gz",
            "S3DataType": "S3Object",
            "CompressionType": "Gzip",
        }
    }
    container = {"Image": "image", "ModelDataSource": source}
    config = make_config(aws, model={"PrimaryContainer": container})
    aws.client("sagemaker").create_endpoint(EndpointName=name, EndpointConfigName=config)
    settled(aws, name)

    assert aws.host.running[name].variants[0].model_data_url == "s3://bucket/source.tar.gz"


def test_model_data_may_be_the_files_below_a_prefix(aws: "Aws") -> None:
    name = aws.unique("endpoint")
    source = {
        "S3DataSource": {
            "S3Uri": "s3://bucket/prefix/",
            "S3DataType": "S3Prefix",
            "CompressionType": "None",
        }
    }
    container = {"Image": "image", "ModelDataSource": source}
    config = make_config(aws, model={"PrimaryContainer": container})
    aws.client("sagemaker").create_endpoint(EndpointName=name, EndpointConfigName=config)
    settled(aws, name)

    (variant,) = aws.host.running[name].variants
    assert (variant.model_data_url, variant.model_data_is_prefix) == ("s3://bucket/prefix/", True)


def test_fails_on_a_model_of_two_containers_without_a_tarball_all_at_once(aws: "Aws") -> None:
    name = aws.unique("endpoint")
    source = {
        "S3DataSource": {
            "S3Uri": "s3://bucket/model.tar.gz",
            "S3DataType": "S3Object",
            "CompressionType": "None",
        }
    }
    containers = [{"Image": "image", "ModelDataSource": source}, {"Image": "image"}]
    config = make_config(aws, model={"Containers": containers})
    aws.client("sagemaker").create_endpoint(EndpointName=name, EndpointConfigName=config)

    reason = settled(aws, name)["FailureReason"].splitlines()

    assert len(reason) == 2
    assert "models of one container, got 2" in reason[0]
    assert "got S3Object with None" in reason[1]


def test_fails_on_shadow_variants_instead_of_ignoring_them(
    aws: "Aws", endpoint_resources: Any
) -> None:
    stack, resources = aws.unique("stack"), endpoint_resources()
    variants = resources["Config"]["Properties"]["ProductionVariants"]
    shadow = [{**variants[0], "VariantName": "Shadow"}]
    resources["Config"]["Properties"]["ShadowProductionVariants"] = shadow

    assert aws.deploy(stack, resources) == "ROLLBACK_COMPLETE"

    reason = "the embedded AWS does not host an endpoint with ShadowProductionVariants"
    assert ("Endpoint", "CREATE_FAILED", reason) in aws.events(stack)


def test_a_configuration_of_the_api_keeps_what_it_says(aws: "Aws") -> None:
    sagemaker, name = aws.client("sagemaker"), make_config(aws)
    variants = sagemaker.describe_endpoint_config(EndpointConfigName=name)["ProductionVariants"]
    shadow = [{**variants[0], "VariantName": "Shadow"}]

    sagemaker.create_endpoint_config(
        EndpointConfigName=f"{name}-shadow",
        ProductionVariants=variants,
        ShadowProductionVariants=shadow,
        ExecutionRoleArn="arn:aws:iam::111111111111:role/any-role-at-all",
    )

    found = sagemaker.describe_endpoint_config(EndpointConfigName=f"{name}-shadow")
    assert found["ShadowProductionVariants"] == shadow
    assert found["ExecutionRoleArn"] == "arn:aws:iam::111111111111:role/any-role-at-all"


def test_fails_on_a_configuration_that_does_not_exist(aws: "Aws") -> None:
    with pytest.raises(ClientError, match="Could not find endpoint configuration"):
        aws.client("sagemaker").create_endpoint(
            EndpointName=aws.unique("endpoint"), EndpointConfigName="nowhere"
        )


def test_fails_to_create_an_endpoint_twice(aws: "Aws") -> None:
    sagemaker, name, config = aws.client("sagemaker"), aws.unique("endpoint"), make_config(aws)
    sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=config)

    with pytest.raises(ClientError, match="Cannot create already existing endpoint"):
        sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=config)


def test_model_data_is_read_in_parts(aws: "Aws") -> None:
    from lmi.local.emulator.server import read_object

    bucket, body = aws.unique("bucket"), bytes(range(256)) * 10_000
    aws.client("s3").create_bucket(
        Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "us-west-2"}
    )
    aws.client("s3").put_object(Bucket=bucket, Key="key", Body=body)

    parts = list(read_object(bucket, "key") or ())

    assert len(parts) == 3
    assert b"".join(parts) == body
    assert read_object(bucket, "other") is None
    assert read_object("no-bucket", "key") is None
