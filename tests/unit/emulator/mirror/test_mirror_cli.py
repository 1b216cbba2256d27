"""`lmi mirror` from the call to the prefix."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner, Result

from lmi.artifact import load_artifact
from lmi.cli import main
from lmi.ops.mirror import S3Prefix, artifact_prefix

if TYPE_CHECKING:
    from tests.unit.emulator.conftest import Aws

ENVIRONMENT = """\
target: aws
region: us-west-2
endpoints:
  chat:
    artifact: chat
    instance_type: ml.g5.12xlarge
    options: {option.max_rolling_batch_size: 8}
"""


@pytest.fixture(name="place")
def _place(aws: "Aws", tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A project and a shell that reach the embedded AWS; returns a prefix of its own."""
    place = f"s3://bucket/{aws.unique('cli')}/"
    model = tmp_path / "model"
    model.mkdir()
    (model / "model.safetensors").write_bytes(b"weights")
    (model / "config.json").write_text("{}")
    (model / "README.md").write_text("read me")
    artifact = tmp_path / "model_artifacts" / "chat"
    artifact.mkdir(parents=True)
    (artifact / "artifact.yaml").write_text(
        f"image: 0.36.0-lmi24.0.0-cu129\nlayout: flat\nsource: {{mirror: '{place}'}}\n"
    )
    (artifact / "serving.properties").write_text("engine=Python\noption.model_id=.\n")
    (artifact / "config.json").write_text('{"model_type": "llama"}')
    (artifact / "model.safetensors").write_bytes(b"weights")
    (tmp_path / "environments").mkdir()
    (tmp_path / "environments" / "dev.yaml").write_text(ENVIRONMENT)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AWS_ENDPOINT_URL", aws.url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "LMIEMBEDDEDAWS000000")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "not-a-secret")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-west-2")
    return place


def _lmi(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["mirror", *arguments])


def _document(*arguments: str) -> dict[str, Any]:
    result = _lmi(*arguments, "--format", "json")
    assert result.exit_code == 0, result.output
    document: dict[str, Any] = json.loads(result.stdout)
    return document


def _keys(aws: "Aws", place: str) -> list[str]:
    prefix = place.removeprefix("s3://bucket/")
    found = aws.client("s3").list_objects_v2(Bucket="bucket", Prefix=prefix).get("Contents", [])
    return [each["Key"].removeprefix(prefix) for each in found]


def test_a_folder_is_mirrored_and_what_is_left_out_is_told(aws: "Aws", place: str) -> None:
    result = _lmi("model", place)
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines() == [
        f"{place}: 0 there (0 B), 0 copied (0 B), 2 sent (9 B)",
        f"to load it from there: option.model_id={place}",
    ]
    assert result.stderr == (
        "left out: README.md (neither weights nor configuration, tokenizer or chat template)\n"
    )
    assert _keys(aws, place) == ["config.json", "model.safetensors"]
    verified = _lmi("model", place, "--verify")
    assert verified.stdout == f"{place}: 2 files, 9 B, every byte is as it was sent\n"


def test_a_dry_run_writes_nothing(aws: "Aws", place: str) -> None:
    result = _lmi("model", place, "--dry-run")
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines() == [
        "send          2 B  config.json",
        "send          7 B  model.safetensors",
        f"{place}: 0 there (0 B), 0 to copy (0 B), 2 to send (9 B); nothing was written",
    ]
    assert _keys(aws, place) == []


def test_the_document_lists_every_file(place: str) -> None:
    document = _document("model", place)
    name = place.removeprefix("s3://bucket/").rstrip("/")
    assert document == {
        "schema": 1,
        "uri": place,
        "manifest": f"s3://bucket/.lmi-mirror/{name}.json",
        "content_sha256": None,
        "region": "us-west-2",
        "dry_run": False,
        "files": [
            {"path": "config.json", "bytes": 2, "action": "send"},
            {"path": "model.safetensors", "bytes": 7, "action": "send"},
        ],
        "left_out": [
            {
                "name": "README.md",
                "reason": "neither weights nor configuration, tokenizer or chat template",
            }
        ],
    }


def test_an_endpoints_artifact_lies_where_its_construct_looks(aws: "Aws", place: str) -> None:
    document = _document("dev/chat")
    artifact = load_artifact(Path("model_artifacts/chat"), {"option.max_rolling_batch_size": "8"})
    expected = artifact_prefix(artifact, S3Prefix.parse(place))
    assert document["uri"] == expected.uri
    assert document["content_sha256"] == artifact.content_sha256
    assert _keys(aws, expected.uri) == ["config.json", "model.safetensors", "serving.properties"]
    stored = aws.client("s3").get_object(Bucket="bucket", Key=f"{expected.key}serving.properties")
    assert b"option.max_rolling_batch_size=8" in stored["Body"].read()
    assert _lmi("dev/chat", "--verify").exit_code == 0


def test_an_interrupt_says_how_to_go_on(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("lmi.ops.mirror.transfer.Transfer.run", interrupt)
    result = _lmi("model", place)
    assert result.exit_code == 130
    assert "what has arrived is kept; run the same command to go on" in result.stderr
