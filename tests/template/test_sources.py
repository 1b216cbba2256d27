"""The five sources of a model: what the container is given, uploaded, isolated from, and told."""

import json
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Template

from cdk_lmi import LmiEndpoint, LmiImage, ModelArtifact, StoredTarball
from lmi.environment import load_environment
from lmi.errors import ArtifactError, ConfigError
from lmi.rules import Finding
from stacks import EndpointStack, EnvironmentStage
from tests.template.source_stacks import (
    IMAGE,
    MIRROR,
    TARBALL_URL,
    artifact_of,
    stack_of,
    with_weights,
)
from tests.template.templates import (
    ACCOUNT,
    assembly_of,
    container_of,
    new_app,
    new_stack,
    properties_of,
    resources_of,
    stack_with_endpoint,
    variant_of,
)

SOURCES = ["folder", "hub", "s3", "mirror", "tarball"]


def uploads_of(stack: cdk.Stack) -> list[str]:
    """Return what files the stack uploads, but for its template."""
    manifests = assembly_of(stack).rglob("*.assets.json")
    files = [file for each in manifests for file in json.loads(each.read_text())["files"].values()]
    names = [file["source"]["path"] for file in files]
    return [name for name in names if not name.endswith(".template.json")]


def findings_of(stack: cdk.Stack) -> tuple[Finding, ...]:
    """Return what the rules say about the only endpoint."""
    endpoint = stack.node.find_child("Endpoint")
    assert isinstance(endpoint, LmiEndpoint)
    return endpoint.findings


def endpoint_stack(folder: Path, endpoint: str) -> EndpointStack:
    """Return the stack of the endpoint ``chat``, below which *endpoint* stands in its file."""
    path = folder / "prod.yaml"
    path.write_text(
        f'target: aws\naccount: "{ACCOUNT}"\nregion: us-west-2\nendpoints:\n  chat:\n'
        f"    artifact: chat\n    instance_type: ml.g6.12xlarge\n{endpoint}"
    )
    environment = load_environment(path)
    stage = EnvironmentStage(new_app(), environment=environment, model_artifacts=folder)
    (stack,) = stage.stacks
    return stack


def test_a_mirror_is_the_prefix_of_its_content_and_uploads_nothing(tmp_path: Path) -> None:
    artifact = artifact_of("mirror", tmp_path / "chat")
    stack = stack_of(artifact)

    container = dict(container_of(stack))
    del container["Image"]
    assert container == {
        "ModelDataSource": {
            "S3DataSource": {
                "S3Uri": f"s3://my-models/mirror/{artifact.content_sha256}/",
                "S3DataType": "S3Prefix",
                "CompressionType": "None",
            }
        }
    }
    assert uploads_of(stack) == []


def test_an_override_makes_another_prefix(tmp_path: Path) -> None:
    folder = with_weights(tmp_path / "chat")
    uris = {
        container_of(
            stack_of(ModelArtifact.from_directory(folder, source=MIRROR, options=options))
        )["ModelDataSource"]["S3DataSource"]["S3Uri"]
        for options in ({}, {"option.max_model_len": "1024"}, {"option.max_model_len": "1024"})
    }

    assert len(uris) == 2


def test_a_tarball_in_a_bucket_is_named_as_it_is_and_uploads_nothing(tmp_path: Path) -> None:
    stack = stack_of(artifact_of("tarball", tmp_path))

    assert container_of(stack)["ModelDataUrl"] == TARBALL_URL
    assert "ModelDataSource" not in container_of(stack)
    assert uploads_of(stack) == []


@pytest.mark.parametrize("kind", SOURCES)
def test_a_container_has_one_source_of_model_data(tmp_path: Path, kind: str) -> None:
    container = container_of(stack_of(artifact_of(kind, tmp_path / "chat")))

    assert len({"ModelDataUrl", "ModelDataSource"} & container.keys()) == 1
    assert "AdditionalModelDataSources" not in container


@pytest.mark.parametrize(
    ("kind", "isolated"),
    [("folder", True), ("hub", False), ("s3", False), ("mirror", True), ("tarball", False)],
)
def test_a_container_is_isolated_unless_it_may_download_something(
    tmp_path: Path, kind: str, isolated: bool
) -> None:
    stack = stack_of(artifact_of(kind, tmp_path / "chat"))

    assert properties_of(stack, "AWS::SageMaker::Model")["EnableNetworkIsolation"] is isolated


def test_a_tarball_in_a_bucket_can_be_isolated(tmp_path: Path) -> None:
    stack = stack_of(artifact_of("tarball", tmp_path), network_isolation=True)

    assert properties_of(stack, "AWS::SageMaker::Model")["EnableNetworkIsolation"] is True


