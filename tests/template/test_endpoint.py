import subprocess
import sys
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk.assertions import Annotations, Capture, Match, Template

from cdk_lmi import LmiEndpoint, LmiImage, ModelArtifact
from lmi.errors import CatalogError, ConfigError
from tests.template.templates import (
    ROOT,
    container_of,
    new_app,
    new_stack,
    properties_of,
    tutorial,
    variant_of,
    write_artifact,
)


def test_endpoint_uses_the_configuration_that_uses_the_model(artifact: ModelArtifact) -> None:
    stack = new_stack()
    LmiEndpoint(stack, "Endpoint", artifact=artifact, instance_type="ml.g5.2xlarge")

    template = Template.from_stack(stack)
    config_id, model_id = Capture(), Capture()
    template.has_resource_properties(
        "AWS::SageMaker::Endpoint",
        {"EndpointConfigName": {"Fn::GetAtt": [config_id, "EndpointConfigName"]}},
    )
    template.has_resource_properties(
        "AWS::SageMaker::EndpointConfig",
        {
            "ProductionVariants": [
                {
                    "VariantName": "AllTraffic",
                    "InstanceType": "ml.g5.2xlarge",
                    "InitialInstanceCount": 1,
                    "InitialVariantWeight": 1,
                    "RoutingConfig": {"RoutingStrategy": "LEAST_OUTSTANDING_REQUESTS"},
                    "ModelName": {"Fn::GetAtt": [model_id, "ModelName"]},
                }
            ]
        },
    )
    assert list(template.find_resources("AWS::SageMaker::EndpointConfig")) == [
        config_id.as_string()
    ]
    assert list(template.find_resources("AWS::SageMaker::Model")) == [model_id.as_string()]


def test_only_the_endpoint_has_a_name(artifact: ModelArtifact) -> None:
    stack = new_stack()
    LmiEndpoint(stack, "Endpoint", artifact=artifact, instance_type="ml.g5.xlarge")

    assert "ModelName" not in properties_of(stack, "AWS::SageMaker::Model")
    assert "EndpointConfigName" not in properties_of(stack, "AWS::SageMaker::EndpointConfig")
    assert properties_of(stack, "AWS::SageMaker::Endpoint")["EndpointName"]


def test_name_is_made_from_the_path_in_lower_case_and_fits(artifact: ModelArtifact) -> None:
    stage = cdk.Stage(new_app(), "A-Stage-With-A-Rather-Long-Name")
    stack = cdk.Stack(stage, "AStackWithAnEvenMuchLongerNameThanThat")
    first = LmiEndpoint(stack, "Chat", artifact=artifact, instance_type="ml.g5.xlarge")
    second = LmiEndpoint(stack, "Chat2", artifact=artifact, instance_type="ml.g5.xlarge")

    assert first.endpoint_name != second.endpoint_name
    for endpoint in (first, second):
        assert len(endpoint.endpoint_name) <= 63
        assert endpoint.endpoint_name == endpoint.endpoint_name.lower()
        assert not cdk.Token.is_unresolved(endpoint.endpoint_name)


@pytest.mark.parametrize("instance_type", ["ml.g5.12xlarge", "ml.p4d.24xlarge", "ml.c6i.2xlarge"])
def test_no_volume_is_sized_or_encrypted(artifact: ModelArtifact, instance_type: str) -> None:
    stack = new_stack()
    LmiEndpoint(stack, "Endpoint", artifact=artifact, instance_type=instance_type)

    assert "VolumeSizeInGB" not in variant_of(stack)
    assert "KmsKeyId" not in properties_of(stack, "AWS::SageMaker::EndpointConfig")


def test_newer_cuda_gets_the_host_image_that_it_needs(tmp_path: Path) -> None:
    stack = new_stack()
    newest = ModelArtifact.from_directory(
        write_artifact(tmp_path / "newest", image="0.36.0-lmi28.0.0-cu130")
    )
    LmiEndpoint(stack, "Endpoint", artifact=newest, instance_type="ml.g5.12xlarge")

    assert "-gpu-" in variant_of(stack)["InferenceAmiVersion"]


