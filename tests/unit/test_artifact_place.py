"""Where a tarball may be written: never where it becomes part of what it was made of."""

from pathlib import Path

import pytest

from lmi.artifact import Artifact, bundle, bundle_cached, load_artifact
from lmi.errors import ArtifactError


@pytest.fixture(name="artifact")
def _artifact(tmp_path: Path) -> Artifact:
    weights = tmp_path / "gpt-j" / "weights"
    weights.mkdir(parents=True)
    (weights / "a.bin").write_bytes(b"a")
    (tmp_path / "gpt-j" / "artifact.yaml").write_text("image: 0.20.0-deepspeed0.7.5-cu116\n")
    (tmp_path / "gpt-j" / "serving.properties").write_text("engine=DeepSpeed\n")
    return load_artifact(tmp_path / "gpt-j")


@pytest.mark.parametrize("target", ["model.tar.gz", "weights/x.tar.gz", "../gpt-j/x.tar.gz"])
def test_fails_on_a_target_in_the_artifacts_folder(artifact: Artifact, target: str) -> None:
    before = sorted(artifact.directory.rglob("*"))
    with pytest.raises(ArtifactError, match="must not lie in the artifact's folder"):
        bundle(artifact, artifact.directory / target)
    assert sorted(artifact.directory.rglob("*")) == before


def test_fails_on_a_target_in_the_artifacts_folder_by_another_name(
    tmp_path: Path, artifact: Artifact
) -> None:
    (tmp_path / "alias").symlink_to(artifact.directory)
    with pytest.raises(ArtifactError, match="must not lie in the artifact's folder"):
        bundle(artifact, tmp_path / "alias" / "x.tar.gz")
    with pytest.raises(ArtifactError, match="must not lie in the artifact's folder"):
        bundle(load_artifact(tmp_path / "alias"), artifact.directory / "x.tar.gz")


def test_a_folder_whose_name_only_begins_alike_is_outside(
    tmp_path: Path, artifact: Artifact
) -> None:
    (tmp_path / "gpt-j-out").mkdir()
    assert bundle(artifact, tmp_path / "gpt-j-out" / "x.tar.gz").path.is_file()


@pytest.mark.parametrize("cache", ["cache", "."])
def test_fails_on_a_cache_in_the_artifacts_folder(artifact: Artifact, cache: str) -> None:
    before = sorted(artifact.directory.iterdir())
    with pytest.raises(ArtifactError, match="must not lie in the artifact's folder"):
        bundle_cached(artifact, artifact.directory / cache)
    assert sorted(artifact.directory.iterdir()) == before


def test_a_hidden_place_in_the_folder_never_gets_into_the_tarball(artifact: Artifact) -> None:
    first = bundle_cached(artifact, artifact.directory / ".lmi" / "bundles")
    again = bundle_cached(
        load_artifact(artifact.directory), artifact.directory / ".lmi" / "bundles"
    )
    assert again == first
