"""What a user sees when a model cannot load, and that the next deployment works."""

import pytest

from tests.e2e.project import ACCOUNT, REGION, Project

pytestmark = pytest.mark.e2e

ENVIRONMENT = f"""\
target: local
account: "{ACCOUNT}"
region: {REGION}
endpoints:
  answer:
    artifact: answer
    instance_type: ml.c6i.2xlarge
"""
MANIFEST = "image: 0.36.0-cpu-full\nlicense: apache-2.0\n"
HANDLER = """\
from djl_python import Input, Output

ANSWER = 42


def handle(inputs: Input):
    if inputs.is_empty():
        return None
    return Output().add_as_json({"generated_text": str(ANSWER)})
"""


@pytest.fixture(scope="module", name="cycle")
def _cycle(project: Project) -> Project:
    project.write("environments/cycle.yaml", ENVIRONMENT)
    project.write("model_artifacts/answer/artifact.yaml", MANIFEST)
    project.write("model_artifacts/answer/serving.properties", "engine=Python\n")
    return project


def test_a_handler_that_raises_fails_the_deployment_and_the_mended_one_works(
    cycle: Project,
) -> None:
    broken = HANDLER.replace("42", "int('forty-two')")
    cycle.write("model_artifacts/answer/model.py", broken)
    failed = cycle.deploy("cycle/*", assembly=cycle.synth("cycle", output="cdk.out.broken"))
    told = failed.stdout + failed.stderr
    assert failed.returncode == 1
    assert "invalid literal for int() with base 10: 'forty-two'" in told
    assert "model.py, line 3" in told
    assert "Traceback" not in told
    (stack,) = cycle.cloudformation().describe_stacks(StackName="cycle-answer")["Stacks"]
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    assert _endpoints(cycle) == []

    cycle.write("model_artifacts/answer/model.py", HANDLER)
    mended = cycle.deploy("cycle/*", assembly=cycle.synth("cycle", output="cdk.out.mended"))
    assert mended.returncode == 0, mended.stdout + mended.stderr
    answered = cycle.lmi("predict", "cycle/answer", "?")
    assert (answered.returncode, answered.stdout) == (0, "42\n"), answered.stderr

    gone = cycle.cdk("destroy", "cycle/*", "--app", "cdk.out.mended", "--force")
    assert gone.returncode == 0, gone.stdout + gone.stderr
    assert _endpoints(cycle) == []
    unanswered = cycle.lmi("predict", "cycle/answer", "?")
    assert unanswered.returncode == 1
    assert "cdk deploy 'cycle/answer'" in unanswered.stderr


def _endpoints(project: Project) -> list[str]:
    listed = project.sagemaker().list_endpoints()["Endpoints"]
    return [e["EndpointName"] for e in listed if e["EndpointName"].startswith("cycle-")]
