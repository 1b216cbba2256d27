"""Makes sections of a parsed file, and says all that is wrong with it in one wording."""

from collections.abc import Callable
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TypeVar, cast

from lmi.catalog.nearest import nearest
from lmi.yaml_file.document import Document, KeyPath, Problem
from lmi.yaml_file.section import Section
from lmi.yaml_file.shape import Shape, is_required, shapes_of
from lmi.yaml_file.shown import shown

_Section = TypeVar("_Section", bound=Section)

_PARSED: dict[type, tuple[type, str]] = {
    str: (str, "text"),
    int: (int, "a whole number"),
    bool: (bool, "true or false"),
    tuple: (list, "a list"),
}
_MAPPING = (dict, "a mapping of keys to values")
"""What the parser makes of each kind, and its name for people."""


def read_section(
    section: type[_Section],
    document: Document,
    *,
    problems: list[Problem],
    misplaced: Callable[[str], str | None] = lambda key: None,
) -> _Section | None:
    """
    Return *document* as *section*, or None if anything is wrong with it.

    Args:
        section: what the file describes.
        document: the file.
        problems: what is known to be wrong already; gets what is wrong besides, but for a key that
            it names.
        misplaced: returns what to say of an unknown key that belongs elsewhere. Default: the
            nearest known key.
    """
    reading = _Reading(document=document, misplaced=misplaced)
    read = reading.value(Shape(kind=section), document.data, ())
    explained = {problem.path for problem in problems}
    problems += [problem for problem in reading.problems if problem.path not in explained]
    return cast(_Section, read) if not reading.problems else None


@dataclass(kw_only=True, slots=True)
class _Reading:
    document: Document
    misplaced: Callable[[str], str | None]
    problems: list[Problem] = field(default_factory=list)

    def value(self, shape: Shape, value: object, path: KeyPath) -> object:
        """Return *value* as what *shape* says; once there is a problem, whatever comes handy."""
        if value is None and shape.may_be_none:
            return None
        if not _has_kind(value, shape) or (shape.choices and value not in shape.choices):
            self._refuse(path, _wrong_kind(value, shape))
            return None
        before = len(self.problems)
        read = self._inner(shape, value, path)
        if len(self.problems) == before:
            wrong = (constraint.problem(read) for constraint in shape.constraints)
            if message := next(filter(None, wrong), None):
                self._refuse(path, message)
        return read

    def _inner(self, shape: Shape, value: object, path: KeyPath) -> object:
        if isinstance(value, dict) and issubclass(shape.kind, Section):
            return self._section(shape.kind, value, path)
        if isinstance(value, dict) and shape.key and shape.entry:
            for key in value:
                self.value(shape.key, key, (*path, key))
            entries = {
                key: self.value(shape.entry, each, (*path, key)) for key, each in value.items()
            }
            return MappingProxyType(entries)
        if isinstance(value, list) and shape.entry:
            return tuple(
                self.value(shape.entry, each, (*path, str(index)))
                for index, each in enumerate(value)
            )
        return value

    def _section(
        self, section: type[Section], data: dict[str, object], path: KeyPath
    ) -> Section | None:
        before = len(self.problems)
        shapes = shapes_of(section)
        values: dict[str, object] = {}
        for key, shape in shapes.items():
            if key in data:
                values[key] = self.value(shape, data[key], (*path, key))
            elif is_required(section, key):
                self._refuse((*path, key), f"is required{_example(section, key)}")
        for key in data:
            if key not in shapes:
                hint = self.misplaced(key) or _known_keys(section, key)
                self._refuse((*path, key), f"unknown key; {hint}")
        if len(self.problems) > before:
            return None
        read = section(**values)
        if message := read.broken_rule():
            self._refuse(path, message)
        return read

    def _refuse(self, path: KeyPath, message: str) -> None:
        line = self.document.line_of(path)
        self.problems.append(Problem(line=line, path=path, message=message))


def _has_kind(value: object, shape: Shape) -> bool:
    # By type() and not by isinstance(), because true is no number.
    return type(value) is _PARSED.get(shape.kind, _MAPPING)[0]


def _wrong_kind(value: object, shape: Shape) -> str:
    got = f"got {_shown(value)}"
    if shape.choices:
        *others, last = map(repr, shape.choices)
        return f"must be {', '.join(others)} or {last}, {got}"
    is_bare = shape.kind is str and isinstance(value, bool | int | float)
    hint = "; put it in quotes" if is_bare else ""
    return f"must be {_PARSED.get(shape.kind, _MAPPING)[1]}, {got}{hint}"


def _known_keys(section: type[Section], key: str) -> str:
    known = shapes_of(section)
    meant = nearest(key, known, 1)
    return f"did you mean {meant[0]!r}?" if meant else f"known keys: {', '.join(known)}"


def _example(section: type[Section], key: str) -> str:
    if choices := shapes_of(section)[key].choices:
        return f": write {' or '.join(f'{key}: {choice}' for choice in choices)}"
    # Its import costs more than reading a file that has no mistake.
    from lmi.yaml_file.description import descriptions

    description = descriptions(section).get(key, "").rstrip(".")
    return f": {description[:1].lower()}{description[1:]}" if description else ""


def _shown(value: object) -> str:
    match value:
        case None:
            return "nothing"
        case dict():
            return "a mapping"
        case list():
            return "a list"
        case bool():
            return str(value).lower()
        case str():
            return shown(value)
        case _:
            return repr(value)
