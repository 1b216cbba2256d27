"""Whole templates, reviewed as a diff. UPDATE_SNAPSHOTS=1 rewrites them."""

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from aws_cdk.assertions import Template

from lmi.environment import load_environment
from stacks import EnvironmentStage
from tests.template.templates import new_app, write_artifact

SNAPSHOTS = Path(__file__).with_name("snapshots")

ENVIRONMENTS = {
    "smallest": """
target: aws
endpoints:
  chat: {artifact: tiny, instance_type: ml.c6i.2xlarge}
""",
    "largest": """
target: aws
account: "111111111111"
region: us-west-2
tags: {team: nlp}
bootstrap:
  qualifier: acme
  kms_key_arn: "arn:aws:kms:us-west-2:111111111111:key/11111111-1111-1111-1111-111111111111"
stack: {termination_protection: true, permissions_boundary: bound}
endpoints:
  chat:
    artifact: downloads
    instance_type: ml.g5.12xlarge
    instance_count: 2
    options: {option.tensor_parallel_degree: 4}
    endpoint_name: Chat
    model_data_download_timeout_seconds: 61
    container_startup_health_check_timeout_seconds: 3599
""",
}


@pytest.mark.parametrize("size", ENVIRONMENTS)
def test_template_is_unchanged(size: str, tmp_path: Path) -> None:
    artifacts = tmp_path / "model_artifacts"
    write_artifact(artifacts / "tiny", image="0.36.0-cpu-full")
    write_artifact(
        artifacts / "downloads",
        image="0.36.0-lmi28.0.0-cu130",
        properties="engine=Python\noption.model_id=Qwen/Qwen3-8B\n",
    )
    path = tmp_path / f"{size}.yaml"
    path.write_text(ENVIRONMENTS[size])
    stage = EnvironmentStage(
        new_app(), environment=load_environment(path), model_artifacts=artifacts
    )
    (stack,) = stage.stacks
    assert stack.error is None

    actual = _normalised(Template.from_stack(stack).to_json())
    snapshot = SNAPSHOTS / f"{size}.json"
    if os.environ.get("UPDATE_SNAPSHOTS"):
        snapshot.write_text(actual)
    assert actual == snapshot.read_text()


def _normalised(template: Mapping[str, Any]) -> str:
    # A digest says only that bytes changed; its own tests say whether they should. In a logical id
    # CDK's hash of the path follows, and the digest is part of that path.
    text = json.dumps(template, indent=2, sort_keys=True) + "\n"
    text = re.sub(r"\b[0-9a-f]{64}\b", "<digest>", text)
    return re.sub(r"(PermissionsArtifact)[0-9a-f]{16}[0-9A-F]{8}", r"\1<digest>", text)
