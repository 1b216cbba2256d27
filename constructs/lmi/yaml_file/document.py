"""
YAML with its places: which line each key stands on, and how each value is written.

Stricter than YAML where YAML surprises: a duplicate key, a merge key, yes and no as booleans and
010 as the number eight are problems.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import cast

import yaml

KeyPath = tuple[str, ...]

_DECIMAL = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})")
_BOOLEANS = {"true": True, "false": False}
_TAG = "tag:yaml.org,2002:"


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """One mistake in a file."""

    line: int
    """Counted from 1."""
    path: KeyPath
    message: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Scalar:
    """A single value as it stands in the file."""

    text: str
    quoted: bool
    is_null: bool


@dataclass(kw_only=True, slots=True)
class Document:
    """A parsed file."""

    data: object
    lines: dict[KeyPath, int]
    """Of each key."""
    scalars: dict[KeyPath, Scalar]
    problems: list[Problem]

    def line_of(self, path: KeyPath) -> int:
        """Return the line of *path*, or of the nearest key above it that exists."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def parse(text: str, *, keeps_text: Callable[[KeyPath], bool]) -> Document:
    """
    Return the document in *text*; its values are dict, list, str, int, float, bool and None.

    A value at a path for which *keeps_text* is true stays the text that stands in the file; only
    booleans become ``true`` or ``false``, and null becomes None.

    Raises yaml.YAMLError if *text* is not one YAML document.
    """
    node = yaml.compose(text, Loader=yaml.SafeLoader)
    walk = _Walk(keeps_text=keeps_text)
    data = None if node is None else walk.value(node, ())
    return Document(data=data, lines=walk.lines, scalars=walk.scalars, problems=walk.problems)


@dataclass(kw_only=True, slots=True)
class _Walk:
    keeps_text: Callable[[KeyPath], bool]
    lines: dict[KeyPath, int] = field(default_factory=dict)
    scalars: dict[KeyPath, Scalar] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    open: list[yaml.Node] = field(default_factory=list)

    def value(self, node: yaml.Node, path: KeyPath) -> object:
        if any(node is above for above in self.open):
            self._refuse(node, path, "refers to itself")
            return None
        if not isinstance(node, yaml.ScalarNode) and node.tag not in (f"{_TAG}map", f"{_TAG}seq"):
            self._refuse(node, path, f"the YAML tag {node.tag!r} is not supported")
        self.open.append(node)
        try:
            if isinstance(node, yaml.MappingNode):
                return dict(self._items(node, path))
            if isinstance(node, yaml.SequenceNode):
                return [self.value(item, (*path, str(i))) for i, item in enumerate(node.value)]
            return self._scalar(cast(yaml.ScalarNode, node), path)
        finally:
            self.open.pop()

    def _items(self, node: yaml.MappingNode, path: KeyPath) -> Iterator[tuple[str, object]]:
        seen: dict[str, int] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                self._refuse(key, path, "has a key that is not a single word")
                continue
            if key.tag == f"{_TAG}merge":
                self._refuse(key, path, "merge keys ('<<') are not supported; write the keys out")
                continue
            here = (*path, key.value)
            if key.value in seen:
                self._refuse(
                    key, here, f"duplicate key, first on line {seen[key.value]}; remove one of them"
                )
                continue
            seen[key.value] = line
            self.lines[here] = line
            yield key.value, self.value(value, here)

    def _scalar(self, node: yaml.ScalarNode, path: KeyPath) -> object:
        text, kind = node.value, node.tag.removeprefix(_TAG)
        quoted = node.style in ("'", '"', "|", ">")
        self.scalars[path] = Scalar(text=text, quoted=quoted, is_null=kind == "null")
        keeps = self.keeps_text(path)
        match kind:
            case "null":
                return None
            case "bool" if text.lower() in _BOOLEANS:
                return text.lower() if keeps else _BOOLEANS[text.lower()]
            case "bool":
                meant = f"write true or false, or {text!r} in quotes"
                self._refuse(node, path, f"{meant}: YAML versions differ on a bare {text}")
            case "int" if not keeps and _DECIMAL.fullmatch(text):
                return int(text)
            case "int" if not keeps:
                meant = "write a number in plain decimal digits, or text in quotes"
                self._refuse(node, path, f"{meant}, got {text}")
            case "float" if not keeps:
                return self._float(node, path)
            case "str" | "int" | "float" | "timestamp" | "value":
                return text
            case _:
                self._refuse(node, path, f"the YAML tag {node.tag!r} is not supported")
        return None

    def _float(self, node: yaml.ScalarNode, path: KeyPath) -> float | None:
        try:
            return float(yaml.SafeLoader("").construct_yaml_float(node))
        except ValueError:
            self._refuse(node, path, f"must be a number, got {node.value!r}")
            return None

    def _refuse(self, node: yaml.Node, path: KeyPath, message: str) -> None:
        self.problems.append(Problem(line=node.start_mark.line + 1, path=path, message=message))