@pytest.mark.parametrize("kind", SOURCES)
def test_no_source_has_a_finding(tmp_path: Path, kind: str) -> None:
    findings = findings_of(stack_of(artifact_of(kind, tmp_path / "chat")))

    assert [finding.message for finding in findings] == []


@pytest.mark.parametrize(("kind", "seconds"), [("folder", 600), ("mirror", 600), ("tarball", 3600)])
def test_sagemaker_waits_for_as_much_as_there_is(tmp_path: Path, kind: str, seconds: int) -> None:
    stack = stack_of(artifact_of(kind, tmp_path / "chat"))

    assert variant_of(stack)["ModelDataDownloadTimeoutInSeconds"] == seconds


def test_a_tarball_may_lie_in_a_bucket_of_the_same_stack() -> None:
    images = LmiImage.from_tag(IMAGE)
    ids = []
    for unrelated_tokens in (0, 3):
        stack = new_stack()
        for number in range(unrelated_tokens):
            # A token that takes a number, which then is not the bucket's.
            assert cdk.CfnParameter(stack, f"Unrelated{number}").value_as_string
        bucket = s3.Bucket(stack, "Models")
        url = bucket.s3_url_for_object("chat/model.tar.gz")
        artifact = ModelArtifact.from_tarball(url, image=images)
        stack_with_endpoint(artifact, stack=stack, instance_type="ml.g6.12xlarge")
        assert "Fn::Join" in container_of(stack)["ModelDataUrl"]
        policies = resources_of(stack, "AWS::IAM::Policy")
        ids.append({name for name, each in policies.items() if "s3:GetObject" in str(each)})

    assert ids[0] == ids[1]


@pytest.mark.parametrize(
    "url",
    [
        "model.tar.gz",
        "s3://my-models",
        "s3://my-models/chat/",
        "s3://my-models/chat/model.zip",
        "s3://My_Models/model.tar.gz",
        "s3://my-models/*.tar.gz",
        "https://my-models.s3.amazonaws.com/model.tar.gz",
    ],
)
def test_fails_on_what_is_no_tarball_in_a_bucket(url: str) -> None:
    with pytest.raises(ConfigError, match=r"tar\.gz|bucket's name"):
        ModelArtifact.from_tarball(url, image=LmiImage.from_tag(IMAGE))


def test_an_environment_says_which_bucket_the_mirror_is_in(tmp_path: Path) -> None:
    folder = with_weights(tmp_path / "chat")
    (folder / "artifact.yaml").write_text(
        f"image: {IMAGE}\nsource: {{mirror: s3://dev-models/mirror/}}\n"
    )
    uris = [
        container_of(endpoint_stack(tmp_path, endpoint))["ModelDataSource"]["S3DataSource"]["S3Uri"]
        for endpoint in ("", "    source: {mirror: s3://prod-models/mirror/}\n")
    ]

    digest = ModelArtifact.from_directory(folder).content_sha256
    assert uris == [f"s3://{bucket}-models/mirror/{digest}/" for bucket in ("dev", "prod")]


def test_a_folder_may_hold_nothing_but_the_address_of_a_tarball(tmp_path: Path) -> None:
    folder = tmp_path / "chat"
    folder.mkdir()
    (folder / "artifact.yaml").write_text(
        f"image: {IMAGE}\nsource: {{tarball: '{TARBALL_URL}'}}\nlicense: apache-2.0\n"
    )
    stack = endpoint_stack(tmp_path, "    network_isolation: true\n")

    assert stack.error is None
    assert container_of(stack)["ModelDataUrl"] == TARBALL_URL
    assert properties_of(stack, "AWS::SageMaker::Model")["EnableNetworkIsolation"] is True
    outputs = Template.from_stack(stack).find_outputs("*")
    assert outputs["ModelData"]["Value"] == TARBALL_URL
    assert "ContentDigest" not in outputs


def test_fails_on_files_beside_the_address_of_a_tarball(tmp_path: Path) -> None:
    folder = with_weights(tmp_path / "chat")
    tarball = StoredTarball.parse(TARBALL_URL)

    with pytest.raises(ArtifactError) as error:
        ModelArtifact.from_directory(folder, source=tarball)
    assert f"config.json: would reach no endpoint: the model is {TARBALL_URL}" in str(error.value)
    assert len(error.value.problems) == 3


def test_options_of_a_tarball_in_a_bucket_keep_the_stack_from_being_deployed(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "chat"
    folder.mkdir()
    (folder / "artifact.yaml").write_text(f"image: {IMAGE}\nsource: {{tarball: '{TARBALL_URL}'}}\n")
    stack = endpoint_stack(tmp_path, "    options: {option.dtype: fp16}\n")

    findings = findings_of(stack)
    assert [(each.rule, each.key, each.severity) for each in findings] == [
        ("options-beside-tarball", "option.dtype", "error")
    ]
    assert findings[0].location.line == 8
