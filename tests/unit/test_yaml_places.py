"""Where keys and values stand in a YAML file."""

from pathlib import Path

import pytest

from lmi.errors import ConfigError
from lmi.text_range import TextRange
from lmi.yaml_file import Document, KeyPath, read_document

TEXT = """\
target: aws   # a comment
endpoints:
  gpt-j:
    options: {option.dtype: fp16, "option.a b": 'it''s', empty: , flag: yes}
    options2:
      - first
      - key: "wörter 漢"
    text: |
      several
      lines
    folded: one
      two   # more
    nothing:
  same: &anchor 12
  alias: *anchor
"""
OPTIONS = ("endpoints", "gpt-j", "options")


def document(folder: Path, text: str = TEXT) -> Document:
    path = folder / "x.yaml"
    path.write_bytes(text.encode())
    return read_document(path, keeps_text=lambda path: False, error_type=ConfigError)


def marked(found: Document, place: TextRange) -> tuple[int, str]:
    """Return the line and what a caret line under *place* would underline."""
    return place.line, found.line(place.line)[place.column - 1 : place.end_column - 1]


@pytest.mark.parametrize(
    ("path", "line", "key", "value"),
    [
        (("target",), 1, "target", (1, "aws")),
        (("endpoints",), 2, "endpoints", (3, "gpt-j:")),
        (OPTIONS, 4, "options", (4, TEXT.splitlines()[3].partition(": ")[2])),
        ((*OPTIONS, "option.dtype"), 4, "option.dtype", (4, "fp16")),
        ((*OPTIONS, "option.a b"), 4, '"option.a b"', (4, "'it''s'")),
        ((*OPTIONS, "flag"), 4, "flag", (4, "yes")),
        (("endpoints", "gpt-j", "options2", "1", "key"), 7, "key", (7, '"wörter 漢"')),
        (("endpoints", "gpt-j", "text"), 8, "text", (8, "|")),
        (("endpoints", "gpt-j", "folded"), 11, "folded", (11, "one")),
        (("endpoints", "gpt-j", "nothing"), 13, "nothing", (13, "")),
        (("endpoints", "same"), 14, "same", (14, "&anchor 12")),
        (("endpoints", "alias"), 15, "alias", (14, "&anchor 12")),
    ],
)
def test_the_ranges_of_key_and_value_are_what_stands_there(
    tmp_path: Path, path: KeyPath, line: int, key: str, value: tuple[int, str]
) -> None:
    found = document(tmp_path)
    assert found.line_of(path) == line
    assert marked(found, found.range_of_key(path)) == (line, key)
    assert marked(found, found.range_of_value(path)) == value


def test_an_entry_of_a_list_has_the_place_of_its_value(tmp_path: Path) -> None:
    found = document(tmp_path)
    path = ("endpoints", "gpt-j", "options2", "0")
    assert found.line_of(path) == 6
    assert marked(found, found.range_of_key(path)) == (6, "first")
    assert marked(found, found.range_of_value(path)) == (6, "first")


def test_what_is_not_there_has_the_place_of_the_nearest_key_above(tmp_path: Path) -> None:
    found = document(tmp_path)
    assert marked(found, found.range_of_key((*OPTIONS, "option.x", "y"))) == (4, "options")
    assert marked(found, found.range_of_value((*OPTIONS, "option.x"))) == (4, "options")
    for path in (("none",), ()):
        assert marked(found, found.range_of_value(path)) == (1, "")


def test_columns_count_characters_whatever_the_line_ends_with(tmp_path: Path) -> None:
    found = document(tmp_path, "\ufeffa: 1\r\n'漢😀':  x y \r\nb: 'one\r\n\r\n two'\r\n")
    assert marked(found, found.range_of_key(("漢😀",))) == (2, "'漢😀'")
    assert found.range_of_value(("漢😀",)) == TextRange(line=2, column=8, end_column=11)
    assert marked(found, found.range_of_value(("b",))) == (3, "'one")
    with pytest.raises(IndexError):
        found.line(8)
