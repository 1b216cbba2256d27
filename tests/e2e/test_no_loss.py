"""Clients that call without pause while an endpoint is updated lose nothing."""

import json
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import boto3
import pytest
from botocore.config import Config

from tests.e2e.project import ACCOUNT, REGION, Project

pytestmark = pytest.mark.e2e

CLIENTS = 4
AFTER_SECONDS = 10
AT_LEAST = 500
HANDLER = """\
import os

from djl_python import Input, Output

options = {}


def handle(inputs: Input):
    if inputs.is_empty():
        options.update(inputs.get_properties())
        return None
    # One byte for each request, from whichever server answers it.
    with open(options["served"], "ab", buffering=0) as served:
        served.write(b".")
    return Output().add_as_json({"generated_text": options["answer"]})
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """One request: when it began and ended, and what the model answered."""

    begun: float
    ended: float
    answer: str


@pytest.fixture(name="app")
def _app(project: Project, tmp_path: Path) -> Callable[[str, str], str]:
    """Write the model and its environment, and return what synthesizes it with an answer."""
    project.write("model_artifacts/loss-model/artifact.yaml", "image: 0.36.0-cpu-full\n")
    project.write("model_artifacts/loss-model/serving.properties", "engine=Python\n")

    def synthesize(answer: str, handler: str) -> str:
        project.write("model_artifacts/loss-model/model.py", handler)
        project.write(
            "environments/loss.yaml",
            f'target: local\naccount: "{ACCOUNT}"\nregion: {REGION}\nendpoints:\n'
            "  chat:\n    artifact: loss-model\n    instance_type: ml.c6i.2xlarge\n"
            f"    options: {{option.answer: {answer}, option.served: {tmp_path}/served}}\n",
        )
        return project.synth("loss", output=f"cdk.out.loss.{answer}")

    return synthesize


def test_an_update_and_a_failing_update_lose_no_request(
    project: Project, app: Callable[[str, str], str], tmp_path: Path
) -> None:
    _deploy(project, app("old", HANDLER), 0)
    new, broken = app("new", HANDLER), app("broken", f"{HANDLER}\nraise RuntimeError('broken')\n")
    try:
        calls = _calls_during(project, lambda: _deploy(project, new, 0))
        _check(calls, tmp_path / "served", {"old", "new"})
        promoted = min(call.ended for call in calls if call.answer == "new")
        late = {call.answer for call in calls if call.begun > promoted}
        assert late == {"new"}

        (tmp_path / "served").unlink()
        calls = _calls_during(project, lambda: _deploy(project, broken, 1))
        _check(calls, tmp_path / "served", {"new"})
    finally:
        project.cdk("destroy", "loss/*", "--app", new, "--force")


def _check(calls: list[Call], served: Path, answers: set[str]) -> None:
    assert len(calls) >= AT_LEAST
    assert {call.answer for call in calls} == answers
    assert len(calls) == served.stat().st_size


def _deploy(project: Project, assembly: str, code: int) -> None:
    result = project.deploy("loss/*", assembly=assembly)
    assert result.returncode == code, result.stdout + result.stderr


def _calls_during(project: Project, action: Callable[[], None]) -> list[Call]:
    """Call the endpoint from several clients until some seconds after *action*, without retries."""
    stop = threading.Event()
    with ThreadPoolExecutor(CLIENTS) as pool:
        clients = [pool.submit(_call_until, project, stop) for _ in range(CLIENTS)]
        try:
            action()
            stop.wait(AFTER_SECONDS)
        finally:
            stop.set()
        return [call for client in clients for call in client.result()]


def _call_until(project: Project, stop: threading.Event) -> list[Call]:
    client = boto3.Session().client(
        "sagemaker-runtime",
        region_name=REGION,
        endpoint_url=project.variables["AWS_ENDPOINT_URL"],
        aws_access_key_id=project.variables["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=project.variables["AWS_SECRET_ACCESS_KEY"],
        config=Config(retries={"total_max_attempts": 1}),
    )
    calls = []
    while not stop.is_set():
        begun = time.monotonic()
        body = client.invoke_endpoint(
            EndpointName="loss-chat", ContentType="application/json", Body=b'{"inputs": "?"}'
        )["Body"].read()
        calls.append(
            Call(begun=begun, ended=time.monotonic(), answer=json.loads(body)["generated_text"])
        )
    client.close()
    return calls
