"""Which folders are artifacts, and what every refusal says."""

import os
import socket
from collections.abc import Mapping
from pathlib import Path

import pytest

from lmi.artifact import load_artifact
from lmi.errors import ArtifactError

MANIFEST = b"image: 0.20.0-deepspeed0.7.5-cu116\n"
PROPERTIES = b"engine=Python\noption.model_id=/opt/ml/model\n"


def write(directory: Path, files: Mapping[str, bytes]) -> Path:
    for name, data in {"artifact.yaml": MANIFEST, **files}.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return directory


def problems(directory: Path, options: Mapping[str, str | None] | None = None) -> list[str]:
    with pytest.raises(ArtifactError) as caught:
        load_artifact(directory, options)
    return str(caught.value).splitlines()


def test_a_rooted_artifact_has_one_root_named_after_the_folder(tmp_path: Path) -> None:
    files = {"serving.properties": PROPERTIES, "weights/a.bin": b"a", "model.py": b""}
    artifact = load_artifact(write(tmp_path / "gpt-j", files))
    assert artifact.name == "gpt-j"
    assert artifact.image.djl_version == "0.20.0"
    assert [member.path for member in artifact.members] == [
        "gpt-j/model.py",
        "gpt-j/serving.properties",
        "gpt-j/weights/a.bin",
    ]


