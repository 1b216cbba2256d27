"""The artifacts of this repository: each loads, and says what its image needs."""

from pathlib import Path

import pytest

from lmi.artifact import load_artifact

ARTIFACTS = Path(__file__).parents[2] / "model_artifacts"
DEEPSPEED_IMAGE = "0.20.0-deepspeed0.7.5-cu116"
GPT_J = {
    "option.tensor_parallel_degree": "2",
    "option.model_id": "EleutherAI/gpt-j-6B",
}


@pytest.mark.parametrize(
    ("name", "image", "parameters", "files"),
    [
        ("gpt-j-6b-deepspeed", DEEPSPEED_IMAGE, 6050882784, ["serving.properties"]),
        ("gpt-j-6b-accelerate", DEEPSPEED_IMAGE, 6050882784, ["serving.properties"]),
        (
            "gpt-j-6b-custom-handler",
            DEEPSPEED_IMAGE,
            6050882784,
            ["model.py", "serving.properties"],
        ),
        ("qwen3-8b-vllm", "0.36.0-lmi28.0.0-cu130", 8190735360, ["serving.properties"]),
        (
            "smollm2-135m",
            "0.36.0-cpu-full",
            134515008,
            [
                "SmolLM2-135M-Instruct.Q4_1.gguf",
                "model.py",
                "requirements.txt",
                "serving.properties",
            ],
        ),
    ],
)
def test_an_artifact_of_this_repository_loads(
    name: str, image: str, parameters: int, files: list[str]
) -> None:
    artifact = load_artifact(ARTIFACTS / name)
    assert artifact.image.tag == image
    assert artifact.manifest.license == "apache-2.0"
    assert artifact.manifest.model is not None
    assert artifact.manifest.model.parameters == parameters
    assert [member.path for member in artifact.members] == [f"{name}/{file}" for file in files]
    assert len(artifact.network_reasons) == 1


def test_every_artifact_is_covered_here() -> None:
    assert {path.parent.name for path in ARTIFACTS.glob("*/artifact.yaml")} == {
        "gpt-j-6b-accelerate",
        "gpt-j-6b-custom-handler",
        "gpt-j-6b-deepspeed",
        "qwen3-8b-vllm",
        "smollm2-135m",
    }


def test_the_deepspeed_variant_is_the_tutorials() -> None:
    assert load_artifact(ARTIFACTS / "gpt-j-6b-deepspeed").properties.as_mapping() == {
        **GPT_J,
        "engine": "DeepSpeed",
        "option.entryPoint": "djl_python.deepspeed",
        "option.task": "text-generation",
        "option.dtype": "fp16",
    }


def test_the_accelerate_variant_has_no_dtype_because_its_handler_cannot_load_one() -> None:
    assert load_artifact(ARTIFACTS / "gpt-j-6b-accelerate").properties.as_mapping() == {
        **GPT_J,
        "engine": "Python",
        "option.entryPoint": "djl_python.huggingface",
        "option.task": "text-generation",
    }
