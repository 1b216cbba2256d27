from pathlib import Path

import aws_cdk as cdk
import pytest

from cdk_lmi import LmiImage, ModelArtifact
from cdk_lmi.network import MODEL_VARIABLES, S3_VARIABLES
from lmi.artifact.network import MODEL_KEYS, S3_KEYS
from tests.template.templates import (
    container_of,
    new_stack,
    properties_of,
    stack_with_endpoint,
    tutorial,
    write_artifact,
)


def test_container_is_isolated_unless_the_artifact_needs_the_network(
    artifact: ModelArtifact,
) -> None:
    isolated = stack_with_endpoint(artifact)
    connected = stack_with_endpoint(tutorial(), instance_type="ml.g5.12xlarge")

    assert properties_of(isolated, "AWS::SageMaker::Model")["EnableNetworkIsolation"] is True
    assert properties_of(connected, "AWS::SageMaker::Model")["EnableNetworkIsolation"] is False


@pytest.mark.parametrize(
    ("environment", "isolated"),
    [
        ({"HF_MODEL_ID": "Qwen/Qwen3-8B"}, False),
        ({"HF_MODEL_ID": "s3://bucket/weights/"}, False),
        ({"OPTION_MODEL_ID": "Qwen/Qwen3-8B"}, False),
        ({"OPTION_S3URL": "s3://bucket/weights/"}, False),
        ({"OPTION_ENTRYPOINT": "https://example.com/model.py"}, False),
        ({"HF_MODEL_ID": "/opt/ml/model"}, True),
        ({"OPTION_MODEL_ID": "weights"}, True),
        ({"OPTION_ENTRYPOINT": "model.py"}, True),
        ({"HF_MODEL_ID": ""}, True),
        ({"HF_TOKEN": "x"}, True),
    ],
    ids=str,
)
def test_container_is_isolated_unless_a_variable_names_a_download(
    tmp_path: Path, environment: dict[str, str], isolated: bool
) -> None:
    folder = write_artifact(tmp_path / "with-weights")
    (folder / "weights").mkdir()
    (folder / "weights" / "model.safetensors").write_bytes(b"")
    stack = stack_with_endpoint(ModelArtifact.from_directory(folder), environment=environment)

    assert properties_of(stack, "AWS::SageMaker::Model")["EnableNetworkIsolation"] is isolated


def test_container_is_not_isolated_where_a_token_names_its_model(artifact: ModelArtifact) -> None:
    stack = new_stack()
    model_id = cdk.CfnParameter(stack, "ModelId").value_as_string
    stack_with_endpoint(artifact, environment={"HF_MODEL_ID": model_id}, stack=stack)

    assert properties_of(stack, "AWS::SageMaker::Model")["EnableNetworkIsolation"] is False


def test_variables_are_those_of_the_options_that_name_downloads() -> None:
    variables = {f"OPTION_{key.removeprefix('option.').upper()}" for key in (*MODEL_KEYS, *S3_KEYS)}

    assert {*MODEL_VARIABLES, *S3_VARIABLES} == {"HF_MODEL_ID", *variables}


def test_given_image_decides_whether_wheels_are_enough(tmp_path: Path) -> None:
    folder = write_artifact(tmp_path / "wheels", image="0.27.0-deepspeed0.12.6-cu121")
    (folder / "requirements.txt").write_text("einops\n")
    (folder / "requirements").mkdir()
    (folder / "requirements" / "einops-1-py3-none-any.whl").write_bytes(b"")
    isolated = []
    for image in (None, LmiImage.from_tag("0.20.0-deepspeed0.7.5-cu116")):
        stack = stack_with_endpoint(ModelArtifact.from_directory(folder), image=image)
        model = properties_of(stack, "AWS::SageMaker::Model")
        isolated.append(model["EnableNetworkIsolation"])

    assert isolated == [True, False]


def test_isolation_can_be_lifted_for_what_the_files_do_not_show(artifact: ModelArtifact) -> None:
    stack = stack_with_endpoint(artifact, network_isolation=False)

    assert properties_of(stack, "AWS::SageMaker::Model")["EnableNetworkIsolation"] is False


def test_old_image_that_downloads_keeps_the_download_off_the_root_volume(
    artifact: ModelArtifact,
) -> None:
    downloads, does_not = new_stack(), new_stack()
    stack_with_endpoint(
        tutorial(),
        instance_type="ml.g5.12xlarge",
        environment={"TRANSFORMERS_CACHE": "/opt/cache"},
        stack=downloads,
    )
    does_not = stack_with_endpoint(artifact)

    assert container_of(downloads)["Environment"] == {
        "HUGGINGFACE_HUB_CACHE": "/tmp",  # noqa: S108
        "TRANSFORMERS_CACHE": "/opt/cache",
    }
    assert "Environment" not in container_of(does_not)
