"""`lmi properties`: whatever file it is given, JSON or one clear message."""

import json
import os
import socket
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from lmi.cli import main


@pytest.fixture(name="folder", autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def properties(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["properties", *arguments])


def refused(result: Result, exit_code: int) -> str:
    assert (result.exit_code, result.stdout) == (exit_code, "")
    assert isinstance(result.exception, SystemExit)
    return result.stderr


def test_of_a_key_that_stands_several_times_the_last_value_is_printed(folder: Path) -> None:
    (folder / "x").write_bytes(b"a=1\nb=2\n\\u0061=3\n")
    assert properties("x").stdout == '{\n  "a": "3",\n  "b": "2"\n}\n'


def test_what_is_printed_is_ascii_so_that_every_terminal_and_pipe_takes_it(folder: Path) -> None:
    (folder / "x").write_bytes("é=漢😀\nhalf=\\uD83D\nnul=\x00".encode())
    result = properties("x", "--encoding", "utf-8")
    assert result.exit_code == 0
    assert result.stdout.isascii()
    assert json.loads(result.stdout) == {"é": "漢😀", "half": "\ud83d", "nul": "\x00"}


def test_any_bytes_are_loaded_or_refused(folder: Path) -> None:
    (folder / "x").write_bytes(bytes(range(256)) * 100)
    assert properties("x").exit_code == 0
    message = refused(properties("x", "--encoding", "utf-8"), 1)
    assert message.startswith("Error: x:3:115: byte 0x80 is not UTF-8")


def test_an_empty_file_holds_nothing(folder: Path) -> None:
    (folder / "x").write_bytes(b"")
    assert json.loads(properties("x").stdout) == {}


def test_a_link_to_a_file_is_followed(folder: Path) -> None:
    (folder / "x").write_bytes(b"a=1")
    (folder / "y").symlink_to("x")
    assert json.loads(properties("y").stdout) == {"a": "1"}


def test_fails_at_once_on_what_is_no_regular_file(folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind("socket")
        expected = {
            "pipe": "Error: pipe: cannot be read: it is a pipe, not a regular file\n",
            "/dev/zero": "Error: /dev/zero: cannot be read: it is a character device, not a regula",
            "socket": "Error: socket: cannot be read: No such device",
            ".": "is a directory",
        }
        for name, message in expected.items():
            assert message in refused(properties(name), 2)


def test_fails_on_a_link_that_leads_in_a_circle(folder: Path) -> None:
    (folder / "x").symlink_to("x")
    assert "'x'" in refused(properties("x"), 2)


def test_fails_on_a_file_that_cannot_be_one(folder: Path) -> None:
    with (folder / "x").open("wb") as file:
        file.truncate(1 << 30)
    assert "it has 1,073,741,824 bytes, at most 16,777,216" in refused(properties("x"), 2)


def test_fails_on_an_encoding_that_no_reader_of_djl_serving_has(folder: Path) -> None:
    (folder / "x").write_bytes(b"")
    assert "'utf-16' is not one of 'latin-1', 'utf-8'" in refused(
        properties("x", "--encoding", "utf-16"), 2
    )
