"""A stack with an endpoint for each of the five sources of a model."""

from pathlib import Path
from typing import Any

import aws_cdk as cdk

from cdk_lmi import HubModel, LmiImage, Mirror, ModelArtifact, S3Weights
from tests.template.templates import new_stack, stack_with_endpoint, write_artifact

IMAGE = "0.36.0-lmi28.0.0-cu130"
VLLM = "engine=Python\noption.entryPoint=djl_python.lmi_vllm.vllm_async_service\n"
WEIGHTS_URL = "s3://my-models/qwen3-8b/"
MIRROR = Mirror.parse("s3://my-models/mirror/")
TARBALL_URL = "s3://my-models/chat/v1/model.tar.gz"


def with_weights(folder: Path) -> Path:
    """Write an artifact with its weights to *folder*."""
    folder.mkdir(parents=True)
    (folder / "artifact.yaml").write_text(f"image: {IMAGE}\n")
    (folder / "serving.properties").write_text(VLLM)
    (folder / "config.json").write_text("{}")
    (folder / "model.safetensors").write_bytes(b"weights")
    return folder


def without_weights(folder: Path, properties: str) -> Path:
    """Write an artifact of *properties* alone to *folder*."""
    write_artifact(folder, image=IMAGE, properties=properties)
    (folder / "model.py").unlink()
    return folder


def artifact_of(kind: str, folder: Path) -> ModelArtifact:
    """Return an artifact whose model comes from *kind*; its folder, if any, is *folder*."""
    match kind:
        case "folder":
            return ModelArtifact.from_directory(with_weights(folder))
        case "hub":
            hub = HubModel.parse("Qwen/Qwen3-8B", revision="0" * 40)
            return ModelArtifact.from_directory(without_weights(folder, VLLM), source=hub)
        case "s3":
            weights = S3Weights.parse(WEIGHTS_URL)
            return ModelArtifact.from_directory(without_weights(folder, VLLM), source=weights)
        case "mirror":
            return ModelArtifact.from_directory(with_weights(folder), source=MIRROR)
        case _:
            return ModelArtifact.from_tarball(TARBALL_URL, image=LmiImage.from_tag(IMAGE))


def stack_of(artifact: ModelArtifact, **arguments: Any) -> cdk.Stack:
    """Return a stack with an endpoint that serves *artifact*."""
    return stack_with_endpoint(
        artifact,
        stack=new_stack(),
        instance_type="ml.g6.12xlarge",
        endpoint_name="chat",
        **arguments,
    )
