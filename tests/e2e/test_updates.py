"""Updates through the real CDK CLI: what is replaced, what serves, and what a failure leaves."""

from pathlib import Path

import pytest

from tests.e2e.project import ACCOUNT, REGION, Project

pytestmark = pytest.mark.e2e

HANDLER = """\
from djl_python import Input, Output

options = {}


def handle(inputs: Input):
    if inputs.is_empty():
        options.update(inputs.get_properties())
        return None
    return Output().add_as_json({"generated_text": options["answer"]})
"""
ENDPOINT_TYPE = "AWS::SageMaker::Endpoint"
ENDPOINT = """\
  {key}:
    artifact: {artifact}
    instance_type: ml.c6i.2xlarge
    options: {{option.answer: {answer}}}
"""


class App:
    """One environment with endpoints that answer what their options say."""

    def __init__(self, project: Project, environment: str) -> None:
        self.project, self.environment = project, environment
        self.assembly = f"cdk.out.{environment}"
        self.artifact = f"{environment}-model"
        self.folder = Path("model_artifacts") / self.artifact
        self.manifest("0.36.0-cpu-full")
        self.handler(HANDLER)
        project.write(str(self.folder / "serving.properties"), "engine=Python\n")

    def manifest(self, image: str) -> None:
        """Name the image of the artifact."""
        text = f"image: {image}\nlicense: apache-2.0\n"
        self.project.write(str(self.folder / "artifact.yaml"), text)

    def handler(self, text: str) -> None:
        """Write model.py."""
        self.project.write(str(self.folder / "model.py"), text)

    def endpoints(self, **answers: str) -> None:
        """Write the environment and synthesize it; a key is an endpoint, its value the answer."""
        text = f'target: local\naccount: "{ACCOUNT}"\nregion: {REGION}\nendpoints:\n'
        for key, answer in answers.items():
            text += ENDPOINT.format(key=key, artifact=self.artifact, answer=answer)
        self.project.write(f"environments/{self.environment}.yaml", text)
        self.project.synth(self.environment, output=self.assembly)

    def deploy(self, *more: str) -> None:
        """Deploy, which must succeed and leave no difference."""
        result = self.project.cdk(
            *("deploy", f"{self.environment}/*", "--app", self.assembly),
            *("--require-approval", "never", *more),
        )
        assert result.returncode == 0, result.stdout + result.stderr
        self.diff("--fail")

    def diff(self, *more: str) -> str:
        """Return what `cdk diff` prints."""
        result = self.project.cdk("diff", f"{self.environment}/*", "--app", self.assembly, *more)
        assert result.returncode == 0, result.stdout + result.stderr
        return result.stdout + result.stderr

    def answer(self, key: str) -> str:
        """Return what the endpoint answers."""
        result = self.project.lmi("predict", f"{self.environment}/{key}", "?")
        assert result.returncode == 0, result.stderr
        return result.stdout.strip()

    def destroy(self) -> None:
        """Destroy the stacks of the assembly."""
        result = self.project.cdk(
            "destroy", f"{self.environment}/*", "--app", self.assembly, "--force"
        )
        assert result.returncode == 0, result.stdout + result.stderr


def test_a_changed_option_replaces_the_model_and_updates_the_endpoint(project: Project) -> None:
    app = App(project, "option")
    app.endpoints(chat="old")
    app.deploy()
    assert app.answer("chat") == "old"

    app.endpoints(chat="new")
    difference = app.diff()
    assert _line(difference, "AWS::SageMaker::Model ").endswith("replace")
    assert _line(difference, "AWS::SageMaker::EndpointConfig ").endswith("replace")
    assert not _line(difference, "AWS::SageMaker::Endpoint ").endswith("replace")
    app.deploy()
    assert app.answer("chat") == "new"
    # What the old model needs goes after the new one serves, and its grant after the model.
    events = _events(project, "option-chat")
    (served,) = (i for i, e in enumerate(events) if e[1:] == (ENDPOINT_TYPE, "UPDATE_COMPLETE"))
    deleted = [(i, *e) for i, e in enumerate(events) if e[2] == "DELETE_COMPLETE"]
    assert all(i > served for i, *_ in deleted)
    assert deleted[-1][1].startswith("EndpointPermissionsArtifact")
    assert {kind for _, _, kind, _ in deleted} == {
        "AWS::IAM::Policy",
        "AWS::SageMaker::EndpointConfig",
        "AWS::SageMaker::Model",
    }
    app.destroy()


def test_a_broken_update_leaves_the_old_model_serving(project: Project) -> None:
    app = App(project, "broken")
    app.endpoints(chat="old")
    app.deploy()

    app.handler(f"{HANDLER}\nraise RuntimeError('these weights are for another model')\n")
    app.endpoints(chat="new")
    failed = project.deploy("broken/*", assembly=app.assembly)
    assert failed.returncode == 1
    assert "these weights are for another model" in failed.stdout + failed.stderr
    (stack,) = project.cloudformation().describe_stacks(StackName="broken-chat")["Stacks"]
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert app.answer("chat") == "old"

    app.handler(HANDLER)
    app.endpoints(chat="newer")
    app.deploy()
    assert app.answer("chat") == "newer"
    app.destroy()


def test_a_changed_image_serves_from_the_new_one(project: Project) -> None:
    app = App(project, "image")
    app.endpoints(chat="old")
    app.deploy()
    app.manifest("0.35.0-cpu-full")
    app.endpoints(chat="old")
    assert "0.35.0-cpu-full" in app.diff()
    app.deploy()
    assert app.answer("chat") == "old"
    app.destroy()


def test_endpoints_are_added_renamed_and_deployed_side_by_side(project: Project) -> None:
    app = App(project, "keys")
    app.endpoints(one="first", two="second")
    app.deploy("--concurrency", "4")
    assert (app.answer("one"), app.answer("two")) == ("first", "second")

    # Another key is another stack: the old one stays until it is destroyed.
    old = project.synth("keys", output="cdk.out.keys.old")
    app.endpoints(one="first", three="second")
    app.deploy("--concurrency", "4")
    assert app.answer("three") == "second"
    gone = project.cdk("destroy", "keys/two", "--app", old, "--force")
    assert gone.returncode == 0, gone.stdout + gone.stderr
    app.destroy()
    names = [e["EndpointName"] for e in project.sagemaker().list_endpoints()["Endpoints"]]
    assert not [name for name in names if name.startswith("keys-")]


def _line(difference: str, resource_type: str) -> str:
    (line,) = (line for line in difference.splitlines() if f"] {resource_type}" in line)
    return line.strip()


def _events(project: Project, stack: str) -> list[tuple[str, str, str]]:
    """Return logical id, type and status of each event of the newest update, in their order."""
    told = project.cloudformation().describe_stack_events(StackName=stack)["StackEvents"]
    events: list[tuple[str, str, str]] = [
        (e["LogicalResourceId"], e["ResourceType"], e["ResourceStatus"]) for e in reversed(told)
    ]
    begun = max(i for i, e in enumerate(events) if e[::2] == (stack, "UPDATE_IN_PROGRESS"))
    return events[begun:]
