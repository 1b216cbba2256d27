import json
import os
import shutil
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template

from cdk_lmi import LmiEndpoint, ModelArtifact, StagedArtifact
from lmi.errors import ArtifactError, ConfigError
from tests.template.templates import (
    ACCOUNT,
    CONTEXT,
    assembly_of,
    container_of,
    new_app,
    new_stack,
    properties_of,
    write_artifact,
)


def tarballs_of(stack: cdk.Stack) -> list[tuple[dict[str, Any], Path]]:
    """Return what the asset manifest says about tarballs, each with the file that is uploaded."""
    (manifest,) = assembly_of(stack).rglob("*.assets.json")
    files = json.loads(manifest.read_text())["files"]
    return [
        (file, manifest.parent / file["source"]["path"])
        for file in files.values()
        if file["source"]["path"].endswith(".tar.gz")
    ]


def test_object_key_ends_in_tar_gz_and_the_file_is_the_bundle(
    artifact: ModelArtifact, working_directory: Path
) -> None:
    stack = new_stack()
    staged = artifact.bind(stack)

    ((asset, file),) = tarballs_of(stack)
    (destination,) = asset["destinations"].values()
    (bundle,) = (working_directory / ".lmi" / "bundles").glob("*.tar.gz")
    assert asset["source"]["packaging"] == "file"
    assert isinstance(staged, StagedArtifact)
    assert destination["objectKey"] == staged.object_key == f"{staged.digest}.tar.gz"
    assert bundle.name == f"{artifact.content_sha256}.tar.gz"
    assert file.read_bytes() == bundle.read_bytes()


def test_bundle_is_linked_and_not_copied(artifact: ModelArtifact, tmp_path: Path) -> None:
    stack = cdk.Stack(new_app(tmp_path / "cdk.out"), "Stack")
    artifact.bind(stack)

    ((_, file),) = tarballs_of(stack)
    assert file.stat().st_nlink == 2


