"""The options of `cdk deploy` against the embedded AWS, on endpoints that no server runs."""

import subprocess
from dataclasses import dataclass

import pytest
from botocore.exceptions import ClientError

from tests.e2e.project import ACCOUNT, BIN, REGION, Project

pytestmark = pytest.mark.e2e

CROWD = ("ways/first", "ways/second", "ways/third", "ways/fourth")
KEYS = ("change-set", "direct", "prepared", "swapped", "approved")
HANDLER = """\
from djl_python import Input, Output


def handle(inputs: Input):
    return None if inputs.is_empty() else Output().add("nothing runs here")
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Ways:
    """A stack for each test, synthesized twice: the model of `new` replaces that of `old`."""

    project: Project
    old: str
    new: str

    def cdk(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the CDK CLI where nobody can answer it."""
        command = ("sh", "-c", 'exec "$0" "$@" < /dev/null', str(BIN / "cdk"))
        return self.project.run(*command, *arguments)

    def deploy(self, assembly: str, *arguments: str) -> str:
        """Deploy, which must succeed; return what was printed."""
        result = self.cdk("deploy", "--app", assembly, "--require-approval", "never", *arguments)
        assert result.returncode == 0, result.stdout + result.stderr
        return result.stdout + result.stderr

    def status(self, key: str) -> str:
        """Return the status of a stack."""
        found = self.project.cloudformation().describe_stacks(StackName=f"ways-{key}")["Stacks"]
        return found[0]["StackStatus"]

    def model(self, key: str) -> str:
        """Return the name of the model that the stack's endpoint has."""
        sagemaker = self.project.sagemaker()
        name = sagemaker.describe_endpoint(EndpointName=f"ways-{key}")["EndpointConfigName"]
        config = sagemaker.describe_endpoint_config(EndpointConfigName=name)
        return config["ProductionVariants"][0]["ModelName"]


@pytest.fixture(scope="module")
def ways(project: Project) -> Ways:
    """The stacks, none of them deployed."""
    project.write(
        "model_artifacts/ways/artifact.yaml", "image: 0.36.0-cpu-full\nlicense: apache-2.0\n"
    )
    project.write("model_artifacts/ways/serving.properties", "engine=Python\n")
    project.write("model_artifacts/ways/model.py", HANDLER)

    def synth(age: str) -> str:
        text = f'target: local\naccount: "{ACCOUNT}"\nregion: {REGION}\nendpoints:\n'
        for key in (*KEYS, *(name.removeprefix("ways/") for name in CROWD)):
            text += f"  {key}:\n    artifact: ways\n    instance_type: ml.g5.2xlarge\n"
            text += f"    options: {{option.age: {age}}}\n"
        project.write("environments/ways.yaml", text)
        return project.synth("ways", output=f"cdk.out.ways.{age}")

    return Ways(project=project, old=synth("old"), new=synth("new"))


@pytest.mark.parametrize("method", ["change-set", "direct"])
def test_a_method_creates_updates_and_finds_nothing_to_do(ways: Ways, method: str) -> None:
    arguments = (f"ways/{method}", "--method", method)
    ways.deploy(ways.old, *arguments)
    assert ways.status(method) == "CREATE_COMPLETE"
    old = ways.model(method)

    ways.deploy(ways.new, *arguments)
    assert ways.status(method) == "UPDATE_COMPLETE"
    assert ways.model(method) != old
    assert "(no changes)" in ways.deploy(ways.new, *arguments)
    assert "(no changes)" in ways.deploy(ways.new, *arguments, "--force")


