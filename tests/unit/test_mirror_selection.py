"""Which files of a Hugging Face folder are mirrored."""

import json
from pathlib import Path

import pytest

from lmi.errors import ArtifactError, ConfigError
from lmi.ops.mirror.selection import select, unfit_for_s3

WANTED = (
    "chat_template.jinja",
    "config.json",
    "generation_config.json",
    "merges.txt",
    "model.safetensors",
    "tokenizer.json",
    "tokenizer.model",
    "tokenizer_config.json",
)


@pytest.fixture(name="folder")
def _folder(tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    folder.mkdir()
    for name in (*WANTED, "README.md", "pytorch_model.bin", "model.gguf", "modeling.py", ".note"):
        (folder / name).write_text(name)
    return folder


def _paths(folder: Path, *include: str) -> tuple[str, ...]:
    return tuple(member.path for member in select(folder, include).members)


def test_only_safetensors_and_what_describes_them_are_mirrored(folder: Path) -> None:
    assert _paths(folder) == WANTED


def test_what_is_left_out_is_listed_with_the_reason(folder: Path) -> None:
    reasons = {each.name: each.reason for each in select(folder).left_out}
    assert list(reasons) == [
        ".note",
        "README.md",
        "model.gguf",
        "modeling.py",
        "pytorch_model.bin",
    ]
    assert reasons["pytorch_model.bin"] == "a pickle, which can run code when it is loaded"
    assert "llama.cpp" in reasons["model.gguf"]
    assert "trust_remote_code" in reasons["modeling.py"]


def test_the_rest_is_mirrored_on_request(folder: Path) -> None:
    assert "modeling.py" in _paths(folder, "*.py", "*.md")
    assert "README.md" in _paths(folder, "*.py", "*.md")
    assert "pytorch_model.bin" not in _paths(folder, "*.py", "*.md")


def test_a_snapshot_of_the_hugging_face_cache_is_followed_through_its_links(
    tmp_path: Path,
) -> None:
    repository = tmp_path / "models--EleutherAI--gpt-j-6B"
    snapshot = repository / "snapshots" / ("a" * 40)
    snapshot.mkdir(parents=True)
    (repository / "blobs").mkdir()
    for name in ("model.safetensors", "config.json"):
        blob = repository / "blobs" / f"blob-of-{name}"
        blob.write_text(name)
        (snapshot / name).symlink_to(Path("../../blobs") / blob.name)
    members = select(snapshot).members
    assert [member.path for member in members] == ["config.json", "model.safetensors"]
    with members[1].open() as stream:
        assert stream.read() == b"model.safetensors"


def test_fails_on_a_download_that_is_not_whole(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "model-00001-of-00002.safetensors").write_bytes(b"x")
    (folder / "gone.safetensors").symlink_to("../blobs/gone")
    shards = {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": shards}))
    with pytest.raises(ArtifactError) as raised:
        select(folder)
    assert "gone.safetensors" in str(raised.value)
    assert "leads to nothing" in str(raised.value)
    assert "names model-00002-of-00002.safetensors, missing here" in str(raised.value)


def test_fails_on_an_index_that_is_none(folder: Path) -> None:
    (folder / "model.safetensors.index.json").write_text("[]")
    with pytest.raises(ArtifactError, match="is no index of safetensors"):
        select(folder)


def test_fails_when_there_is_nothing_to_mirror_and_says_what_there_is(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    with pytest.raises(ArtifactError) as raised:
        select(folder)
    assert str(raised.value) == (
        f"{folder}: there is nothing to mirror: it holds no *.safetensors, but model.gguf, "
        "pytorch_model.bin; convert it, or ask for it with --include '*.gguf'"
    )
    assert "model.gguf" in _paths(folder, "*.gguf")


def test_fails_on_an_empty_folder_and_on_none(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(ArtifactError, match="there is nothing to mirror: it holds no"):
        select(tmp_path / "empty")
    with pytest.raises(ArtifactError, match="there is no such folder"):
        select(tmp_path / "none")


def test_fails_on_a_pattern_that_fits_no_file(folder: Path) -> None:
    with pytest.raises(ConfigError, match=r"--include '\*\.gufg' fits no file"):
        select(folder, ["*.gufg"])


def test_names_that_sagemaker_cannot_load_are_found() -> None:
    assert [problem.message for problem in unfit_for_s3(" /x")] == [
        "the name ' ' must not be empty or blank"
    ]
    long = "é" * 128
    assert "255 bytes" in next(iter(unfit_for_s3(long))).message
    deep = "/".join(["a" * 200] * 5)
    assert not list(unfit_for_s3(deep))
    assert "1034 bytes, S3 takes 1024" in next(iter(unfit_for_s3(deep, "p" * 30))).message
