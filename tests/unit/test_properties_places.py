"""Where keys and values stand in a properties file, and that finding out is linear work."""

import random
import time
from collections.abc import Callable

import pytest

from lmi.errors import ArtifactError
from lmi.properties import Entry, PropertiesFile
from lmi.properties.escape import unescape
from lmi.text_range import TextRange
from tests.unit.properties_files import generated


def only(data: bytes) -> tuple[PropertiesFile, Entry]:
    file = PropertiesFile.parse(data)
    return file, file.entries[0]


def marked(file: PropertiesFile, place: TextRange) -> str:
    """Return what a caret line under *place* would underline."""
    return file.line(place.line)[place.column - 1 : place.end_column - 1]


@pytest.mark.parametrize(
    ("data", "key", "value"),
    [
        (b"engine=Python", "engine", "Python"),
        (b"\n  a b : c d \n", "a", "b : c d "),
        (b"a\\ b\\=c = \\u0041\\t", "a\\ b\\=c", "\\u0041\\t"),
        (b"a", "a", ""),
        (b"=b", "", "b"),
        (b"a =  \n", "a", ""),
        (b"a = \\\r\n   b\\\r\n   c", "a", "b"),
        (b"ke\\\n  y = 1", "ke", "1"),
        (b"a=1 \\", "a", "1 "),
        ("é=ü ".encode("latin-1"), "é", "ü "),
    ],
)
def test_the_ranges_of_key_and_value_are_what_stands_there(
    data: bytes, key: str, value: str
) -> None:
    file, entry = only(data)
    assert marked(file, entry.key_range) == key
    assert marked(file, entry.value_range) == value


def test_an_entry_knows_the_line_on_which_it_ends() -> None:
    file = PropertiesFile.parse(b"a=1\\\n\\\n  2\nb=3")
    assert [(entry.line, entry.last_line) for entry in file.entries] == [(1, 3), (4, 4)]


def test_an_empty_value_stands_after_what_precedes_it_not_on_a_line_of_blanks() -> None:
    _, entry = only(b"a = \\\n   \nb=2")
    assert entry.value_range == TextRange(line=1, column=5, end_column=5)


@pytest.mark.parametrize(
    ("data", "part", "place"),
    [
        (b"engine=Python # why", " # why", (1, 14, 20)),
        (b"engine=Python  ", "  ", (1, 14, 16)),
        (b"a=\\u0041\\=b ", "b ", (1, 11, 13)),
        (b"a=x\\\n  y z\n", "y z", (2, 3, 6)),
        (b"a=x\\\n  y\\\n  z\n", "xy", (1, 3, 4)),
        (b"a=\\uD83D\\uDE00!", "\N{GRINNING FACE}", (1, 3, 15)),
        (b"a=\\uD83D\\uDE00!", "!", (1, 15, 16)),
        (b"a=\\uDE00\\uD83D!", "\ud83d", (1, 9, 15)),
    ],
)
def test_a_part_of_a_value_has_its_place_as_it_is_written(
    data: bytes, part: str, place: tuple[int, int, int]
) -> None:
    file, entry = only(data)
    start = entry.value.index(part)
    found = file.range_in_value(entry, start, start + len(part))
    assert (found.line, found.column, found.end_column) == place


def test_no_part_of_a_value_is_the_whole_value() -> None:
    file, entry = only(b"a = \\\n b\\u0063 \\\n d")
    assert file.range_in_value(entry) == entry.value_range


def test_every_character_of_generated_files_has_the_place_at_which_it_is_written() -> None:
    seed = random.SystemRandom().randrange(2**32)
    for parts in generated(seed, 500):
        try:
            file = PropertiesFile.parse(b"".join(parts))
        except ArtifactError:
            continue
        for entry in file.entries:
            if entry.line != entry.last_line:
                continue  # an escape can go on over a line's end
            for at, character in enumerate(entry.value[:40]):
                place = file.range_in_value(entry, at, at + 1)
                assert unescape(marked(file, place)) == character, (seed, parts)


def test_a_line_is_shown_as_it_stands_in_the_file() -> None:
    file = PropertiesFile.parse(b" a=1 \r\n\r#\x0b\x85\nb=2")
    assert [file.line(number) for number in range(1, 5)] == [" a=1 ", "", "#\x0b\x85", "b=2"]
    with pytest.raises(IndexError):
        file.line(5)


def test_all_entries_of_a_key_are_found_also_under_another_spelling() -> None:
    file = PropertiesFile.parse(b"a=1\nb=2\n\\u0061=3\nc=4\nb=5\na=6")
    assert [entry.line for entry in file.find_all("a")] == [1, 3, 6]
    assert file.find_all("d") == ()
    assert [[entry.line for entry in same] for same in file.duplicates()] == [[1, 3, 6], [2, 5]]


def test_fails_on_very_many_malformed_escapes_with_the_first_hundred_and_a_number() -> None:
    with pytest.raises(ArtifactError) as caught:
        PropertiesFile.parse(b"a=" + b"\\u" * 1234, name="x")
    assert len(caught.value.problems) == 101
    assert str(caught.value).endswith("x: and 1,134 more escapes of this kind")


@pytest.mark.parametrize(
    "written",
    [
        lambda size: b"a=" + b"x" * size,
        lambda size: b"x" * size,
        lambda size: b"a=" + b" " * size,
        lambda size: b"\\" * size,
        lambda size: b"\\:" * (size // 2),
        lambda size: b"a=" + b"\\n" * (size // 2),
        lambda size: b"a=" + b"\\u0041" * (size // 6),
        lambda size: b"a=" + b"x\\\n" * (size // 3),
        lambda size: b"\\\n" * (size // 2),
        lambda size: b"#" * size,
        lambda size: b"\r" * size,
        lambda size: b"a=1\n" * (size // 4),
        lambda size: b"".join(b"k%d=v\n" % number for number in range(size // 8)),
    ],
    ids=[
        *("value", "key", "blanks", "backslashes", "escaped separators", "escapes", "unicode"),
        *("continuations", "empty continuations", "comment", "blank lines", "duplicates", "keys"),
    ],
)
def test_the_work_grows_as_the_file_does(written: Callable[[int], bytes]) -> None:
    def work(size: int) -> float:
        """Processor time, which other processes do not lengthen as they do the clock's."""
        data = written(size)
        spent = []
        for _ in range(3):
            start = time.process_time()
            file = PropertiesFile.parse(data)
            file.duplicates()
            if file.entries:
                file.range_in_value(file.entries[-1], len(file.entries[-1].value) - 1)
                file.with_override(file.entries[0].key, None)
            spent.append(time.process_time() - start)
        return min(spent)

    small, large = 2_000, 32_000
    # 16 times the file; quadratic work would be 256 times as much.
    assert work(large) < 80 * max(work(small), 0.0001)
