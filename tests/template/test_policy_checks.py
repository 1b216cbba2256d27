import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_sqs as sqs
from cdk_nag import AwsSolutionsChecks

from cdk_lmi import LmiEndpoint, ModelArtifact
from lmi.environment import environment_files, load_environment
from stacks import EnvironmentStage
from tests.template.environments import stack_of
from tests.template.source_stacks import artifact_of
from tests.template.templates import ACCOUNT, ROOT, assembly_of, new_app, tutorial


def synthesized(app: cdk.App, artifact: ModelArtifact) -> Path:
    """Synthesize endpoints in a stack that knows its region and one that does not."""
    known = cdk.Stack(app, "Known", env=cdk.Environment(account=ACCOUNT, region="us-west-2"))
    agnostic = cdk.Stack(app, "Agnostic")
    for stack in (known, agnostic):
        LmiEndpoint(stack, "Tutorial", artifact=tutorial(), instance_type="ml.g5.12xlarge")
        LmiEndpoint(stack, "Isolated", artifact=artifact, instance_type="ml.p4d.24xlarge")
        name = cdk.CfnParameter(stack, "Name", default="chat").value_as_string
        LmiEndpoint(
            stack,
            "Named",
            artifact=artifact,
            instance_type="ml.g6.xlarge",
            endpoint_name=name,
        )
    return Path(app.synth().directory)


def with_every_source(app: cdk.App, folder: Path) -> Path:
    """Synthesize an endpoint of each source, in a stack that knows its region and one that not."""
    known = cdk.Stack(app, "Known", env=cdk.Environment(account=ACCOUNT, region="us-west-2"))
    for stack in (known, cdk.Stack(app, "Agnostic")):
        for kind in ("s3", "mirror", "tarball"):
            artifact = artifact_of(kind, folder / stack.node.id / kind)
            LmiEndpoint(stack, kind, artifact=artifact, instance_type="ml.g6.12xlarge")
    return Path(app.synth().directory)


def findings_of(assembly: Path) -> list[Any]:
    """Return what the pack found and nobody acknowledged."""
    report = json.loads((assembly / "validation-report.json").read_text())
    packs = [each for each in report["pluginReports"] if "AwsSolutions" in each["pluginName"]]
    return [violation for pack in packs for violation in pack["violations"]]


def test_aws_solutions_pack_has_no_finding_without_a_reason(artifact: ModelArtifact) -> None:
    app = new_app()
    cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    assembly = synthesized(app, artifact)

    assert findings_of(assembly) == []


def test_aws_solutions_pack_has_no_finding_about_any_source(tmp_path: Path) -> None:
    app = new_app()
    cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app))

    assert findings_of(with_every_source(app, tmp_path)) == []


def test_cfn_lint_finds_nothing_in_any_source(tmp_path: Path) -> None:
    templates = [*with_every_source(new_app(), tmp_path).glob("*.template.json")]

    assert "S3Prefix" in templates[0].read_text()
    assert lint(*templates) == []


def test_aws_solutions_pack_sees_what_is_wrong() -> None:
    app = new_app()
    cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    sqs.CfnQueue(cdk.Stack(app, "Stack"), "Queue")

    assert "AwsSolutions-SQS3" in str(findings_of(Path(app.synth().directory)))


def lint(*templates: Path) -> list[Any]:
    """Return what cfn-lint finds in the files *templates*."""
    command = [str(Path(sys.executable).with_name("cfn-lint")), "--format", "json"]
    run = subprocess.run([*command, *map(str, templates)], capture_output=True, text=True)
    findings: list[Any] = json.loads(run.stdout)
    assert bool(findings) == bool(run.returncode)
    return findings


def test_cfn_lint_finds_nothing_in_endpoints(artifact: ModelArtifact) -> None:
    templates = [*synthesized(new_app(), artifact).glob("*.template.json")]

    assert len(templates) == 2
    assert lint(*templates) == []


def test_cfn_lint_finds_nothing_where_an_environment_sets_everything(tmp_path: Path) -> None:
    (template,) = assembly_of(stack_of("largest", tmp_path)).rglob("*.template.json")

    assert "kms:Decrypt" in template.read_text()
    assert "PermissionsBoundary" in template.read_text()
    assert lint(template) == []


def test_cfn_lint_finds_nothing_in_the_environments_of_the_repository(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Where bundles are kept from run to run: weights take a while to compress.
    monkeypatch.chdir(ROOT)
    app = new_app()
    stages = [
        EnvironmentStage(
            app, environment=load_environment(path), model_artifacts=ROOT / "model_artifacts"
        )
        for path in environment_files(ROOT / "environments")
    ]
    templates = [*Path(app.synth().directory).rglob("*.template.json")]

    assert len(templates) == sum(len(stage.stacks) for stage in stages)
    assert lint(*templates) == []


def test_cfn_lint_sees_what_is_wrong(tmp_path: Path) -> None:
    (template,) = assembly_of(stack_of("largest", tmp_path)).rglob("*.template.json")
    wrong = tmp_path / "wrong.template.json"
    wrong.write_text(template.read_text().replace('"ExecutionRoleArn"', '"ExecutionRole"'))

    assert "ExecutionRole" in str(lint(wrong))
