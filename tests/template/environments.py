"""The smallest and the largest endpoint that an environment's file can ask for."""

from pathlib import Path

from lmi.environment import load_environment
from stacks import EndpointStack, EnvironmentStage
from tests.template.templates import new_app, write_artifact

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


def stack_of(size: str, folder: Path) -> EndpointStack:
    """Return the only stack of the environment of this *size*, whose files go to *folder*."""
    artifacts = folder / "model_artifacts"
    write_artifact(artifacts / "tiny", image="0.36.0-cpu-full")
    write_artifact(
        artifacts / "downloads",
        image="0.36.0-lmi28.0.0-cu130",
        properties="engine=Python\noption.model_id=Qwen/Qwen3-8B\n",
    )
    path = folder / f"{size}.yaml"
    path.write_text(ENVIRONMENTS[size])
    stage = EnvironmentStage(
        new_app(), environment=load_environment(path), model_artifacts=artifacts
    )
    (stack,) = stage.stacks
    assert stack.error is None
    return stack
