"""`source` in artifact.yaml and in an environment file: what it means, and what is refused."""

from pathlib import Path

import pytest

from lmi.artifact import load_artifact, read_draft
from lmi.artifact.source import Mirror, StoredTarball
from lmi.artifact.stored import StoredArtifact, deployable_of
from lmi.environment import load_environment
from lmi.errors import ArtifactError, ConfigError
from lmi.ops.mirror import artifact_prefix
from lmi.s3_prefix import S3Prefix

IMAGE = "0.36.0-lmi28.0.0-cu130"
FIRST = "0.22.1-deepspeed0.9.2-cu118"  # the first that reads weights in S3 by their model_id
LAST = "0.21.0-deepspeed0.8.3-cu117"  # the last that does not
COMMIT = "b968826d9c46dd6066d109eabc6255188de91218"
KEY_ARN = "arn:aws:kms:us-west-2:111111111111:key/11111111-1111-1111-1111-111111111111"
TARBALL = "s3://my-models/chat/model.tar.gz"


def write(folder: Path, source: str, *, files: bool = True, image: str = IMAGE) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "artifact.yaml").write_text(f"image: {image}\nsource: {source}\n")
    if files:
        (folder / "serving.properties").write_text("engine=Python\n")
        (folder / "model.py").write_text("def handle(inputs):\n    return None\n")
    return folder


def refusal(folder: Path, source: str) -> str:
    with pytest.raises(ArtifactError) as error:
        load_artifact(write(folder, source))
    return str(error.value).removeprefix(str(folder / "artifact.yaml"))


def test_a_mirror_is_a_prefix_with_the_content_below_it(tmp_path: Path) -> None:
    folder = write(tmp_path / "chat", "{mirror: s3://my-models/mirror/}")
    source = read_draft(folder).source

    assert source == Mirror(store=S3Prefix(bucket="my-models", key="mirror/"))
    artifact = load_artifact(folder)
    prefix = artifact_prefix(artifact, S3Prefix.parse("s3://my-models/mirror/"))
    assert prefix.uri == f"s3://my-models/mirror/{artifact.content_sha256}/"


@pytest.mark.parametrize(
    ("source", "image", "options"),
    [
        (
            f"{{hub: Qwen/Qwen3-8B, revision: {COMMIT}}}",
            IMAGE,
            {"option.model_id": "Qwen/Qwen3-8B", "option.revision": COMMIT},
        ),
        ("{hub: gpt2}", IMAGE, {"option.model_id": "gpt2"}),
        ("{weights: s3://my-models/a/}", IMAGE, {"option.model_id": "s3://my-models/a/"}),
        ("{weights: s3://my-models/a/}", FIRST, {"option.model_id": "s3://my-models/a/"}),
        ("{weights: s3://my-models/a/}", LAST, {"option.s3url": "s3://my-models/a/"}),
    ],
)
def test_what_the_container_downloads_is_told_by_options(
    tmp_path: Path, source: str, image: str, options: dict[str, str]
) -> None:
    folder = write(tmp_path / "chat", source, image=image)
    draft = read_draft(folder)

    assert draft.source is None
    assert draft.overrides == options
    assert load_artifact(folder).properties.as_mapping() == {"engine": "Python", **options}


def test_fails_on_a_model_that_the_source_and_an_option_name(tmp_path: Path) -> None:
    folder = write(tmp_path / "chat", "{hub: gpt2}")
    with pytest.raises(ArtifactError, match=r"source: sets option\.model_id, which .*'other'"):
        load_artifact(folder, {"option.model_id": "other"})


def test_the_source_is_no_part_of_the_content(tmp_path: Path) -> None:
    digests = {
        load_artifact(write(tmp_path / "chat", source)).content_sha256
        for source in ("{mirror: s3://my-models/a/}", "{mirror: s3://my-models/b/}")
    }

    assert len(digests) == 1


