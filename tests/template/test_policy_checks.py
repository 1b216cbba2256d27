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
from tests.template.templates import ACCOUNT, new_app, tutorial


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


def test_aws_solutions_pack_sees_what_is_wrong() -> None:
    app = new_app()
    cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    sqs.CfnQueue(cdk.Stack(app, "Stack"), "Queue")

    assert "AwsSolutions-SQS3" in str(findings_of(Path(app.synth().directory)))


@pytest.fixture
def templates(artifact: ModelArtifact) -> list[str]:
    """The files of two synthesized stacks."""
    return [str(path) for path in synthesized(new_app(), artifact).glob("*.template.json")]


def test_cfn_lint_finds_nothing(templates: list[str]) -> None:
    assert len(templates) == 2
    command = [str(Path(sys.executable).with_name("cfn-lint")), "--format", "json", *templates]
    lint = subprocess.run(command, capture_output=True, text=True)

    assert json.loads(lint.stdout) == []
    assert lint.returncode == 0
