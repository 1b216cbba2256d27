"""The real AWS CLI deploys what the CDK has synthesized, as `cdk deploy` does."""

import datetime
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.project import ACCOUNT, REGION, ROOT, Project

pytestmark = pytest.mark.e2e

AWS = ROOT / ".lmi" / "aws-cli" / "bin" / "aws"
STACK = "twin-chat"
ENVIRONMENT = f"""\
target: local
account: "{ACCOUNT}"
region: {REGION}
tags: {{team: models, cost-center: "42"}}
endpoints:
  chat:
    artifact: twin
    instance_type: ml.c6i.2xlarge
    options: {{option.answer: "forty-two"}}
"""
HANDLER = """\
from djl_python import Input, Output

options = {}


def handle(inputs: Input):
    if inputs.is_empty():
        options.update(inputs.get_properties())
        return None
    return Output().add_as_json({"generated_text": options["answer"]})
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Twin:
    """One synthesized stack that either program deploys."""

    project: Project
    assembly: str

    @property
    def folder(self) -> Path:
        """Where the stage's templates and asset manifests lie."""
        return self.project.root / self.assembly / "assembly-twin"

    def aws(self, *arguments: str) -> str:
        """Run the AWS CLI, which must succeed, and return what it printed."""
        return self.project.succeed(str(AWS), *arguments)

    def deploy_with_cdk(self) -> str:
        """Deploy as a developer does; return what was printed."""
        result = self.project.deploy("twin/*", assembly=self.assembly)
        assert result.returncode == 0, result.stdout + result.stderr
        return result.stdout + result.stderr

    def deploy_with_aws(self, *more: str) -> str:
        """Deploy template and tags as a platform team does; return what was printed."""
        (template,) = self.folder.glob("*.template.json")
        tags = (f"{name}={value}" for name, value in self.stack()["properties"]["tags"].items())
        return self.aws(
            *("cloudformation", "deploy", "--stack-name", STACK, "--template-file", str(template)),
            *("--capabilities", "CAPABILITY_NAMED_IAM", "--tags", *tags, *more),
        )

    def stack(self) -> dict[str, Any]:
        """Return what the manifest says of the stack."""
        artifacts = json.loads((self.folder / "manifest.json").read_text())["artifacts"]
        (stack,) = (e for e in artifacts.values() if e["type"] == "aws:cloudformation:stack")
        return dict(stack)

    def tarball(self) -> tuple[Path, str]:
        """Return where the tarball lies, and the URL that the template names."""
        (manifest,) = self.folder.glob("*.assets.json")
        files = json.loads(manifest.read_text())["files"].values()
        (asset,) = (each for each in files if each["source"]["path"].endswith(".tar.gz"))
        (target,) = asset["destinations"].values()
        url = f"s3://{target['bucketName']}/{target['objectKey']}"
        return self.folder / asset["source"]["path"], url

    def destroy(self) -> None:
        """Destroy the stack, and its tarball, which `cdk destroy` leaves in the bucket."""
        self.project.succeed(
            str(ROOT / ".venv" / "bin" / "cdk"),
            *("destroy", "twin/*", "--app", self.assembly, "--force"),
        )
        self.aws("s3", "rm", self.tarball()[1])

    def state(self) -> dict[str, Any]:
        """Return all that the stack has made, its physical ids told by their logical ids."""
        cloudformation, sagemaker = self.project.cloudformation(), self.project.sagemaker()
        (stack,) = cloudformation.describe_stacks(StackName=STACK)["Stacks"]
        found = cloudformation.describe_stack_resources(StackName=STACK)["StackResources"]
        names = {each["LogicalResourceId"]: _name(each["PhysicalResourceId"]) for each in found}
        of_type = {each["ResourceType"]: names[each["LogicalResourceId"]] for each in found}
        endpoint = sagemaker.describe_endpoint(EndpointName=STACK)
        config = sagemaker.describe_endpoint_config(
            EndpointConfigName=of_type["AWS::SageMaker::EndpointConfig"]
        )
        model = sagemaker.describe_model(ModelName=of_type["AWS::SageMaker::Model"])
        accounts = self.aws("iam", "get-account-authorization-details", "--filter", "Role")
        (role,) = (
            each
            for each in json.loads(accounts)["RoleDetailList"]
            if each["RoleName"] == of_type["AWS::IAM::Role"]
        )
        whole = {
            "resources": [
                {name: each[name] for name in ("LogicalResourceId", "ResourceType")}
                | {"status": each["ResourceStatus"]}
                for each in found
            ],
            "template": cloudformation.get_template(StackName=STACK)["TemplateBody"],
            "outputs": stack["Outputs"],
            "parameters": stack["Parameters"],
            "tags": sorted(stack["Tags"], key=lambda tag: tag["Key"]),
            "status": stack["StackStatus"],
            "endpoint": endpoint,
            "config": config,
            "model": model,
            "role": role,
            "role name": of_type["AWS::IAM::Role"],
            "prediction": self.project.succeed(
                str(ROOT / ".venv" / "bin" / "lmi"), "predict", "twin/chat", "?"
            ),
        }
        text = json.dumps(_lasting(whole))
        for logical_id, name in names.items():
            text = text.replace(f'"{name}"', f'"<{logical_id}>"')
            text = text.replace(f'/{name}"', f'/<{logical_id}>"')
        state: dict[str, Any] = json.loads(text)
        return state


