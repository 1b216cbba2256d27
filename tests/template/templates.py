"""How tests of templates make apps and artifacts, and read what was synthesized."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aws_cdk as cdk
from aws_cdk.assertions import Template

from cdk_lmi import LmiEndpoint, ModelArtifact

ROOT = Path(__file__).parents[2]
ACCOUNT = "111111111111"
IMAGE = "0.20.0-deepspeed0.7.5-cu116"

CONTEXT = {
    **json.loads((ROOT / "cdk.json").read_text())["context"],
    # What the CDK CLI sets: a refused stack is then told, and does not end the synthesis of others.
    "@aws-cdk/core:failSynthOnValidationErrors": False,
}

TUTORIAL = ROOT / "model_artifacts" / "gpt-j-6b-deepspeed"

HANDLER = "def handle(inputs):\n    return None\n"


def new_app(outdir: Path | None = None) -> cdk.App:
    """Return an app with the feature flags of cdk.json."""
    return cdk.App(
        analytics_reporting=False,
        context=CONTEXT,
        outdir=None if outdir is None else str(outdir),
    )


def new_stack(
    region: str | None = "us-west-2", account: str | None = ACCOUNT, **options: Any
) -> cdk.Stack:
    """Return a stack in an app of its own."""
    env = cdk.Environment(account=account, region=region)
    return cdk.Stack(new_app(), "Stack", env=env, **options)


def stack_with_endpoint(
    artifact: ModelArtifact,
    *,
    stack: cdk.Stack | None = None,
    instance_type: str = "ml.g5.xlarge",
    **arguments: Any,
) -> cdk.Stack:
    """Return *stack*, or one in an app of its own, with an endpoint in it."""
    stack = new_stack() if stack is None else stack
    LmiEndpoint(stack, "Endpoint", artifact=artifact, instance_type=instance_type, **arguments)
    return stack


def write_artifact(
    folder: Path, *, image: str = IMAGE, properties: str = "engine=Python\n", handler: str = HANDLER
) -> Path:
    """Write an artifact that needs no network to *folder*."""
    folder.mkdir(parents=True)
    (folder / "artifact.yaml").write_text(f"image: {image}\n")
    (folder / "serving.properties").write_text(properties)
    (folder / "model.py").write_text(handler)
    return folder


def tutorial(**options: str | None) -> ModelArtifact:
    """Return the tutorial's artifact."""
    return ModelArtifact.from_directory(TUTORIAL, options=options)


def assembly_of(stack: cdk.Stack) -> Path:
    """Synthesize the app of *stack* and return the folder."""
    app = stack.node.root
    assert isinstance(app, cdk.App)
    return Path(app.synth().directory)


def resources_of(stack: cdk.Stack, resource_type: str) -> Mapping[str, Mapping[str, Any]]:
    """Return the resources of a type, by logical id."""
    return Template.from_stack(stack).find_resources(resource_type)


def properties_of(stack: cdk.Stack, resource_type: str) -> Mapping[str, Any]:
    """Return the properties of the only resource of a type."""
    (resource,) = resources_of(stack, resource_type).values()
    properties: Mapping[str, Any] = resource["Properties"]
    return properties


def variant_of(stack: cdk.Stack) -> Mapping[str, Any]:
    """Return the only production variant."""
    config = properties_of(stack, "AWS::SageMaker::EndpointConfig")
    (variant,) = config["ProductionVariants"]
    found: Mapping[str, Any] = variant
    return found


def container_of(stack: cdk.Stack) -> Mapping[str, Any]:
    """Return the only container."""
    container: Mapping[str, Any] = properties_of(stack, "AWS::SageMaker::Model")["PrimaryContainer"]
    return container
