"""`lmi mirror`: what is refused before anything is asked of S3."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from lmi.cli import main

ENVIRONMENT = """\
target: aws
endpoints:
  gpt-j: {artifact: gpt-j-6b, instance_type: ml.g5.12xlarge}
"""
PROPERTIES = """\
engine=DeepSpeed
option.entryPoint=djl_python.deepspeed
option.model_id=EleutherAI/gpt-j-6B
option.tensor_parallel_degree=2
option.task=text-generation
"""


@pytest.fixture(autouse=True)
def _project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "model_artifacts" / "gpt-j-6b"
    folder.mkdir(parents=True)
    (folder / "artifact.yaml").write_text("image: 0.20.0-deepspeed0.7.5-cu116\n")
    (folder / "serving.properties").write_text(PROPERTIES)
    (tmp_path / "environments").mkdir()
    (tmp_path / "environments" / "dev.yaml").write_text(ENVIRONMENT)
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "model.safetensors").write_bytes(b"weights")
    monkeypatch.chdir(tmp_path)
    # What is refused here must be so without credentials and without a network.
    for name in ("AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.mark.parametrize(
    ("arguments", "exit_code", "message"),
    [
        (["model"], 2, "model: where to? name a prefix, such as s3://BUCKET/model/"),
        (["model", "s3://models/gpt-j"], 2, "must end with '/'; write s3://models/gpt-j/"),
        (["model", "s3://models/a/", "--include", "*.gguf"], 2, "'*.gguf' fits no file of model"),
        (["model", "s3://models/a/", "--verify", "--dry-run"], 2, "exclude each other"),
        (["none", "s3://models/a/"], 1, "none: there is no such folder"),
        (["model_artifacts/gpt-j-6b", "s3://models/a/"], 1, "there is nothing to mirror"),
        (["model", "s3://models/a/", "--kms-key", "alias/mine"], 2, "must be the ARN of a key"),
        (["model", "s3://models/a/", "--bucket-owner", "me"], 2, "twelve digits, got 'me'"),
        (["model", "s3://models/a/"], 1, "there are no credentials for AWS"),
        (["dev/gpt-j"], 2, "or write 'source: {mirror: s3://BUCKET/PREFIX/}' into"),
        (["dev/gpt-x", "s3://models/a/"], 2, "did you mean 'gpt-j'?"),
        (["dev/gpt-j", "s3://models/a/", "--include", "*"], 2, "--include is for a FOLDER"),
    ],
)
def test_fails_with_a_message_that_says_what_to_do(
    arguments: list[str], exit_code: int, message: str
) -> None:
    result = CliRunner().invoke(main, ["mirror", *arguments])
    assert message in result.stderr
    assert result.exit_code == exit_code
    assert isinstance(result.exception, SystemExit)
    assert result.stdout == ""
