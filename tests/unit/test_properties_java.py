"""
The reader and writer of properties files against the class that DJL Serving reads them with.

One Java process answers for all. Hypothesis finds the small difference, with files of few parts; a
generator of our own reads ten thousand files in seconds.
"""

import os
import random
from collections.abc import Iterator
from itertools import islice, takewhile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lmi.errors import ArtifactError
from lmi.properties import PropertiesFile
from lmi.properties.file import Encoding
from tests.unit.java_properties import Java, running_java
from tests.unit.properties_files import Parts, generated, smallest

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


ENCODINGS: tuple[Encoding, ...] = ("latin-1", "utf-8")
SEED = "LMI_PROPERTIES_SEED"
"""Environment variable that repeats a failure of the generated files."""


def new_seed() -> int:
    return int(os.environ.get(SEED, "0")) or random.SystemRandom().randrange(1, 2**32)


@pytest.fixture(scope="module", name="java")
def _java() -> Iterator[Java]:
    with running_java() as java:
        yield java


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


def test_ten_thousand_files_load_as_in_java(java: Java) -> None:
    def differs(data: bytes) -> bool:
        return any(loaded(data, encoding) != java.load(data, encoding) for encoding in ENCODINGS)

    seed = new_seed()
    refused = 0
    for batch in batched(generated(seed, 10_000)):
        asked = [(b"".join(parts), encoding) for parts in batch for encoding in ENCODINGS]
        for (data, encoding), expected in zip(asked, java.load_all(asked), strict=True):
            refused += expected is None
            if loaded(data, encoding) != expected:
                parts = next(parts for parts in batch if b"".join(parts) == data)
                pytest.fail(f"{SEED}={seed}: {encoding}: {smallest(parts, differs)!r}")
    assert 500 < refused < 10_000


def test_an_override_changes_the_lines_of_its_key_and_no_other_for_java(java: Java) -> None:
    seed = new_seed()
    chance = random.Random(seed)  # noqa: S311 -- no secret
    overridden = 0
    for parts in generated(seed, 2_000):
        data = b"".join(parts)
        for encoding in ENCODINGS:
            before = java.load(data, encoding)
            if before is None:
                continue
            key = chance.choice([*before, "option.new", "größe 1"])
            value = chance.choice(["", " v ", "#é\\\n=:", "😀", None])
            file = PropertiesFile.parse(data, encoding)
            after = file.with_override(key, value)
            case = f"{SEED}={seed}: {encoding}: {data!r}, {key!r} = {value!r}"
            wanted = {name: text for name, text in before.items() if name != key}
            wanted |= {} if value is None else {key: value}
            assert java.load(after.to_bytes(), encoding) == wanted, case
            if key in before:
                overridden += 1
                assert without(after, key) == without(file, key), case
            else:
                added = after.to_bytes()
                same = (old == new for old, new in zip(data, added, strict=False))
                start = sum(takewhile(bool, same))
                assert added[start + len(added) - len(data) :] == data[start:], case
    assert overridden > 1_000


def without(file: PropertiesFile, key: str) -> str:
    """Return the text of *file* but for the lines of *key*, and the ending of the last."""
    spans = [entry.span for entry in file.find_all(key)]
    starts = [0, *(span.line_end for span in spans)]
    ends = [*(span.line_start for span in spans), len(file.text)]
    kept = (file.text[start:end] for start, end in zip(starts, ends, strict=True))
    return "".join(kept).rstrip("\r\n")


def batched(files: Iterator[Parts]) -> Iterator[list[Parts]]:
    while batch := list(islice(files, 100)):
        yield batch


@settings(max_examples=300, deadline=None)
@given(data=latin_files)
def test_bytes_load_as_in_java(java: Java, data: bytes) -> None:
    assert loaded(data, "latin-1") == java.load(data, "latin-1")


@settings(max_examples=300, deadline=None)
@given(data=utf8_files)
def test_a_utf_8_reader_loads_as_in_java(java: Java, data: bytes) -> None:
    assert loaded(data, "utf-8") == java.load(data, "utf-8")


@settings(max_examples=200, deadline=None)
@given(data=mostly_utf8_files)
def test_fails_on_bytes_that_are_not_utf_8_where_java_does(java: Java, data: bytes) -> None:
    assert loaded(data, "utf-8") == java.load(data, "utf-8")


@settings(max_examples=300, deadline=None)
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
