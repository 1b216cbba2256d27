"""The reader and writer of properties files against the class that DJL Serving reads them with."""

import shutil
import struct
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lmi.errors import ArtifactError
from lmi.properties import PropertiesFile
from lmi.properties.file import Encoding

# Short alphabets, so that the sequences that matter come up in every second example.
NASTY = [
    "\\",
    "\\",
    "\\",
    "\n",
    "\r",
    "\r\n",
    " ",
    "\t",
    "\f",
    "=",
    ":",
    "#",
    "!",
    "u",
    "\\u",
    "\\u00",
    "00e9",
]
WORDS = [
    "a",
    "b",
    "t",
    "n",
    "é",
    "option.model_id",
    "\\\n",
    "\\\r\n",
    "  ",
    "\\u00E9",
    "\\uD83D",
    "\\uDE00",
    "0",
    "g",
]
UNICODE = ["😀", "\ufeff", "\u2028", "\x85", "\x00", "\x0b", "\x1c", "漢"]
LATIN = [
    part for part in NASTY + WORDS + UNICODE if all(ord(character) < 256 for character in part)
]

latin_files = st.lists(st.sampled_from(LATIN), max_size=24).map(
    lambda parts: "".join(parts).encode("latin-1")
)
utf8_files = st.lists(st.sampled_from(NASTY + WORDS + UNICODE), max_size=24).map(
    lambda parts: "".join(parts).encode()
)
mostly_utf8_files = st.lists(
    st.sampled_from(
        [b"a", b"=", b"\n", "é".encode(), b"\xe9", b"\xff", b"\xed\xa0\x80", b"\xf0\x9f", b"\\"]
    ),
    max_size=8,
).map(b"".join)
strings = st.text(
    st.one_of(
        st.sampled_from(" \t\f\n\r=:#!\\u\x00é😀"),
        st.characters(),
        st.characters(categories=["Cs"]),
    ),
    max_size=8,
)


class Java:
    """java.util.Properties in one process of its own."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._stdin: IO[bytes] = process.stdin
        self._stdout: IO[bytes] = process.stdout

    def load(self, data: bytes, encoding: Encoding) -> dict[str, str] | None:
        """Return what Java loads from *data*, or None where it refuses."""
        mode = 0 if encoding == "latin-1" else 1
        self._stdin.write(struct.pack(">bi", mode, len(data)) + data)
        self._stdin.flush()
        count = self._int()
        return {self._text(): self._text() for _ in range(count)} if count >= 0 else None

    def _int(self) -> int:
        return int(struct.unpack(">i", self._stdout.read(4))[0])

    def _text(self) -> str:
        return self._stdout.read(2 * self._int()).decode("utf-16-be", "surrogatepass")


@pytest.fixture(scope="module", name="java")
def _java() -> Iterator[Java]:
    executable = shutil.which("java")
    assert executable, "these tests compare with Java's own class: install Java 17 or newer"
    source = Path(__file__).parent / "java" / "Props.java"
    with subprocess.Popen(
        [executable, "-XX:TieredStopAtLevel=1", str(source)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        yield Java(process)
        assert process.stdin is not None
        process.stdin.close()


def loaded(data: bytes, encoding: Encoding) -> dict[str, str] | None:
    try:
        return PropertiesFile.parse(data, encoding).as_mapping()
    except ArtifactError:
        return None


def joined(mapping: dict[str, str]) -> dict[str, str]:
    """Return *mapping* as Java's UTF-16 strings would hold it."""
    return {join(key): join(value) for key, value in mapping.items()}


def join(text: str) -> str:
    return text.encode("utf-16-be", "surrogatepass").decode("utf-16-be", "surrogatepass")


@settings(max_examples=800, deadline=None)
@given(data=latin_files)
def test_bytes_load_as_in_java(java: Java, data: bytes) -> None:
    assert loaded(data, "latin-1") == java.load(data, "latin-1")


@settings(max_examples=500, deadline=None)
@given(data=utf8_files)
def test_a_utf_8_reader_loads_as_in_java(java: Java, data: bytes) -> None:
    assert loaded(data, "utf-8") == java.load(data, "utf-8")


@settings(max_examples=200, deadline=None)
@given(data=mostly_utf8_files)
def test_fails_on_bytes_that_are_not_utf_8_where_java_does(java: Java, data: bytes) -> None:
    assert loaded(data, "utf-8") == java.load(data, "utf-8")


@settings(max_examples=500, deadline=None)
@given(
    data=latin_files, key=st.one_of(strings, st.sampled_from(["a", "b", "", "é"])), value=strings
)
def test_an_override_changes_exactly_that_key_for_java(
    java: Java, data: bytes, key: str, value: str
) -> None:
    before = java.load(data, "latin-1")
    if before is None:
        return
    after = PropertiesFile.parse(data).with_override(key, value)
    assert java.load(after.to_bytes(), "latin-1") == {**before, join(key): join(value)}
    assert after.as_mapping() == {**before, join(key): join(value)}


@settings(max_examples=300, deadline=None)
@given(data=latin_files)
def test_removing_a_key_changes_exactly_that_key_for_java(java: Java, data: bytes) -> None:
    before = java.load(data, "latin-1")
    for key in before or {}:
        after = PropertiesFile.parse(data).with_override(key, None)
        assert java.load(after.to_bytes(), "latin-1") == {
            name: value for name, value in (before or {}).items() if name != key
        }


@settings(max_examples=300, deadline=None)
@given(mapping=st.dictionaries(strings, strings, max_size=4))
def test_what_is_appended_reads_the_same_as_bytes_and_as_utf_8(
    java: Java, mapping: dict[str, str]
) -> None:
    file = PropertiesFile.parse(b"")
    for key, value in mapping.items():
        file = file.with_override(key, value)
    assert file.to_bytes().isascii()
    assert java.load(file.to_bytes(), "latin-1") == joined(mapping)
    assert java.load(file.to_bytes(), "utf-8") == joined(mapping)


@pytest.mark.parametrize(
    "data",
    [
        b"\\",
        b"\\\n",
        b"\\\r\n",
        b"\\\r",
        b"\\\n#comment\nb=1",
        b"\\\n\\\nb=1",
        b"a\\\n#no comment",
        b"a\\\n\n#comment",
        b"a\\\n  ",
        b"#comment\\\na=1",
        b"a=1\\",
        b"a=1\\\\",
        b"a = : = b",
        b"a\\ b\\=c\\:d = e ",
        b"engine=Python # for Hugging Face Accelerate",
        b"x" * 8191 + b"\\\r\ny",
        b"x" * 8190 + b"\\\r\ny",
        b"k=" + b"\\u00" + b"zz",
    ],
)
def test_corners_load_as_in_java(java: Java, data: bytes) -> None:
    assert loaded(data, "latin-1") == java.load(data, "latin-1")
    assert loaded(data, "utf-8") == java.load(data, "utf-8")
