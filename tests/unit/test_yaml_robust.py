"""Whatever bytes a YAML file holds, reading it ends in values or in one clear error."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lmi.artifact.manifest_reader import read_manifest
from lmi.environment.reader import load_environment
from lmi.errors import ArtifactError, ConfigError, LmiError
from lmi.yaml_file import Document, read_document

BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{depth}: &a{depth} [{', '.join([f'*a{depth - 1}'] * 9)}]\n" for depth in range(1, 40)
)
MANY = b"a: 1\n" * 250_000


def read(path: Path, data: bytes) -> Document:
    path.write_bytes(data)
    return read_document(path, keeps_text=lambda path: False, error_type=ConfigError)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"a: \xff", "must be UTF-8 text, byte 4 is not"),
        (b"a: \xed\xa0\x80", "must be UTF-8 text, byte 4 is not"),
        (b"\xff\xfea\x00:\x00", "must be UTF-8 text, byte 1 is not"),
        (b"\x7fELF\x02\x01", "1: is not YAML: special characters are not allowed"),
        (b"a: 1\nb: x\x00y", "2: is not YAML: special characters are not allowed"),
        (b"a: " + b"x" * 10_000_000, "it has 10,000,003 bytes, at most 1,048,576 are allowed"),
        (MANY, "it has 1,250,000 bytes, at most 1,048,576 are allowed"),
        (b"[" * 100_000, "is nested too deeply"),
        (b"a: " + b"{b: " * 5_000, "is nested too deeply"),
        (b"- " * 5_000, "is nested too deeply"),
        (b'a: "\\U00110000"', "is not YAML: an escape or a version number is out of range"),
        (b'a: "\\UFFFFFFFF"', "is not YAML: an escape or a version number is out of range"),
        (b"%YAML 1." + b"9" * 5_000 + b"\n--- a", "an escape or a version number is out of range"),
        (b"a: *b", "1: is not YAML: found undefined alias 'b'"),
        (b"a: 1\n---\nb: 2", "2: is not YAML: expected a single document in the stream"),
        (b"\ta: 1", "1: is not YAML: while scanning for the next token"),
        (b"a: !<%zz> b", "1: is not YAML: while scanning a tag expected URI escape"),
    ],
    ids=lambda value: repr(value[:16]),
)
def test_fails_on_what_is_no_document(tmp_path: Path, data: bytes, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(tmp_path / "x", data)
    assert str(caught.value).startswith(f"{tmp_path / 'x'}:")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("data", "path", "message"),
    [
        (BOMB.encode(), None, "aliases stand for more than 10,000 values; write the values out"),
        (b"a: &a [*a]", ("a", "0"), "refers to itself"),
        (b'a: "\\ud83d"', ("a",), "must not hold NUL or half a surrogate pair; write the"),
        (b'a: {"b\\0": 1}', ("a",), "the key 'b\\x00' must not hold NUL or half a surrogate pair"),
        (b"a: " + b"1:" * 300 + b"1.0", ("a",), "must be a number, got '1:1:"),
        (b"a: !!float ''", ("a",), "must be a number, got ''"),
        (b"a: !!python/object:os.system b", ("a",), "the YAML tag 'tag:yaml.org,2002:python"),
    ],
    ids=["bomb", "circle", "surrogate", "nul", "sexagesimal", "float", "tag"],
)
def test_fails_on_a_document_that_nobody_means(
    tmp_path: Path, data: bytes, path: tuple[str, ...] | None, message: str
) -> None:
    (problem,) = read(tmp_path / "x", data).problems
    assert problem.message.startswith(message)
    assert path in (None, problem.path)


def test_aliases_that_stand_for_a_few_values_are_read(tmp_path: Path) -> None:
    found = read(tmp_path / "x", b"a: &a [1, 2]\nb: {c: *a}\nd: *a")
    assert (found.data, found.problems) == ({"a": [1, 2], "b": {"c": [1, 2]}, "d": [1, 2]}, [])


def test_a_name_that_is_a_line_of_a_megabyte_is_read(tmp_path: Path) -> None:
    data = b"a: '" + b"x" * 1_000_000 + b"'"
    assert read(tmp_path / "x", data).range_of_value(("a",)).end_column == 1_000_006


def test_fails_on_a_value_of_any_length_with_a_short_message(tmp_path: Path) -> None:
    for text, shown in ((b"x" * 100_000, "xxxxxxxx'… (100,000 "), (b"!" * 90, "!!!'… (106 ch")):
        (tmp_path / "dev.yaml").write_bytes(b"target: " + text)
        with pytest.raises(ConfigError) as caught:
            load_environment(tmp_path / "dev.yaml")
        assert shown in str(caught.value)
        assert len(str(caught.value)) < 600


def test_fails_at_once_on_what_is_no_regular_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    (tmp_path / "folder.yaml").mkdir()
    (tmp_path / "loop.yaml").symlink_to("loop.yaml")
    reasons = {
        "pipe": "cannot be read: it is a pipe, not a regular file",
        "folder": "cannot be read: Is a directory",
        "loop": "cannot be read: Too many levels of symbolic links",
        "none": "no such file",
    }
    for name, reason in reasons.items():
        with pytest.raises(ConfigError) as caught:
            load_environment(tmp_path / f"{name}.yaml")
        assert str(caught.value) == f"{tmp_path / name}.yaml: {reason}"


PIECES = [
    *(b"target", b"endpoints", b"image", b"files", b"options", b"account", b"model", b"a", b"1"),
    *(b": ", b":", b"\n", b"\n  ", b"\n    ", b"- ", b"? ", b"[", b"]", b"{", b"}", b",", b" "),
    *(b"&a ", b"*a", b"!!int ", b"!!float ", b"!!map ", b"!!binary ", b"!x ", b"<<", b"%YAML 1.1"),
    *(b"'", b'"', b"|", b">", b"|2-", b"#", b"---", b"...", b"~", b"null", b"yes", b".inf", b"0x"),
    *(b"\\", b"\\x0", b"\\ud800", b"\\U0011", b"\x00", b"\xff", b"\xe9", b"\r", b"\t", b"\xc2\x85"),
    *("é漢😀\u2028\ufeff".encode(), b"1e999", b"1:60", b"2020-01-01", b"=", b"aws", b"local"),
]


@settings(
    max_examples=600, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    data=st.one_of(
        st.binary(max_size=60), st.lists(st.sampled_from(PIECES), max_size=20).map(b"".join)
    )
)
def test_any_bytes_are_values_or_an_error(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "x.yaml"
    path.write_bytes(data)
    for reads, error_type in ((load_environment, ConfigError), (read_manifest, ArtifactError)):
        message = refusal(reads, path, error_type)
        assert message is None or message.encode().startswith(bytes(path))


def refusal(reads: Callable[[Path], object], path: Path, error_type: type[LmiError]) -> str | None:
    try:
        reads(path)
    except error_type as error:
        return str(error)
    return None
