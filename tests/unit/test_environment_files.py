"""Environment files as files: where they lie, whether they can be read, whether they are YAML."""

from pathlib import Path

import pytest

from lmi.environment import environment_files, load_environment
from lmi.errors import ConfigError


def problems(path: Path) -> list[str]:
    with pytest.raises(ConfigError) as raised:
        load_environment(path)
    lines = str(raised.value).split("\n")
    assert all(line.startswith(f"{path}:") for line in lines)
    return [line.removeprefix(f"{path}:") for line in lines]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("target: aws\n\tregion: x\n", "2: is not YAML: while scanning for the next token "),
        ("target: aws\nregion: [a\n", "3: is not YAML: while parsing a flow sequence "),
        ("target: 'aws\n", "2: is not YAML: while scanning a quoted scalar "),
        ("target: aws\n---\ntarget: local\n", "2: is not YAML: expected a single document "),
        ("target: *a\n", "1: is not YAML: found undefined alias 'a'"),
        ("target: aws\nregion: a: b\n", "2: is not YAML: mapping values are not allowed here"),
        ("target: a\0b\n", "1: is not YAML: special characters are not allowed"),
        (f"target: {'[' * 1000}{']' * 1000}\n", " is nested too deeply"),
    ],
)
def test_fails_on_a_file_that_is_not_yaml_with_one_line(
    tmp_path: Path, text: str, expected: str
) -> None:
    path = tmp_path / "dev.yaml"
    path.write_bytes(text.encode())
    (problem,) = problems(path)
    assert problem.startswith(expected)


def test_fails_on_a_file_that_is_not_utf_8(tmp_path: Path) -> None:
    path = tmp_path / "dev.yaml"
    path.write_bytes(b"target: \xff\n")
    assert problems(path) == [" must be UTF-8 text, byte 9 is not"]


def test_fails_on_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    assert problems(tmp_path / "none.yaml") == [" no such file"]
    (tmp_path / "dev.yaml").mkdir()
    assert problems(tmp_path / "dev.yaml") == [" cannot be read: Is a directory"]


def test_a_byte_order_mark_and_windows_line_ends_do_not_matter(tmp_path: Path) -> None:
    path = tmp_path / "dev.yaml"
    path.write_bytes(b"\xef\xbb\xbftarget: aws\r\nregion: us-west-2\r\n")
    assert load_environment(path).region == "us-west-2"


def test_the_files_of_a_folder_are_sorted(tmp_path: Path) -> None:
    for name in ("prod.yaml", "dev.yaml", "notes.txt"):
        (tmp_path / name).touch()
    assert [path.name for path in environment_files(tmp_path)] == ["dev.yaml", "prod.yaml"]


def test_fails_on_a_file_that_would_be_overlooked(tmp_path: Path) -> None:
    path = tmp_path / "dev.yml"
    path.touch()
    with pytest.raises(ConfigError) as raised:
        environment_files(tmp_path)
    assert str(raised.value) == f"{path}: must end in .yaml; rename it to dev.yaml"


def test_fails_on_a_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="none: no such folder; environment files lie there"):
        environment_files(tmp_path / "none")
