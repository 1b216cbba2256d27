"""Sections: what a class says of a mapping, as reader and JSON Schema take it."""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Literal

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped] # it has no stubs here

from lmi.errors import ConfigError
from lmi.yaml_file import Problem, Section, read_document, read_section
from lmi.yaml_file.constraint import (
    AnyScalar,
    Between,
    Characters,
    Entries,
    Known,
    Matches,
    Parsed,
    Positive,
)
from lmi.yaml_file.json_schema import json_schema


def _even(text: str) -> None:
    if len(text) % 2:
        raise ConfigError(f"{text!r} is odd")


def _colour(name: str) -> None:
    if name != "red":
        raise ConfigError("unknown colour")


class Room(Section):
    """One room."""

    floor: int
    """Counted from 0."""

    doors: Annotated[int, Positive()] = 1
    """Doors that can be opened."""

    windows: Annotated[int, Between(0, 9)] | None = None

    def broken_rule(self) -> str | None:
        """Check that a room high up has a window."""
        return "needs a window" if self.floor > 3 and not self.windows else None


class Corridor(Section):
    floor: int
    doors: int = 1
    windows: int | None = None


class House(Section):
    """A house
    of rooms."""

    street: Annotated[str, Characters(least=1, most=5), Matches(r"^[a-z]+$", "be lower-case")]
    """Where it
    stands."""

    style: Literal["old", "new", "odd"]

    is_sold: bool = False
    hall: Room = Room(floor=0)
    rooms: tuple[Room, ...] = ()
    names: Annotated[
        Mapping[Annotated[str, Matches("^[a-z]$")], Annotated[str, Parsed(_even)]], Entries(most=2)
    ] = MappingProxyType({})
    notes: Mapping[str, Annotated[str | None, AnyScalar()]] = MappingProxyType({})
    colour: Annotated[str, Known(_colour, lambda: ["red"])] | None = None


GOOD = "street: main\nstyle: odd\n"


def read(text: str, folder: Path) -> tuple[House | None, list[str]]:
    path = folder / "house.yaml"
    path.write_text(text, encoding="utf-8")
    document = read_document(
        path, keeps_text=lambda key: key[:1] == ("notes",), error_type=ConfigError
    )
    problems = [*document.problems]
    house = read_section(House, document, problems=problems)
    return house, [f"{each.line}: {'.'.join(each.path)}: {each.message}" for each in problems]


def test_what_is_not_given_has_its_default(tmp_path: Path) -> None:
    house, problems = read(GOOD, tmp_path)
    assert not problems
    assert house == House(street="main", style="odd")
    assert house is not None
    assert (house.is_sold, house.hall.doors, house.rooms, house.colour) == (False, 1, (), None)


def test_the_bounds_are_allowed_themselves(tmp_path: Path) -> None:
    house, problems = read(
        "street: abcde\nstyle: odd\nhall: {floor: 1, doors: 1, windows: 0}\n"
        "names: {a: bb, b: cc}\n",
        tmp_path,
    )
    assert not problems
    assert house is not None


def test_everything_that_is_given_is_read(tmp_path: Path) -> None:
    house, problems = read(
        f"{GOOD}is_sold: true\nhall: {{floor: 1, doors: 2, windows: 9}}\nrooms: [{{floor: 2}}]\n"
        "names: {a: bb}\nnotes: {x: 1.50, y: null}\ncolour: red\n",
        tmp_path,
    )
    assert not problems
    assert house == House(
        street="main",
        style="odd",
        is_sold=True,
        hall=Room(floor=1, doors=2, windows=9),
        rooms=(Room(floor=2),),
        names={"a": "bb"},
        notes={"x": "1.50", "y": None},
        colour="red",
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("- a\n", ["1: : must be a mapping of keys to values, got a list"]),
        (
            "{}\n",
            [
                "1: street: is required: where it stands",
                "1: style: is required: write style: old or style: new or style: odd",
            ],
        ),
        (f"{GOOD}stret: x\n", ["3: stret: unknown key; did you mean 'street'?"]),
        (
            f"{GOOD}hall: {{floor: 1, qqq: 1}}\n",
            ["3: hall.qqq: unknown key; known keys: floor, doors, windows"],
        ),
        ("street: 5\nstyle: odd\n", ["1: street: must be text, got 5; put it in quotes"]),
        ("street: ''\nstyle: odd\n", ["1: street: must not be empty"]),
        ("street: MAINMAIN\nstyle: odd\n", ["1: street: must have at most 5 characters, has 8"]),
        ('street: "a\\n"\nstyle: odd\n', ["1: street: must be lower-case, got 'a\\n'"]),
        ("street: a\nstyle: 1\n", ["2: style: must be 'old', 'new' or 'odd', got 1"]),
        (f"{GOOD}is_sold: 1\n", ["3: is_sold: must be true or false, got 1"]),
        (f"{GOOD}hall: {{floor: true}}\n", ["3: hall.floor: must be a whole number, got true"]),
        (f"{GOOD}hall: {{floor: 1.0}}\n", ["3: hall.floor: must be a whole number, got 1.0"]),
        (
            f"{GOOD}hall: {{floor: 1, doors: 0, windows: 10}}\n",
            [
                "3: hall.doors: must be above 0, got 0",
                "3: hall.windows: must be at most 9, got 10",
            ],
        ),
        (f"{GOOD}hall: {{floor: 1, windows: -1}}\n", ["3: hall.windows: must be at least 0, got"]),
        (f"{GOOD}rooms: {{}}\n", ["3: rooms: must be a list, got a mapping"]),
        (
            f"{GOOD}rooms:\n  - {{floor: 9}}\n  - 5\n  - {{}}\n",
            [
                "4: rooms.0: needs a window",
                "5: rooms.1: must be a mapping of keys to values, got 5",
                "6: rooms.2.floor: is required: counted from 0",
            ],
        ),
        (
            f"{GOOD}names: {{A: bbb}}\n",
            ["3: names.A: must match ^[a-z]$, got 'A'", "3: names.A: 'bbb' is odd"],
        ),
        (
            f"{GOOD}names: {{a: '', b: '', c: ''}}\n",
            ["3: names: must have at most 2 entries, has 3"],
        ),
        (f"{GOOD}colour: blue\n", ["3: colour: unknown colour"]),
        (
            f"{GOOD}rooms: [null]\n",
            ["3: rooms.0: must be a mapping of keys to values, got nothing"],
        ),
    ],
)
def test_fails_on_a_mistake_with_its_line_and_key(
    tmp_path: Path, text: str, expected: list[str]
) -> None:
    house, problems = read(text, tmp_path)
    assert house is None
    assert len(problems) == len(expected)
    for problem, beginning in zip(problems, expected, strict=True):
        assert problem.startswith(beginning)