def test_a_prepared_change_set_changes_nothing_until_it_is_executed(ways: Ways) -> None:
    named = ("ways/prepared", "--change-set-name", "reviewed", "--method")
    ways.deploy(ways.old, *named, "prepare-change-set")
    assert ways.status("prepared") == "REVIEW_IN_PROGRESS"
    ways.deploy(ways.old, *named, "execute-change-set")
    assert ways.status("prepared") == "CREATE_COMPLETE"
    old = ways.model("prepared")

    ways.deploy(ways.new, *named, "prepare-change-set")
    assert ways.status("prepared") == "CREATE_COMPLETE"
    assert ways.model("prepared") == old
    ways.deploy(ways.new, *named, "execute-change-set")
    assert ways.status("prepared") == "UPDATE_COMPLETE"
    assert ways.model("prepared") != old

    # It was executed, so there is none of that name any more.
    result = ways.cdk("deploy", "--app", ways.new, *named, "execute-change-set")
    assert result.returncode == 1
    assert "reviewed" in result.stderr


def test_a_hotswap_falls_back_to_an_update(ways: Ways) -> None:
    created = ways.deploy(ways.old, "ways/swapped", "--hotswap-fallback")
    assert ways.status("swapped") == "CREATE_COMPLETE", created
    old = ways.model("swapped")

    told = ways.deploy(ways.new, "ways/swapped", "--hotswap-fallback")
    assert "Could not perform a hotswap deployment" in told
    assert "Falling back to doing a full deployment" in told
    assert ways.status("swapped") == "UPDATE_COMPLETE"
    assert ways.model("swapped") != old


def test_fails_on_what_needs_approval_where_nobody_can_give_it(ways: Ways) -> None:
    stack, one = "ways-approved", ("--app", ways.old, "ways/approved", "--require-approval")
    for asked in ("broadening", "any-change"):
        result = ways.cdk("deploy", *one, asked)
        assert result.returncode == 1
        # The table of permissions before it is the CLI's own, and now and then it leaves it out.
        assert "terminal (TTY) is not attached" in result.stderr
        with pytest.raises(ClientError, match="does not exist"):
            ways.project.cloudformation().describe_stacks(StackName=stack)

    assert ways.cdk("deploy", *one, "never").returncode == 0
    assert ways.status("approved") == "CREATE_COMPLETE"
    # Another option of the model broadens nothing but the tarball that the role may read.
    result = ways.cdk(
        "deploy", "--app", ways.new, "ways/approved", "--require-approval", "broadening"
    )
    assert result.returncode == 1
    assert "s3:GetObject" in result.stdout + result.stderr
    assert ways.status("approved") == "CREATE_COMPLETE"


def test_four_stacks_are_deployed_in_parallel(ways: Ways) -> None:
    keys = [name.removeprefix("ways/") for name in CROWD]
    parallel = (*CROWD, "--concurrency", "4")
    ways.deploy(ways.old, *parallel)
    assert {ways.status(key) for key in keys} == {"CREATE_COMPLETE"}
    old = {key: ways.model(key) for key in keys}

    ways.deploy(ways.new, *parallel)
    assert {ways.status(key) for key in keys} == {"UPDATE_COMPLETE"}
    assert not {ways.model(key) for key in keys} & set(old.values())
    assert ways.deploy(ways.new, *parallel).count("(no changes)") == 4


def test_fails_to_replace_without_roll_back(ways: Ways) -> None:
    key = "first"
    ways.deploy(ways.old, f"ways/{key}")
    before = ways.model(key)
    result = ways.cdk(
        *("deploy", "--app", ways.new, f"ways/{key}", "--no-rollback"),
        *("--require-approval", "never"),
    )
    assert result.returncode == 1
    assert "a replacement which cannot be deployed while rollback is disabled" in result.stderr
    assert ways.model(key) == before


def test_fails_to_detect_drift_and_says_what_to_do_instead(ways: Ways) -> None:
    ways.deploy(ways.old, "ways/second")
    result = ways.cdk("drift", "--app", ways.old, "ways/second", "--fail")
    assert result.returncode == 1
    assert "the embedded AWS cannot detect drift" in result.stderr
    assert "`cdk diff` compares the templates" in result.stderr