def test_bundle_is_copied_where_it_cannot_be_linked(
    artifact: ModelArtifact, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(source: Path, target: Path) -> None:
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr(os, "link", fail)
    stack = new_stack()
    artifact.bind(stack)

    ((_, file),) = tarballs_of(stack)
    (bundle,) = Path(".lmi", "bundles").glob("*.tar.gz")
    assert file.read_bytes() == bundle.read_bytes()
    assert not file.samefile(bundle)


def test_link_that_an_earlier_process_left_is_in_no_ones_way(
    artifact: ModelArtifact, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    digest = artifact.bind(new_stack()).digest
    (bundle,) = Path(".lmi", "bundles").glob("*.tar.gz")
    outdir = tmp_path / "cdk.out"
    outdir.mkdir()
    os.link(bundle, outdir / f"asset.{digest}.tar.gz.{os.getpid()}")
    artifact.bind(cdk.Stack(new_app(outdir), "Stack"))

    assert [path.name for path in outdir.glob("asset.*")] == [f"asset.{digest}.tar.gz"]


def test_fails_with_file_and_reason_where_the_tarball_cannot_be_written(
    artifact: ModelArtifact, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(source: Path, target: Path) -> None:
        target.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "link", fail)
    monkeypatch.setattr(shutil, "copyfile", fail)
    stack = cdk.Stack(new_app(tmp_path / "cdk.out"), "Stack")

    with pytest.raises(ArtifactError, match=r"asset\..*\.tar\.gz: .*: No space left on device"):
        artifact.bind(stack)
    assert list((tmp_path / "cdk.out").glob("asset.*")) == []


def test_bundle_of_a_stage_lies_in_the_folder_of_the_app(artifact: ModelArtifact) -> None:
    app = new_app()
    stack = cdk.Stack(cdk.Stage(app, "prod"), "Stack")
    artifact.bind(stack)

    ((_, file),) = tarballs_of(stack)
    assert file.is_file()
    assert file.resolve().parent == Path(app.outdir).resolve()


def test_one_artifact_serves_many_endpoints_as_one_asset(artifact: ModelArtifact) -> None:
    stack = new_stack()
    for name in ("First", "Second"):
        LmiEndpoint(stack, name, artifact=artifact, instance_type="ml.g5.xlarge")

    assert len(tarballs_of(stack)) == 1


def test_key_depends_on_content_alone(artifact: ModelArtifact, tmp_path: Path) -> None:
    same = ModelArtifact.from_directory(write_artifact(tmp_path / "elsewhere" / "tiny"))
    option = ModelArtifact.from_directory(tmp_path / "tiny", options={"option.dtype": "fp16"})
    keys = [each.bind(new_stack()).s3_url for each in (artifact, same, option)]

    assert keys[0] == keys[1]
    assert keys[0] != keys[2]


def test_stack_may_bring_a_synthesizer(artifact: ModelArtifact) -> None:
    stack = new_stack(synthesizer=cdk.DefaultStackSynthesizer(qualifier="acme", bucket_prefix="m/"))
    LmiEndpoint(stack, "Endpoint", artifact=artifact, instance_type="ml.g5.xlarge")

    ((asset, _),) = tarballs_of(stack)
    (destination,) = asset["destinations"].values()
    url = container_of(stack)["ModelDataUrl"]
    assert url == f"s3://cdk-acme-assets-{ACCOUNT}-us-west-2/{destination['objectKey']}"
    assert destination["objectKey"].startswith("m/")


def test_app_may_bring_a_synthesizer_for_all_stacks(artifact: ModelArtifact) -> None:
    shared = cdk.DefaultStackSynthesizer(qualifier="acme")
    app = cdk.App(context=CONTEXT, default_stack_synthesizer=shared)
    stacks = []
    for region in ("us-west-2", "eu-west-1"):
        env = cdk.Environment(account=ACCOUNT, region=region)
        stack = cdk.Stack(app, region, env=env)
        LmiEndpoint(stack, "Endpoint", artifact=artifact, instance_type="ml.g5.xlarge")
        stacks.append(stack)

    assert [container_of(stack)["ModelDataUrl"].rpartition("/")[0] for stack in stacks] == [
        f"s3://cdk-acme-assets-{ACCOUNT}-us-west-2",
        f"s3://cdk-acme-assets-{ACCOUNT}-eu-west-1",
    ]
    for stack in stacks:
        Template.from_stack(stack).resource_count_is("AWS::CloudFormation::Stack", 0)


def test_fails_on_a_synthesizer_that_is_unbound_for_another_reason(
    artifact: ModelArtifact, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(synthesizer: cdk.StackSynthesizer) -> None:
        raise RuntimeError("another reason")

    stack = new_stack()
    monkeypatch.setattr(cdk.StackSynthesizer, "_bound_stack", property(fail))
    with pytest.raises(RuntimeError, match="another reason"):
        artifact.bind(stack)


def test_fails_on_a_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match="absent"):
        ModelArtifact.from_directory(tmp_path / "absent")


def test_address_is_a_token_where_the_account_is_unknown(artifact: ModelArtifact) -> None:
    stack = new_stack(region=None, account=None)
    LmiEndpoint(stack, "Endpoint", artifact=artifact, instance_type="ml.g5.xlarge")

    url = properties_of(stack, "AWS::SageMaker::Model")["PrimaryContainer"]["ModelDataUrl"]
    (text,) = url.values()
    assert text.startswith("s3://cdk-hnb659fds-assets-${AWS::AccountId}-${AWS::Region}/")
    assert text.endswith(".tar.gz")


def test_fails_on_options_that_are_not_text(working_directory: Path) -> None:
    folder = write_artifact(working_directory / "model")
    options: Any = {"option.tensor_parallel_degree": 8, "option.dtype": "fp16", "batch_size": 2}
    with pytest.raises(ConfigError) as error:
        ModelArtifact.from_directory(folder, options=options)
    assert "options['option.tensor_parallel_degree'] must be text" in str(error.value)
    assert "options['batch_size'] must be text" in str(error.value)
    assert "dtype" not in str(error.value)