def test_a_folder_may_name_a_tarball_and_hold_nothing_else(tmp_path: Path) -> None:
    source = f"{{tarball: '{TARBALL}', kms_key_arn: '{KEY_ARN}'}}"
    deployable = deployable_of(read_draft(write(tmp_path / "chat", source, files=False)))

    assert isinstance(deployable, StoredArtifact)
    assert (deployable.name, deployable.image.tag) == ("chat", IMAGE)
    assert deployable.tarball == StoredTarball(
        bucket="my-models", key="chat/model.tar.gz", kms_key_arn=KEY_ARN
    )
    assert deployable.tarball.url == TARBALL


def test_fails_to_pack_what_is_a_tarball_in_a_bucket(tmp_path: Path) -> None:
    folder = write(tmp_path / "chat", f"{{tarball: '{TARBALL}'}}", files=False)
    with pytest.raises(ArtifactError, match=f"its model is {TARBALL}.*nothing to pack"):
        load_artifact(folder)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (
            f"{{mirror: s3://my-models/a/, tarball: '{TARBALL}'}}",
            ":2: source: must have one of 'mirror', 'tarball', 'weights' and 'hub', got 'mirror' "
            "and 'tarball'",
        ),
        ("{}", ":2: source: must have one of 'mirror', 'tarball', 'weights' and 'hub', got none"),
        ("{mirror: s3://my-models/a}", ":2: source.mirror: s3://my-models/a: must end with '/'"),
        ("{mirror: s3://my-models/}", "must name a prefix in the bucket"),
        ("{tarball: s3://my-models/a/}", ":2: source.tarball: s3://my-models/a/: must end in .tar"),
        ("{tarball: model.tar.gz}", "is written s3://BUCKET/KEY.tar.gz, got 'model.tar.gz'"),
        ("{tarball: 's3://my-models/a?.tar.gz'}", "no blank, '?' or '*'"),
        ("{mirrored: s3://my-models/a/}", "unknown key; did you mean 'mirror'?"),
        ("{weights: s3://my-models/a}", ":2: source.weights: s3://my-models/a: must end with '/'"),
        (
            "{hub: https://huggingface.co/gpt2}",
            ":2: source.hub: a model on the Hugging Face Hub",
        ),
        ("{hub: gpt2, revision: main}", ":2: source.revision: must match"),
        (f"{{weights: s3://my-models/a/, revision: {COMMIT}}}", "with 'weights' remove it"),
        (f"{{hub: gpt2, kms_key_arn: '{KEY_ARN}'}}", "with 'hub' remove it, and let the key's"),
        ("{mirror: s3://my-models/a/, kms_key_arn: alias/key}", "source.kms_key_arn: must match"),
    ],
)
def test_fails_on_a_source_that_cannot_be(tmp_path: Path, source: str, message: str) -> None:
    assert message in refusal(tmp_path / "chat", source)


ENDPOINT = """\
target: aws
endpoints:
  chat:
    artifact: chat
    instance_type: ml.g5.xlarge
    network_isolation: false
    source: {source}
"""


def environment(folder: Path, source: str) -> Path:
    path = folder / "prod.yaml"
    path.write_text(ENDPOINT.format(source=source))
    return path


def test_an_environment_names_its_own_source(tmp_path: Path) -> None:
    path = environment(tmp_path, f"{{mirror: s3://prod-models/a/, kms_key_arn: '{KEY_ARN}'}}")
    settings = load_environment(path).endpoints["chat"]

    assert settings.source == Mirror(
        store=S3Prefix(bucket="prod-models", key="a/"), kms_key_arn=KEY_ARN
    )
    assert settings.network_isolation is False
    folder = write(tmp_path / "chat", "{mirror: s3://dev-models/a/}")
    assert read_draft(folder, settings.options, settings.source).source == settings.source


def test_fails_on_a_source_of_an_environment_with_its_place(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as error:
        load_environment(environment(tmp_path, "{mirrr: s3://prod-models/a/}"))

    assert "prod.yaml:7: endpoints.chat.source.mirrr: unknown key; did you mean 'mirror'?" in str(
        error.value
    )