def test_the_root_has_the_name_that_the_folder_was_called_by(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory = write(tmp_path / "gpt-j", {"serving.properties": PROPERTIES})
    (tmp_path / "alias").symlink_to(directory)
    assert load_artifact(tmp_path / "alias").name == "alias"
    monkeypatch.chdir(directory)
    assert load_artifact(Path(".")).name == "gpt-j"


def test_a_flat_artifact_has_its_files_at_the_root(tmp_path: Path) -> None:
    files = {"artifact.yaml": MANIFEST + b"layout: flat\n", "serving.properties": PROPERTIES}
    artifact = load_artifact(write(tmp_path / "gpt-j", files))
    assert [member.path for member in artifact.members] == ["serving.properties"]


def test_what_describes_hides_or_is_left_over_stays_out(tmp_path: Path) -> None:
    kept = {"serving.properties": PROPERTIES, "sub/artifact.yaml": b"", "a#b": b"", "#": b""}
    left_out = {
        ".git/HEAD": b"",
        ".DS_Store": b"",
        "sub/.ipynb_checkpoints/x": b"",
        "__pycache__/model.cpython-311.pyc": b"",
        "sub/model.pyc": b"",
        "model.py~": b"",
        "#model.py#": b"",
    }
    artifact = load_artifact(write(tmp_path / "x", {**kept, **left_out}))
    assert {member.path for member in artifact.members} == {f"x/{name}" for name in kept}


def test_members_carry_content_size_and_whether_the_owner_may_execute(tmp_path: Path) -> None:
    directory = write(tmp_path / "x", {"serving.properties": PROPERTIES, "run.sh": b"#!"})
    (directory / "run.sh").chmod(0o700)
    run, properties = load_artifact(directory).members
    assert (run.size, run.executable, properties.executable) == (2, True, False)
    with properties.open() as stream:
        assert stream.read() == PROPERTIES


def test_options_override_serving_properties(tmp_path: Path) -> None:
    directory = write(tmp_path / "x", {"serving.properties": b"# kept\nengine=Python\na=1\n"})
    artifact = load_artifact(directory, {"a": None, "option.dtype": "fp16"})
    assert artifact.properties.as_mapping() == {"engine": "Python", "option.dtype": "fp16"}
    with artifact.members[0].open() as stream:
        assert stream.read() == b"# kept\nengine=Python\noption.dtype=fp16\n"
    assert (directory / "serving.properties").read_bytes() == b"# kept\nengine=Python\na=1\n"


def test_an_option_makes_serving_properties_where_there_is_none(tmp_path: Path) -> None:
    artifact = load_artifact(write(tmp_path / "x", {"model.py": b""}), {"engine": "Python"})
    assert [member.path for member in artifact.members] == ["x/model.py", "x/serving.properties"]
    with artifact.members[1].open() as stream:
        assert stream.read() == b"engine=Python\n"


def test_without_options_no_serving_properties_is_made(tmp_path: Path) -> None:
    artifact = load_artifact(write(tmp_path / "x", {"model.py": b""}))
    assert [member.path for member in artifact.members] == ["x/model.py"]


def test_fails_on_a_missing_folder_with_the_nearest_name(tmp_path: Path) -> None:
    write(tmp_path / "gpt-j-6b-deepspeed", {})
    path = tmp_path / "gpt-j-6b-deepsped"
    assert problems(path) == [
        f"{path}: there is no such folder; did you mean '{tmp_path / 'gpt-j-6b-deepspeed'}'?"
    ]


def test_fails_on_a_missing_folder_with_what_there_is(tmp_path: Path) -> None:
    write(tmp_path / "gpt-j", {})
    path = tmp_path / "zzz"
    assert problems(path) == [f"{path}: there is no such folder; {tmp_path} holds gpt-j"]


def test_fails_on_a_file_in_place_of_a_folder(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"")
    assert problems(path) == [f"{path}: is not a folder"]


def test_fails_on_a_folder_whose_name_cannot_be_a_root(tmp_path: Path) -> None:
    path = write(tmp_path / ".hidden", {"serving.properties": PROPERTIES})
    assert "must begin with a letter or digit" in problems(path)[0]


def test_fails_on_a_missing_manifest(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.mkdir()
    assert problems(path)[0].startswith(f"{path / 'artifact.yaml'}: this file is missing; write")


def test_fails_on_an_unknown_image_tag_with_line_and_nearest_tag(tmp_path: Path) -> None:
    text = b"license: mit\nimage: 0.20.0-deepspeed0.7.5-cu117\n"
    path = write(tmp_path / "x", {"artifact.yaml": text, "serving.properties": PROPERTIES})
    (problem,) = problems(path)
    assert problem.startswith(f"{path / 'artifact.yaml'}:2: image: unknown image tag")
    assert "0.20.0-deepspeed0.7.5-cu116" in problem


def test_fails_on_links_out_of_the_folder(tmp_path: Path) -> None:
    path = write(tmp_path / "x", {"serving.properties": PROPERTIES})
    (path / "weights.bin").symlink_to("/etc/passwd")
    (path / "weights").symlink_to(tmp_path)
    rest = "leads out of the folder; put the file or folder itself there"
    assert problems(path) == [
        f"{path}/weights.bin: a link (to '/etc/passwd') {rest}",
        f"{path}/weights: a link (to '{tmp_path}') {rest}",
    ]


def test_fails_on_pipes_and_sockets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "x", {"serving.properties": PROPERTIES})
    os.mkfifo(path / "pipe")
    monkeypatch.chdir(path)  # a socket's path has at most 108 bytes
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("socket")
    assert problems(path) == [
        f"{path}/pipe: a pipe must not be in an artifact; remove it",
        f"{path}/socket: a socket must not be in an artifact; remove it",
    ]


def test_fails_on_names_that_are_not_utf_8_or_not_printable(tmp_path: Path) -> None:
    path = write(tmp_path / "x", {"serving.properties": PROPERTIES, "a\nb": b""})
    (path / os.fsdecode(b"\xff.bin")).write_bytes(b"")
    first, second = problems(path)
    assert "\\udcff.bin': the name is not UTF-8" in first
    assert "a\\nb': the name holds a control" in second


def test_fails_on_a_file_that_was_not_fetched_or_has_another_size(tmp_path: Path) -> None:
    entry = f"bytes: 5, sha256: {'0' * 64}, pypi: a==1, member: m"
    text = f"files: [{{path: a.gguf, {entry}}}, {{path: b.gguf, {entry}}}]\n".encode()
    files = {"artifact.yaml": MANIFEST + text, "serving.properties": PROPERTIES, "b.gguf": b"1234"}
    path = write(tmp_path / "x", files)
    fix = f"run `lmi fetch {path}`"
    assert problems(path) == [
        f"{path}/a.gguf: this file is fetched, not committed, and is not there; {fix}",
        f"{path}/b.gguf: must have 5 bytes, got 4; {fix}",
    ]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (None, "No such file or directory"),
        (b"{", "is not JSON"),
        (b"[]", "must be a JSON object"),
    ],
)
def test_fails_on_a_config_file_that_is_none(
    tmp_path: Path, data: bytes | None, message: str
) -> None:
    files = {"artifact.yaml": MANIFEST + b"config: c.json\n", "serving.properties": PROPERTIES}
    path = write(tmp_path / "x", {**files, **({"c.json": data} if data is not None else {})})
    (problem,) = problems(path)
    assert problem.startswith(f"{path}/c.json: ")
    assert message in problem


def test_fails_on_properties_that_java_refuses(tmp_path: Path) -> None:
    path = write(tmp_path / "x", {"serving.properties": b"engine=Python\na=\\u00zz\n"})
    assert problems(path)[0].startswith(f"{path}/serving.properties:2:3: \\u must be followed")


def test_fails_on_properties_that_one_of_djls_two_readers_refuses(tmp_path: Path) -> None:
    path = write(tmp_path / "x", {"serving.properties": b"engine=Python\na=\xe9\n"})
    assert problems(path)[0].startswith(f"{path}/serving.properties:2:3: byte 0xE9 is not UTF-8")


def test_fails_with_every_problem_at_once(tmp_path: Path) -> None:
    files = {"artifact.yaml": b"imag: 0.36.0-cpu-full\nlayout: round\n"}
    path = write(tmp_path / "x", {**files, "serving.properties": b"\\u=1"})
    (path / "link").symlink_to("x")
    found = problems(path)
    assert [line.removeprefix(f"{path}/").split(": ")[0] for line in found] == [
        "link",
        "artifact.yaml:1",
        "artifact.yaml:1",
        "artifact.yaml:2",
        "serving.properties:1:1",
    ]