def test_older_cuda_leaves_the_host_image_alone() -> None:
    stack = new_stack()
    LmiEndpoint(stack, "Endpoint", artifact=tutorial(), instance_type="ml.g5.12xlarge")

    assert "InferenceAmiVersion" not in variant_of(stack)


@pytest.mark.parametrize("name", ["a" + "-" * 80 + "b", "a" * 64, "-a", "a-", "a_b", ""])
def test_fails_on_a_name_that_sagemaker_refuses(artifact: ModelArtifact, name: str) -> None:
    with pytest.raises(ConfigError, match="endpoint_name must have 1 to 63"):
        LmiEndpoint(
            new_stack(),
            "Endpoint",
            artifact=artifact,
            instance_type="ml.g5.xlarge",
            endpoint_name=name,
        )


@pytest.mark.parametrize(
    ("tag", "instance_type", "message"),
    [
        ("0.36.0-lmi28.0.0-cu130", "ml.g7e.2xlarge", "is not publicly known"),
        ("0.27.0-deepspeed0.12.6-cu121", "ml.p3.2xlarge", "has 470 and takes no newer one"),
    ],
)
def test_driver_that_may_not_suffice_is_a_warning(
    artifact: ModelArtifact, tag: str, instance_type: str, message: str
) -> None:
    stack = new_stack()
    image = LmiImage.from_tag(tag)
    LmiEndpoint(stack, "Endpoint", artifact=artifact, instance_type=instance_type, image=image)

    Annotations.from_stack(stack).has_warning(
        "/Stack/Endpoint", Match.string_like_regexp(f"needs GPU driver.*{message}")
    )


def test_startup_timeout_covers_copies_that_load_one_after_the_other() -> None:
    stack = new_stack()
    LmiEndpoint(stack, "Endpoint", artifact=tutorial(), instance_type="ml.g5.12xlarge")

    # Four GPUs, degree 2, 1200 s a copy, and 300 s for the container.
    assert variant_of(stack)["ContainerStartupHealthCheckTimeoutInSeconds"] == 2 * 1200 + 300
    assert variant_of(stack)["ModelDataDownloadTimeoutInSeconds"] == 600


def test_startup_timeout_follows_the_loading_timeout_of_the_artifact() -> None:
    stack = new_stack()
    loading = {"option.model_loading_timeout": "900", "option.parallel_loading": "true"}
    LmiEndpoint(stack, "Endpoint", artifact=tutorial(**loading), instance_type="ml.g5.12xlarge")

    assert variant_of(stack)["ContainerStartupHealthCheckTimeoutInSeconds"] == 900 + 300


def test_timeouts_can_be_given(artifact: ModelArtifact) -> None:
    stack = new_stack()
    LmiEndpoint(
        stack,
        "Endpoint",
        artifact=artifact,
        instance_type="ml.g5.xlarge",
        model_data_download_timeout=cdk.Duration.minutes(20),
        container_startup_health_check_timeout=cdk.Duration.seconds(61),
    )

    assert variant_of(stack)["ModelDataDownloadTimeoutInSeconds"] == 1200
    assert variant_of(stack)["ContainerStartupHealthCheckTimeoutInSeconds"] == 61


def test_given_image_replaces_that_of_the_artifact(artifact: ModelArtifact) -> None:
    stack = new_stack()
    LmiEndpoint(
        stack,
        "Endpoint",
        artifact=artifact,
        instance_type="ml.g5.xlarge",
        image=LmiImage.from_tag("0.27.0-deepspeed0.12.6-cu121"),
    )

    assert container_of(stack)["Image"].endswith("/djl-inference:0.27.0-deepspeed0.12.6-cu121")