@pytest.fixture(scope="module")
def twin(project: Project) -> Twin:
    """The stack, synthesized and not deployed."""
    assert AWS.is_file(), f"{AWS.relative_to(ROOT)} is missing: run make setup"
    folder = "model_artifacts/twin"
    project.write(f"{folder}/artifact.yaml", "image: 0.36.0-cpu-full\nlicense: apache-2.0\n")
    project.write(f"{folder}/serving.properties", "engine=Python\n")
    project.write(f"{folder}/model.py", HANDLER)
    project.write("environments/twin.yaml", ENVIRONMENT)
    return Twin(project=project, assembly=project.synth("twin", output="cdk.out.twin"))


def test_both_programs_lead_to_the_same_state_and_find_nothing_to_do_after_the_other(
    twin: Twin,
) -> None:
    twin.deploy_with_cdk()
    by_cdk = twin.state()
    assert "(no changes)" in twin.deploy_with_cdk()
    assert "No changes to deploy" in twin.deploy_with_aws("--no-fail-on-empty-changeset")
    twin.destroy()

    tarball, url = twin.tarball()
    twin.aws("s3", "cp", str(tarball), url)
    assert f"Successfully created/updated stack - {STACK}" in twin.deploy_with_aws()
    by_aws = twin.state()
    assert "No changes to deploy" in twin.deploy_with_aws("--no-fail-on-empty-changeset")
    assert "(no changes)" in twin.deploy_with_cdk()
    twin.project.succeed(
        str(ROOT / ".venv" / "bin" / "cdk"), "diff", "twin/*", "--app", twin.assembly, "--fail"
    )
    twin.destroy()

    assert by_aws == by_cdk
    assert by_cdk["prediction"] == "forty-two\n"
    assert by_cdk["tags"] == [
        {"Key": "cost-center", "Value": "42"},
        {"Key": "team", "Value": "models"},
    ]
    assert {each["status"] for each in by_cdk["resources"]} == {"CREATE_COMPLETE"}
    assert by_cdk["config"]["ProductionVariants"][0]["ModelName"] == "<EndpointModel0F230181>"


def test_without_its_tarball_the_stack_is_rolled_back_and_the_cli_says_so(twin: Twin) -> None:
    (template,) = twin.folder.glob("*.template.json")
    failed = twin.project.run(
        *(str(AWS), "cloudformation", "deploy", "--stack-name", STACK),
        *("--template-file", str(template), "--capabilities", "CAPABILITY_NAMED_IAM"),
    )
    assert failed.returncode == 255
    assert "Failed to create/update the stack" in failed.stderr
    resources = json.loads(
        twin.aws("cloudformation", "list-stack-resources", "--stack-name", STACK)
    )
    assert {each["ResourceStatus"] for each in resources["StackResourceSummaries"]} == {
        "DELETE_COMPLETE"
    }
    events = twin.aws("cloudformation", "describe-stack-events", "--stack-name", STACK)
    reasons = [
        each["ResourceStatusReason"]
        for each in json.loads(events)["StackEvents"]
        if each["ResourceStatus"] == "CREATE_FAILED"
    ]
    assert len(reasons) == 1
    assert twin.tarball()[1] in reasons[0]
    twin.aws("cloudformation", "delete-stack", "--stack-name", STACK)
    twin.aws("cloudformation", "wait", "stack-delete-complete", "--stack-name", STACK)


def test_fails_without_the_capability_that_a_role_needs(twin: Twin) -> None:
    (template,) = twin.folder.glob("*.template.json")
    failed = twin.project.run(
        *(str(AWS), "cloudformation", "deploy", "--stack-name", "unacknowledged"),
        *("--template-file", str(template)),
    )
    assert failed.returncode == 255
    assert "InsufficientCapabilitiesException" in failed.stderr
    assert "Requires capabilities : [CAPABILITY_IAM]" in failed.stderr


def _name(physical_id: str) -> str:
    return physical_id.rpartition("/")[2] if physical_id.startswith("arn:") else physical_id


def _lasting(node: Any) -> Any:
    """Return *node* without what is another one each time: moments, and ids of requests."""
    if isinstance(node, dict):
        fleeting = ("ResponseMetadata", "RoleId", "CreateDate", "RoleLastUsed")
        return {
            name: _lasting(value)
            for name, value in node.items()
            if name not in fleeting and not isinstance(value, datetime.datetime)
        }
    return [_lasting(each) for each in node] if isinstance(node, list) else node
