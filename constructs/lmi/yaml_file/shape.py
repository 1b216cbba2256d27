"""What the annotations of a section say, in a form that is easy to walk."""

import types
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Literal, Union, get_args, get_origin

from lmi.yaml_file.constraint import Constraint
from lmi.yaml_file.section import Section


@dataclass(frozen=True, kw_only=True, slots=True)
class Shape:
    """What a value may be."""

    kind: type
    """str, int, bool, tuple, Mapping or a subclass of Section."""
    constraints: tuple[Constraint, ...] = ()
    may_be_none: bool = False
    """None is how a missing key looks; in a file, `valueless` refuses it."""
    choices: tuple[str, ...] = ()
    """All texts that are allowed. Empty: any."""
    key: "Shape | None" = None
    """Of a mapping: its keys'."""
    entry: "Shape | None" = None
    """Of a mapping or a list: that of each value in it."""


# No functools.cache: for mypy, a class whose objects have a __hash__ is not Hashable itself.
_SHAPES: dict[type[Section], Mapping[str, Shape]] = {}


def shapes_of(section: type[Section]) -> Mapping[str, Shape]:
    """Return the shape of each key of *section*."""
    if section not in _SHAPES:
        annotations = section.__annotations__.items()
        _SHAPES[section] = {name: _shape(annotation) for name, annotation in annotations}
    return _SHAPES[section]


def is_required(section: type[Section], key: str) -> bool:
    """Return whether *key* of *section* has no default."""
    return key not in vars(section)


def _shape(annotation: object, constraints: tuple[Constraint, ...] = ()) -> Shape:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        inner, *metadata = arguments
        return _shape(inner, (*metadata, *constraints))
    if origin in (Union, types.UnionType):
        (inner,) = (each for each in arguments if each is not type(None))
        return replace(_shape(inner, constraints), may_be_none=True)
    if origin is Literal:
        return Shape(kind=str, constraints=constraints, choices=arguments)
    if origin is tuple:
        return Shape(kind=tuple, constraints=constraints, entry=_shape(arguments[0]))
    if origin is Mapping:
        key, entry = map(_shape, arguments)
        return Shape(kind=Mapping, constraints=constraints, key=key, entry=entry)
    if isinstance(annotation, type) and issubclass(annotation, str | int | Section):
        return Shape(kind=annotation, constraints=constraints)
    raise TypeError(f"{annotation!r} cannot be read from a file")
