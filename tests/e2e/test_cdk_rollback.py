"""`--no-rollback` and both ways out of it, through the real CDK CLI and an app of a few lines."""

import subprocess
from dataclasses import dataclass

import pytest

from tests.e2e.project import ACCOUNT, BIN, REGION, Project

pytestmark = pytest.mark.e2e

APP = f"""\
import aws_cdk as cdk
from aws_cdk import aws_ssm as ssm

app = cdk.App()
env = cdk.Environment(account="{ACCOUNT}", region="{REGION}")


def define(stage, stack_name, value, added=None):
    stack = cdk.Stack(cdk.Stage(app, stage, env=env), "kept", stack_name=stack_name)
    changed = ssm.StringParameter(
        stack, "Changed", string_value=value, parameter_name=f"/{{stack_name}}/changed"
    )
    if added is not None:
        new = ssm.StringParameter(stack, "Added", string_value="x", parameter_name=added)
        new.node.add_dependency(changed)


define("old", "kept", "old")
define("bad", "kept", "new", "/taken")
define("mended", "kept", "new", "/free")
define("first", "fresh", "new", "/in-use")
app.synth()
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Kept:
    """The synthesized app, a stage for each state that its stack shall get into."""

    project: Project

    def cdk(self, verb: str, stage: str, *more: str) -> subprocess.CompletedProcess[str]:
        """Run the CDK CLI where nobody can answer it."""
        return self.project.run(
            *("sh", "-c", 'exec "$0" "$@" < /dev/null', str(BIN / "cdk")),
            *(verb, f"{stage}/*", "--app", "cdk.out.kept", *more),
        )

    def deploy(self, stage: str, *more: str) -> subprocess.CompletedProcess[str]:
        """Deploy a stage."""
        return self.cdk("deploy", stage, "--require-approval", "never", *more)

    def state(self, stack: str = "kept") -> tuple[str, dict[str, str]]:
        """Return the status of the stack, and of its resources by the stems of their ids."""
        cloudformation = self.project.cloudformation()
        (found,) = cloudformation.describe_stacks(StackName=stack)["Stacks"]
        resources = cloudformation.describe_stack_resources(StackName=stack)["StackResources"]
        return found["StackStatus"], {
            each["LogicalResourceId"][:-8]: each["ResourceStatus"] for each in resources
        }

    def events(self, stack: str = "kept") -> list[str]:
        """Return the statuses that the stack has had, the first one first."""
        told = self.project.cloudformation().describe_stack_events(StackName=stack)["StackEvents"]
        return [e["ResourceStatus"] for e in reversed(told) if e["LogicalResourceId"] == stack]

    def value(self) -> str:
        """Return what the parameter that each stage changes holds."""
        found = self.project.ssm().get_parameter(Name="/kept/changed")
        return str(found["Parameter"]["Value"])


@pytest.fixture(scope="module")
def synthesized(project: Project) -> Kept:
    project.write("kept.py", APP)
    project.succeed(
        *(str(BIN / "cdk"), "synth", "--quiet", "--app", ".venv/bin/python kept.py"),
        *("-o", "cdk.out.kept"),
    )
    project.ssm().put_parameter(Name="/taken", Value="another's", Type="String")
    return Kept(project=project)


@pytest.fixture
def paused(synthesized: Kept) -> Kept:
    """The stack, left where its update has failed."""
    result = synthesized.deploy("old", "--force")
    assert result.returncode == 0, result.stdout + result.stderr
    assert synthesized.value() == "old"
    failed = synthesized.deploy("bad", "--no-rollback")
    assert failed.returncode == 1
    assert "The parameter already exists" in failed.stderr
    assert synthesized.state() == (
        "UPDATE_FAILED",
        {"Changed": "UPDATE_COMPLETE", "Added": "CREATE_FAILED"},
    )
    assert synthesized.value() == "new"
    return synthesized


def test_cdk_rollback_brings_back_what_was(paused: Kept) -> None:
    result = paused.cdk("rollback", "bad")

    assert result.returncode == 0, result.stderr
    assert paused.state() == ("UPDATE_ROLLBACK_COMPLETE", {"Changed": "UPDATE_COMPLETE"})
    assert paused.value() == "old"
    again = paused.cdk("rollback", "bad")
    assert "does not need a rollback" in again.stdout + again.stderr


def test_deploying_with_rollback_goes_back_before_it_goes_on(paused: Kept) -> None:
    asked = paused.deploy("mended", "--rollback")
    assert asked.returncode == 1
    assert 'do not include "--no-rollback"' in asked.stderr
    assert paused.state()[0] == "UPDATE_FAILED"

    result = paused.deploy("mended", "--rollback", "--force")

    assert result.returncode == 0, result.stderr
    status, resources = paused.state()
    assert status == "UPDATE_COMPLETE"
    assert set(resources) == {"Changed", "Added"}
    failed = paused.events()[-1 - paused.events()[::-1].index("UPDATE_FAILED") :]
    assert failed[1:] == [
        "UPDATE_ROLLBACK_IN_PROGRESS",
        "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
        "UPDATE_ROLLBACK_COMPLETE",
        "UPDATE_IN_PROGRESS",
        "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
        "UPDATE_COMPLETE",
    ]


def test_deploying_without_rollback_goes_on_from_where_it_failed(paused: Kept) -> None:
    result = paused.deploy("mended", "--no-rollback")

    assert result.returncode == 0, result.stderr
    assert paused.state() == (
        "UPDATE_COMPLETE",
        {"Changed": "UPDATE_COMPLETE", "Added": "CREATE_COMPLETE"},
    )
    assert "UPDATE_ROLLBACK_IN_PROGRESS" not in paused.events()[-3:]


def test_a_creation_that_failed_stays_until_it_is_rolled_back(synthesized: Kept) -> None:
    synthesized.project.ssm().put_parameter(Name="/in-use", Value="another's", Type="String")
    failed = synthesized.deploy("first", "--no-rollback")
    assert failed.returncode == 1
    assert synthesized.state("fresh") == (
        "CREATE_FAILED",
        {"Changed": "CREATE_COMPLETE", "Added": "CREATE_FAILED"},
    )

    result = synthesized.cdk("rollback", "first")

    assert result.returncode == 0, result.stderr
    assert synthesized.state("fresh") == (
        "ROLLBACK_COMPLETE",
        {"Changed": "DELETE_COMPLETE", "Added": "DELETE_COMPLETE"},
    )
    synthesized.project.ssm().delete_parameter(Name="/in-use")
    # The CDK CLI deletes what is left of it, and begins anew.
    assert synthesized.deploy("first").returncode == 0
    assert synthesized.state("fresh")[0] == "CREATE_COMPLETE"
