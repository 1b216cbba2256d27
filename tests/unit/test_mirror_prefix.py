"""Where a mirror and its manifest lie, and which prefixes are refused."""

from pathlib import Path

import pytest

from lmi.artifact import load_artifact
from lmi.errors import ConfigError
from lmi.ops.mirror import S3Prefix, artifact_prefix


def _artifact(folder: Path) -> Path:
    folder.mkdir()
    (folder / "artifact.yaml").write_text("image: 0.20.0-deepspeed0.7.5-cu116\n")
    (folder / "serving.properties").write_text("engine=Python\noption.tensor_parallel_degree=2\n")
    (folder / "model.safetensors").write_bytes(b"weights")
    return folder


@pytest.mark.parametrize(
    ("uri", "manifest"),
    [
        ("s3://models/gpt-j/", ".lmi-mirror/gpt-j.json"),
        ("s3://models/llm/gpt-j/", "llm/.lmi-mirror/gpt-j.json"),
        ("s3://models/a/b/c/", "a/b/.lmi-mirror/c.json"),
    ],
)
def test_the_manifest_lies_beside_the_prefix_and_never_in_it(uri: str, manifest: str) -> None:
    prefix = S3Prefix.parse(uri)
    assert prefix.uri == uri
    assert prefix.manifest_key == manifest
    assert not prefix.manifest_key.startswith(prefix.key)
    # Nor where a container would look that was given the prefix without its slash, as DJL 0.20.0.
    assert not prefix.manifest_key.startswith(prefix.key.rstrip("/"))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("gpt-j/", "a prefix is written s3://BUCKET/PREFIX/"),
        ("https://models.s3.amazonaws.com/gpt-j/", "a prefix is written s3://BUCKET/PREFIX/"),
        ("s3:///gpt-j/", "a prefix is written s3://BUCKET/PREFIX/"),
        ("s3://models", "must name a prefix in the bucket, such as s3://models/gpt-j/"),
        ("s3://models/", "must name a prefix in the bucket, such as s3://models/gpt-j/"),
        ("s3://models/gpt-j", "must end with '/'; write s3://models/gpt-j/"),
        ("s3://Models/gpt-j/", "'Models' cannot be a bucket's name"),
        ("s3://models//gpt-j/", "must not hold the folder name ''"),
        ("s3://models/../gpt-j/", "must not hold the folder name '..'"),
        ("s3://models/.lmi-mirror/", "must not hold the folder name '.lmi-mirror'"),
        ("s3://models/gpt j/", "must be ASCII without blanks"),
        ("s3://models/gpt?/", "must be ASCII without blanks"),
        ("s3://models/" + "a" * 1012 + "/", "at most 1024 characters, has 1025"),
    ],
)
def test_fails_on_a_prefix_that_sagemaker_could_not_load(text: str, reason: str) -> None:
    with pytest.raises(ConfigError) as raised:
        S3Prefix.parse(text)
    assert reason in str(raised.value)


def test_an_artifact_lies_below_the_digest_of_its_content_and_an_override_moves_it(
    tmp_path: Path,
) -> None:
    store = S3Prefix.parse("s3://models/artifacts/")
    folder = _artifact(tmp_path / "gpt-j")
    plain = load_artifact(folder)
    assert artifact_prefix(plain, store).uri == f"{store}{plain.content_sha256}/"
    again = artifact_prefix(load_artifact(folder), store, tmp_path / "cache")
    assert again == artifact_prefix(plain, store)
    overridden = load_artifact(folder, {"option.tensor_parallel_degree": "4"})
    assert artifact_prefix(overridden, store) != artifact_prefix(plain, store)
