"""
Parses YAML with its places, stricter than YAML where YAML surprises.

A duplicate key, a merge key, yes and no as booleans and 010 as the number eight are problems; so
are aliases that stand for very many values, and what no file name or message can hold: NUL and
half a surrogate pair.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import cast

import yaml

from lmi.text_range import TextRange
from lmi.yaml_file.document import Document, KeyPath, Problem, Scalar
from lmi.yaml_file.shown import shown

_DECIMAL = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})")
_BOOLEANS = {"true": True, "false": False}
_TAG = "tag:yaml.org,2002:"
_LINE_ENDING = re.compile("\r\n|[\r\n\x85\u2028\u2029]")
_UNFIT = re.compile("[\x00\ud800-\udfff]")
_WHY_UNFIT = "must not hold NUL or half a surrogate pair; write the character itself"
_MOST_REPEATED = 10_000
"""Values that aliases may stand for, so that a short file cannot stand for millions."""


def parse(text: str, *, keeps_text: Callable[[KeyPath], bool]) -> Document:
    """
    Return the document in *text*; its values are dict, list, str, int, float, bool and None.

    A value at a path for which *keeps_text* is true stays the text that stands in the file; only
    booleans become ``true`` or ``false``, and null becomes None.

    Raises yaml.YAMLError if *text* is not one YAML document.
    """
    source = tuple(_LINE_ENDING.split(text))
    node = _composed(text)
    walk = _Walk(keeps_text=keeps_text, line_lengths=[len(line.rstrip()) for line in source])
    data = None if node is None else walk.value(node, ())
    return Document(
        data=data,
        source=source,
        keys=walk.keys,
        values=walk.values,
        scalars=walk.scalars,
        problems=walk.problems,
    )


def _composed(text: str) -> yaml.Node | None:
    try:
        return yaml.compose(text, Loader=yaml.SafeLoader)
    except (ValueError, OverflowError) as error:
        # PyYAML lets chr() and int() raise: "\U00110000", %YAML 1.999… with thousands of digits.
        raise yaml.MarkedYAMLError(
            problem=f"an escape or a version number is out of range: {error}"
        ) from error


@dataclass(kw_only=True, slots=True)
class _Walk:
    keeps_text: Callable[[KeyPath], bool]
    line_lengths: list[int]
    keys: dict[KeyPath, TextRange] = field(default_factory=dict)
    values: dict[KeyPath, TextRange] = field(default_factory=dict)
    scalars: dict[KeyPath, Scalar] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    open: list[yaml.Node] = field(default_factory=list)
    visited: set[int] = field(default_factory=set)
    repeated: int = 0

    def value(self, node: yaml.Node, path: KeyPath) -> object:
        self.values[path] = self._range(node)
        if id(node) in self.visited:
            self.repeated += 1
            if self.repeated == _MOST_REPEATED:
                self._refuse(
                    node,
                    path,
                    f"aliases stand for more than {_MOST_REPEATED:,} values; write the values out",
                )
            if self.repeated >= _MOST_REPEATED:
                return None
        self.visited.add(id(node))
        if any(node is above for above in self.open):
            self._refuse(node, path, "refers to itself")
            return None
        if not isinstance(node, yaml.ScalarNode) and node.tag not in (f"{_TAG}map", f"{_TAG}seq"):
            self._refuse(node, path, f"the YAML tag {shown(node.tag)} is not supported")
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
            if _UNFIT.search(key.value):
                self._refuse(key, path, f"the key {shown(key.value)} {_WHY_UNFIT}")
                continue
            here = (*path, key.value)
            if key.value in seen:
                self._refuse(
                    key, here, f"duplicate key, first on line {seen[key.value]}; remove one of them"
                )
                continue
            seen[key.value] = line
            self.keys[here] = self._range(key)
            yield key.value, self.value(value, here)

    def _scalar(self, node: yaml.ScalarNode, path: KeyPath) -> object:
        text, kind = node.value, node.tag.removeprefix(_TAG)
        quoted = node.style in ("'", '"', "|", ">")
        self.scalars[path] = Scalar(text=text, quoted=quoted, is_null=kind == "null")
        if _UNFIT.search(text):
            self._refuse(node, path, _WHY_UNFIT)
            return None
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
                self._refuse(node, path, f"the YAML tag {shown(node.tag)} is not supported")
        return None

    def _float(self, node: yaml.ScalarNode, path: KeyPath) -> float | None:
        try:
            return float(yaml.SafeLoader("").construct_yaml_float(node))
        except (ValueError, OverflowError, IndexError):
            # PyYAML's own on a text tagged as a float, on 1:1:…:1.0 and on nothing at all.
            self._refuse(node, path, f"must be a number, got {shown(node.value)}")
            return None

    def _range(self, node: yaml.Node) -> TextRange:
        start, end = node.start_mark, node.end_mark
        here = end.column if end.line == start.line else self.line_lengths[start.line]
        return TextRange(
            line=start.line + 1, column=start.column + 1, end_column=max(start.column, here) + 1
        )

    def _refuse(self, node: yaml.Node, path: KeyPath, message: str) -> None:
        self.problems.append(Problem(line=node.start_mark.line + 1, path=path, message=message))
