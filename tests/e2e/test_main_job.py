"""The main job through the real CDK CLI, the embedded AWS and DJL's own Python engine."""

import hashlib
import json
import subprocess
import tarfile
from pathlib import Path

import pytest

from tests.e2e.project import BIN, ROOT, Project

pytestmark = pytest.mark.e2e

PROMPTS = ("Large model inference is", "The capital of France is", "def fibonacci(n):")
NEW_TOKENS = 24


@pytest.fixture(scope="module")
def assembly(project: Project) -> str:
    """The local environment, synthesized by the CDK CLI."""
    output = "cdk.out.local"
    project.succeed(
        *(str(BIN / "cdk"), "synth", "--quiet", "-c", "environments=local", "-o", output)
    )
    return output


@pytest.fixture(scope="module")
def deployed(project: Project, assembly: str) -> Project:
    """The local environment, deployed."""
    result = project.cdk(
        *("deploy", "local/*", "--app", assembly, "--require-approval", "never"),
        *("--concurrency", "3", "--outputs-file", "outputs.json"),
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return project


@pytest.fixture(scope="module")
def tarball(deployed: Project, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The chat model's tarball as it lies in the emulated bucket."""
    sagemaker = deployed.sagemaker()
    endpoint = sagemaker.describe_endpoint(EndpointName="local-chat")
    config = sagemaker.describe_endpoint_config(EndpointConfigName=endpoint["EndpointConfigName"])
    model = sagemaker.describe_model(ModelName=config["ProductionVariants"][0]["ModelName"])
    url = model["PrimaryContainer"]["ModelDataUrl"]
    bucket, _, key = url.removeprefix("s3://").partition("/")
    assert key.endswith(".tar.gz")
    target = tmp_path_factory.mktemp("uploaded") / "model.tar.gz"
    deployed.s3().download_file(bucket, key, str(target))
    return target


def test_the_uploaded_tarball_is_the_bundled_one(deployed: Project, tarball: Path) -> None:
    bundled = deployed.lmi("bundle", "local/chat", "-o", "bundled.tar.gz")
    assert bundled.returncode == 0, bundled.stderr
    uploaded = hashlib.sha256(tarball.read_bytes()).hexdigest()
    assert uploaded == json.loads(bundled.stdout)["sha256"]
    outputs = json.loads((deployed.root / "outputs.json").read_text())
    assert json.loads(bundled.stdout)["content_sha256"] in outputs["local-chat"].values()


def test_the_text_equals_what_the_engine_gives_from_the_uploaded_weights(
    deployed: Project, tarball: Path, tmp_path: Path
) -> None:
    with tarfile.open(tarball) as archive:
        archive.extractall(tmp_path, filter="data")
    (weights,) = tmp_path.rglob("*.gguf")
    prompts, texts = tmp_path / "prompts.json", tmp_path / "texts.json"
    prompts.write_text(json.dumps(PROMPTS))
    script = ROOT / "tests" / "e2e" / "generate.py"
    python = ROOT / ".lmi" / "server-python" / "bin" / "python"
    subprocess.run(
        [python, script, weights, str(NEW_TOKENS), prompts, texts], capture_output=True, check=True
    )
    wanted = json.loads(texts.read_text())
    served = [
        json.loads(
            deployed.succeed(
                *(str(BIN / "lmi"), "predict", "local/chat", prompt, "--format", "json"),
                *("--max-new-tokens", str(NEW_TOKENS)),
            )
        )["text"]
        for prompt in PROMPTS
    ]
    assert all(len(text) > 20 for text in wanted)
    # As transformers' pipeline does, the handler answers with the prompt in front.
    assert served == [prompt + text for prompt, text in zip(PROMPTS, wanted, strict=True)]


def test_the_gpt_j_endpoints_are_in_service_and_say_that_nothing_runs(deployed: Project) -> None:
    status = json.loads(deployed.lmi("local", "status", "--format", "json").stdout)
    told = {
        endpoint["endpoint_name"]: endpoint["status"]
        for endpoint in status["endpoints"]
        if endpoint["endpoint_name"].startswith("local-")
    }
    assert told == {
        "local-chat": "InService",
        "local-gpt-j-deepspeed": "InService (unhosted: needs 4 GPUs)",
        "local-gpt-j-accelerate": "InService (unhosted: needs 4 GPUs)",
    }
    refused = deployed.lmi("predict", "local/gpt-j-deepspeed", "x")
    assert refused.returncode == 1
    assert "ml.g5.12xlarge has 4 GPUs" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_second_deployment_has_nothing_to_do(deployed: Project, assembly: str) -> None:
    result = deployed.deploy("local/*", assembly=assembly)
    assert result.returncode == 0, result.stderr
    assert (result.stdout + result.stderr).count("(no changes)") == 3
    difference = deployed.cdk("diff", "local/*", "--app", assembly, "--fail")
    assert difference.returncode == 0, difference.stdout + difference.stderr