def test_no_role_is_defined_when_one_is_given(artifact: ModelArtifact) -> None:
    stack = new_stack()
    role = iam.Role.from_role_arn(stack, "Given", "arn:aws:iam::111111111111:role/given")
    LmiEndpoint(stack, "Endpoint", artifact=artifact, instance_type="ml.g5.xlarge", role=role)

    template = Template.from_stack(stack)
    template.resource_count_is("AWS::IAM::Role", 0)
    template.all_resources_properties("AWS::IAM::Policy", {"Roles": ["given"]})
    template.has_resource_properties(
        "AWS::SageMaker::Model", {"ExecutionRoleArn": "arn:aws:iam::111111111111:role/given"}
    )


def test_given_role_that_must_not_change_gets_no_policies(artifact: ModelArtifact) -> None:
    stack = new_stack()
    arn = "arn:aws:iam::111111111111:role/given"
    role = iam.Role.from_role_arn(stack, "Given", arn, mutable=False)
    LmiEndpoint(stack, "Endpoint", artifact=artifact, instance_type="ml.g5.xlarge", role=role)

    Template.from_stack(stack).resource_count_is("AWS::IAM::Policy", 0)


def test_tokens_pass_unchecked(artifact: ModelArtifact) -> None:
    stack = new_stack()
    parameter = {
        name: cdk.CfnParameter(stack, name, type=kind, default=default)
        for name, kind, default in (
            ("Type", "String", "ml.g5.xlarge"),
            ("Count", "Number", 1),
            ("Name", "String", "chat"),
            ("Seconds", "Number", 600),
        )
    }
    LmiEndpoint(
        stack,
        "Endpoint",
        artifact=artifact,
        instance_type=parameter["Type"].value_as_string,
        instance_count=parameter["Count"].value_as_number,  # type: ignore[arg-type]  # a float token
        endpoint_name=parameter["Name"].value_as_string,
        container_startup_health_check_timeout=cdk.Duration.seconds(
            parameter["Seconds"].value_as_number
        ),
    )

    assert variant_of(stack)["InstanceType"] == {"Ref": "Type"}
    assert variant_of(stack)["InitialInstanceCount"] == {"Ref": "Count"}
    assert variant_of(stack)["ContainerStartupHealthCheckTimeoutInSeconds"] == {"Ref": "Seconds"}
    assert properties_of(stack, "AWS::SageMaker::Endpoint")["EndpointName"] == {"Ref": "Name"}


def test_type_that_the_region_does_not_offer_is_a_warning(artifact: ModelArtifact) -> None:
    stack = new_stack(region="ca-west-1")
    LmiEndpoint(stack, "Endpoint", artifact=artifact, instance_type="ml.p5.48xlarge")

    Annotations.from_stack(stack).has_warning(
        "/Stack/Endpoint", Match.string_like_regexp("ml.p5.48xlarge is not known to be offered")
    )


def test_fails_on_all_wrong_arguments_at_once() -> None:
    with pytest.raises(ConfigError) as error:
        LmiEndpoint(
            new_stack(region="ap-east-2"),
            "Endpoint",
            artifact=tutorial(),
            instance_type="ml.g5.12xlarg",
            instance_count=0,
            endpoint_name="no_underscore",
            model_data_download_timeout=cdk.Duration.hours(2),
            container_startup_health_check_timeout=cdk.Duration.millis(60_500),
        )

    lines = str(error.value).splitlines()
    assert [line.split(",")[0].split(" must ")[0] for line in lines] == [
        "endpoint_name",
        "instance_count",
        "model_data_download_timeout",
        "container_startup_health_check_timeout",
        "unknown instance type 'ml.g5.12xlarg'; nearest: ml.g5.12xlarge",
        "image '0.20.0-deepspeed0.7.5-cu116' is not published in region 'ap-east-2'; nearest: "
        "ap-east-1",
    ]
    assert "got 7200 s" in lines[2]
    assert "got 60.5 s" in lines[3]


def test_fails_on_an_unknown_tag() -> None:
    with pytest.raises(CatalogError, match=r"nearest: 0\.20\.0-deepspeed0\.7\.5-cu116"):
        LmiImage.from_tag("0.20.0-deepspeed0.7.5-cu117")


def test_the_package_loads_no_yaml() -> None:
    code = "import sys, cdk_lmi; sys.exit('yaml' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)
