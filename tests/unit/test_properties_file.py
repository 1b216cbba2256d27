"""Places, refusals and edits of properties files. What is loaded, a test with Java compares."""

import pytest

from lmi.errors import ArtifactError
from lmi.properties import PropertiesFile

TUTORIAL = b"""engine=DeepSpeed
# which handler
option.entryPoint = djl_python.deepspeed
option.tensor_parallel_degree=2

option.model_id=EleutherAI/gpt-j-6B
"""


def test_a_comment_after_a_value_belongs_to_the_value() -> None:
    file = PropertiesFile.parse(b"engine=Python # for Hugging Face Accelerate\n")
    assert file.as_mapping() == {"engine": "Python # for Hugging Face Accelerate"}


def test_trailing_blanks_belong_to_the_value() -> None:
    assert PropertiesFile.parse(b"a=2 \n").as_mapping() == {"a": "2 "}


def test_the_last_duplicate_wins_and_every_entry_is_kept() -> None:
    file = PropertiesFile.parse(b"a=1\nb=2\na=3\n")
    assert file.as_mapping() == {"a": "3", "b": "2"}
    assert [entry.value for entry in file.entries] == ["1", "2", "3"]


def test_an_entry_knows_line_and_column_of_key_and_value() -> None:
    entry = PropertiesFile.parse(TUTORIAL).entries[1]
    assert (entry.line, entry.column) == (3, 1)
    assert (entry.value_line, entry.value_column) == (3, 21)


def test_a_value_on_a_continuation_line_has_that_line() -> None:
    entry = PropertiesFile.parse(b"\r\n  key = \\\r\n    value\r\n").entries[0]
    assert (entry.line, entry.column) == (2, 3)
    assert (entry.value_line, entry.value_column) == (3, 5)
    assert entry.value == "value"


@pytest.mark.parametrize(("data", "column"), [(b"key", 4), (b"key=", 5), (b"key = ", 7)])
def test_an_empty_value_has_the_place_where_it_would_begin(data: bytes, column: int) -> None:
    entry = PropertiesFile.parse(data).entries[0]
    assert (entry.value, entry.value_line, entry.value_column) == ("", 1, column)


def test_fails_on_every_malformed_escape_with_its_place() -> None:
    with pytest.raises(ArtifactError) as caught:
        PropertiesFile.parse(b"a=C:\\users\nb=1\n\\u12=\\u00zz\n", name="x.properties")
    lines = str(caught.value).splitlines()
    assert [line.split(": ")[0] for line in lines] == [
        "x.properties:1:5",
        "x.properties:3:1",
        "x.properties:3:6",
    ]
    assert lines[0].endswith(
        r"\u must be followed by four hexadecimal digits, got '\\users'; write \\u for a "
        "backslash and a u"
    )


def test_fails_on_bytes_that_a_utf_8_reader_refuses_with_their_place() -> None:
    with pytest.raises(ArtifactError, match=r"x:2:3: byte 0xE9 is not UTF-8") as caught:
        PropertiesFile.parse(b"a=1\nb=\xe9", "utf-8", name="x")
    assert "Traceback" not in str(caught.value)


@pytest.mark.parametrize(
    ("key", "value", "line"),
    [
        ("engine", "Python", b"engine=Python\n"),
        ("option.entryPoint", "djl_python.huggingface", b"option.entryPoint = djl_python.hugg"),
    ],
)
def test_an_override_keeps_every_other_byte(key: str, value: str, line: bytes) -> None:
    after = PropertiesFile.parse(TUTORIAL).with_override(key, value).to_bytes()
    assert line in after
    lines = zip(TUTORIAL.split(b"\n"), after.split(b"\n"), strict=True)
    assert sum(old != new for old, new in lines) == 1


def test_an_override_with_the_same_value_changes_no_byte() -> None:
    data = b"a : \\\n  1\\\n  2"
    assert PropertiesFile.parse(data).with_override("a", "12").to_bytes() == data


def test_an_override_replaces_a_value_of_several_lines_by_one() -> None:
    file = PropertiesFile.parse(b"a = 1,\\\r\n    2\r\nb=3\r\n")
    assert file.with_override("a", "4").to_bytes() == b"a = 4\r\nb=3\r\n"


@pytest.mark.parametrize(
    ("data", "value", "expected"),
    [
        (b"a = \\\n    1\nb=3", "2", b"a = \\\n    2\nb=3"),
        (b"a = \\\r1\n#b", "", b"a=\n#b"),
    ],
)
def test_a_value_below_its_key_stays_there_unless_it_becomes_empty(
    data: bytes, value: str, expected: bytes
) -> None:
    assert PropertiesFile.parse(data).with_override("a", value).to_bytes() == expected


def test_of_duplicates_the_last_is_overridden() -> None:
    file = PropertiesFile.parse(b"a=1\na=2\n")
    assert file.with_override("a", "3").to_bytes() == b"a=1\na=3\n"


def test_none_removes_every_duplicate_and_nothing_else() -> None:
    data = b"# first\na=1\n# second\n  a=\\\n   2\nb=3"
    file = PropertiesFile.parse(data).with_override("a", None)
    assert file.to_bytes() == b"# first\n# second\nb=3"


def test_removing_a_key_that_is_not_there_changes_nothing() -> None:
    assert PropertiesFile.parse(TUTORIAL).with_override("b", None).to_bytes() == TUTORIAL


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", b"k=v\n"),
        (b"a=1", b"a=1\nk=v\n"),
        (b"a=1\r\n# end", b"a=1\r\n# end\r\nk=v\r\n"),
        (b"a=1\\", b"k=v\na=1\\"),
    ],
)
def test_a_missing_key_becomes_a_line_of_its_own(data: bytes, expected: bytes) -> None:
    assert PropertiesFile.parse(data).with_override("k", "v").to_bytes() == expected


def test_what_is_written_is_ascii_and_what_is_kept_is_not_touched() -> None:
    data = "name=Zoë\n".encode("latin-1")
    file = PropertiesFile.parse(data).with_override("größe 1", " ⅓=😀\n")
    assert file.to_bytes() == data + rb"gr\u00F6\u00DFe\ 1=\ \u2153=\uD83D\uDE00\n" + b"\n"
    assert file.as_mapping() == {"name": "Zoë", "größe 1": " ⅓=😀\n"}