def test_a_key_that_is_known_to_be_wrong_is_not_refused_twice(tmp_path: Path) -> None:
    path = tmp_path / "house.yaml"
    path.write_text("street: 5\nstyle: odd\n", encoding="utf-8")
    document = read_document(path, keeps_text=lambda key: False, error_type=ConfigError)
    problems = [Problem(line=1, path=("street",), message="is known")]
    assert read_section(House, document, problems=problems) is None
    assert [problem.message for problem in problems] == ["is known"]


def test_a_section_is_frozen_and_compared_by_its_values() -> None:
    room = Room(floor=1)
    with pytest.raises(AttributeError, match="Room is frozen: floor"):
        room.floor = 2  # type: ignore[misc] # which is the point
    with pytest.raises(AttributeError, match="Room is frozen: floor"):
        del room.floor
    assert room == Room(floor=1, doors=1)
    assert room != Room(floor=1, doors=2)
    assert room != Corridor(floor=1)
    assert hash(room) == hash(Room(floor=1, doors=1))
    assert repr(room) == "Room(floor=1, doors=1, windows=None)"


def test_fails_to_make_a_section_of_other_keys() -> None:
    with pytest.raises(TypeError, match=r"Room: missing=\['floor'\], unknown=\['flor'\]"):
        Room(flor=1)  # type: ignore[call-arg] # which is the point


def test_fails_on_an_annotation_that_no_file_can_have() -> None:
    class Wrong(Section):
        of: bytes

    with pytest.raises(TypeError, match="cannot be read from a file"):
        json_schema(Wrong)


def test_the_json_schema_says_what_the_reader_checks() -> None:
    schema = json_schema(House)
    Draft202012Validator.check_schema(schema)
    assert schema["description"] == "A house of rooms."
    assert schema["required"] == ["street", "style"]
    assert schema["properties"] == {
        "street": {
            "description": "Where it stands.",
            "maxLength": 5,
            "minLength": 1,
            "pattern": "^[a-z]+$",
            "type": "string",
        },
        "style": {"enum": ["old", "new", "odd"], "type": "string"},
        "is_sold": {"default": False, "type": "boolean"},
        "hall": {"$ref": "#/$defs/Room"},
        "rooms": {"items": {"$ref": "#/$defs/Room"}, "type": "array"},
        "names": {
            "additionalProperties": False,
            "maxProperties": 2,
            "patternProperties": {"^[a-z]$": {"type": "string"}},
            "type": "object",
        },
        "notes": {
            "additionalProperties": {"type": ["string", "number", "boolean", "null"]},
            "type": "object",
        },
        "colour": {"enum": ["red"], "type": "string"},
    }
    assert schema["$defs"]["Room"] == {
        "additionalProperties": False,
        "description": "One room.",
        "properties": {
            "floor": {"description": "Counted from 0.", "type": "integer"},
            "doors": {
                "default": 1,
                "description": "Doors that can be opened.",
                "exclusiveMinimum": 0,
                "type": "integer",
            },
            "windows": {"maximum": 9, "minimum": 0, "type": "integer"},
        },
        "required": ["floor"],
        "type": "object",
    }


def test_reading_files_loads_neither_pydantic_nor_the_makers_of_schemas() -> None:
    code = (
        "import sys, json\n"
        "from lmi.cli import main\n"
        "main(['check', 'model_artifacts/gpt-j-6b-deepspeed', 'local'], standalone_mode=False)\n"
        "heavy = ('pydantic', 'pydantic_core', 'annotated_types', 'typing_extensions',"
        " 'lmi.yaml_file.description', 'lmi.yaml_file.json_schema')\n"
        "print(json.dumps([name for name in heavy if name in sys.modules]))\n"
    )
    root = Path(__file__).resolve().parent.parent.parent
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True
    )
    assert json.loads(result.stdout.splitlines()[-1]) == []
