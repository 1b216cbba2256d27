"""Reads the arguments of one vLLM version from its source, without importing it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

BUILTIN = {"str", "int", "float", "bool", "dict", "list", "tuple", "set", "None", "Any", "object"}
GENERIC = {"Dict": "dict", "List": "list", "Tuple": "tuple", "Set": "set", "Mapping": "dict"}
WRAPPED = {"SkipValidation", "Required", "Final", "InitVar", "ClassVar"}


@dataclass(frozen=True)
class Argument:
    """One field of EngineArgs as the command line takes it."""

    name: str
    type: str
    values: tuple[str, ...] | None
    optional: bool
    default: str | None

    def fields(self) -> dict[str, Any]:
        """Return the row of the table, without what is left at its usual value."""
        row: dict[str, Any] = {"name": self.name, "type": self.type}
        if self.values is not None:
            row["values"] = list(self.values)
        if self.optional:
            row["optional"] = True
        if self.default is not None:
            row["default"] = self.default
        return row


class Source:
    """The source of one vLLM version."""

    def __init__(self, folder: Path) -> None:
        self.unread: list[str] = []
        self._engine = ast.parse((folder / "vllm/engine/arg_utils.py").read_text("utf-8"))
        self._modules = [self._engine]
        config = folder / "vllm/config"
        files = sorted(config.rglob("*.py")) if config.is_dir() else [config.with_suffix(".py")]
        for file in (*files, *(folder / name for name in _TYPES_ELSEWHERE)):
            if file.is_file():
                self._modules.append(ast.parse(file.read_text("utf-8")))
        self.arguments = {argument.name: argument for argument in self._read()}

    def _read(self) -> Iterator[Argument]:
        for field in _fields(self._classes["EngineArgs"]):
            assert isinstance(field.target, ast.Name)  # noqa: S101 -- of AnnAssign in a class body
            yield self._argument(field.target.id, field)

    def _argument(self, name: str, field: ast.AnnAssign) -> Argument:
        # The command line is built from the config class, which may say more than EngineArgs.
        origin = self._origin(field.value) or field
        hints = self._hints(origin.annotation)
        if hints == {"None"} or not hints:
            hints = self._hints(field.annotation)
        call = self._calls.get(name)
        values = self._values(origin.annotation) if _is_closed(hints) else None
        kind = _kind(hints)
        if call is not None:
            kind, values = self._from_call(name, call, kind, values)
        if kind is None:
            self.unread.append(f"{name}: {ast.unparse(field.annotation)}; any text is taken")
            kind = "any"
        default = self._default(origin.value if origin is not field else field.value)
        optional = "None" in hints and kind != "boolean"
        return Argument(name, kind, values, optional, default)

    def _from_call(
        self, name: str, call: ast.Call, kind: str | None, values: tuple[str, ...] | None
    ) -> tuple[str | None, tuple[str, ...] | None]:
        """Return what a hand-written ``add_argument`` says; the rest comes from the annotation."""
        keywords = {word.arg: word.value for word in call.keywords if word.arg is not None}
        action = ast.unparse(keywords["action"]) if "action" in keywords else ""
        if action.strip("'\"") == "store_true" or "Boolean" in action:
            return "boolean", None
        if "nargs" in keywords and kind != "boolean":
            return "list of strings", None
        read = ast.unparse(keywords["type"]) if "type" in keywords else None
        if read is not None:
            kind = _TYPE_FUNCTIONS.get(read)
        if "choices" in keywords:
            values = self._choices(keywords["choices"])
            if values is None:
                self.unread.append(f"{name}: choices {ast.unparse(keywords['choices'])}")
            return ("string" if kind in (None, "any") else kind), values
        return kind, (values if read is None else None)

    def _choices(self, node: ast.expr) -> tuple[str, ...] | None:
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("get_args", "typing.get_args"):
            return self._values(node.args[0])
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "list":
            return None
        try:
            return tuple(str(value) for value in ast.literal_eval(node))
        except (ValueError, TypeError):
            pass
        if isinstance(node, ast.ListComp) and ast.unparse(node.elt) == "f.value":
            members = self._classes.get(ast.unparse(node.generators[0].iter))
            return None if members is None else _enum_values(members)
        if isinstance(node, ast.Name) and node.id in self._constants:
            return self._choices(self._constants[node.id])
        return None

    def _origin(self, value: ast.expr | None) -> ast.AnnAssign | None:
        """Return the field of a config class that *value* is the default of."""
        if isinstance(value, ast.Attribute) and isinstance(value.value, ast.Name):
            owner, name = value.value.id, value.attr
        elif isinstance(value, ast.Call) and ast.unparse(value.func) == "get_field":
            owner, name = ast.unparse(value.args[0]), ast.literal_eval(value.args[1])
        else:
            return None
        found = self._classes.get(owner)
        for field in _fields(found) if found is not None else ():
            if ast.unparse(field.target) == name:
                return field
        return None

    def _default(self, value: ast.expr | None) -> str | None:
        if isinstance(value, ast.Call) and ast.unparse(value.func) in ("Field", "field"):
            words = {word.arg: word.value for word in value.keywords}
            value = words.get("default", value.args[0] if value.args else None)
        try:
            read = None if value is None else ast.literal_eval(value)
        except (ValueError, TypeError):
            return None
        return None if read is None or read is ... else str(read)

    def _hints(self, node: ast.expr) -> set[str]:
        """Return the names of the types in *node*, aliases and unions resolved."""
        if isinstance(node, ast.Constant):
            quoted = isinstance(node.value, str)
            return self._hints(_expression(str(node.value))) if quoted else {"None"}
        if isinstance(node, ast.BinOp):
            return self._hints(node.left) | self._hints(node.right)
        if isinstance(node, ast.Subscript):
            name = ast.unparse(node.value).rsplit(".", 1)[-1]
            inside = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
            if name == "Optional":
                return self._hints(inside[0]) | {"None"}
            if name == "Union":
                return set().union(*(self._hints(part) for part in inside))
            if name == "Annotated" or name in WRAPPED:
                return self._hints(inside[0])
            return {GENERIC.get(name, name)}
        name = ast.unparse(node).rsplit(".", 1)[-1]
        if name in self._constants and name not in self._classes:
            return self._hints(self._constants[name])
        return {GENERIC.get(name, name)}

    def _values(self, node: ast.expr) -> tuple[str, ...] | None:
        """Return the values of the Literal in *node*, None if there is none."""
        if isinstance(node, ast.BinOp):
            return self._values(node.left) or self._values(node.right)
        if isinstance(node, ast.Subscript):
            name = ast.unparse(node.value).rsplit(".", 1)[-1]
            inside = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
            if name == "Literal":
                return tuple(v for part in inside for v in self._literal(part))
            return next((found for part in inside if (found := self._values(part))), None)
        if isinstance(node, ast.Name) and node.id in self._constants:
            return self._values(self._constants[node.id])
        return None

    def _literal(self, node: ast.expr) -> tuple[str, ...]:
        if isinstance(node, ast.Constant):
            return (str(node.value),)
        return self._values(node) or ()

    @cached_property
    def _classes(self) -> dict[str, ast.ClassDef]:
        return {n.name: n for m in self._modules for n in m.body if isinstance(n, ast.ClassDef)}

    @cached_property
    def _constants(self) -> dict[str, ast.expr]:
        found: dict[str, ast.expr] = {}
        for module in self._modules:
            for node in module.body:
                if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                    found[node.targets[0].id] = node.value
                elif isinstance(node, ast.AnnAssign) and node.value is not None:
                    found[ast.unparse(node.target)] = node.value
        return found

    @cached_property
    def _calls(self) -> dict[str, ast.Call]:
        """The ``add_argument`` calls that do not take their words from a config class."""
        calls = {}
        for node in ast.walk(self._classes["EngineArgs"]):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(".add_argument"):
                derived = any(word.arg is None for word in node.keywords)
                for flag in node.args:
                    if isinstance(flag, ast.Constant) and not derived:
                        calls[str(flag.value).lstrip("-").replace("-", "_")] = node
        return calls


_TYPES_ELSEWHERE = (
    "vllm/model_executor/layers/quantization/__init__.py",
    "vllm/model_executor/model_loader/__init__.py",
)

_TYPE_FUNCTIONS = {
    "str": "string",
    "nullable_str": "string",
    "optional_str": "string",
    "optional_type(str)": "string",
    "int": "integer",
    "optional_int": "integer",
    "human_readable_int": "integer",
    "float": "number",
    "optional_float": "number",
    "json.loads": "json",
    "optional_type(json.loads)": "json",
    "dict": "any",
}
"""Functions that `add_argument` is given; what is not here takes any text."""


def _expression(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


def _fields(owner: ast.ClassDef) -> Iterator[ast.AnnAssign]:
    for node in owner.body:
        if isinstance(node, ast.AnnAssign) and "ClassVar" not in ast.unparse(node.annotation):
            yield node


def _is_closed(hints: set[str]) -> bool:
    return "Literal" in hints and not hints & {"str", "bool"} and not _has_class(hints)


def _has_class(hints: set[str]) -> bool:
    return bool(hints - BUILTIN - {"Literal", "type"})


def _kind(hints: set[str]) -> str | None:
    """Return the type that vLLM's own ladder over the annotations would choose."""
    if any(name.endswith("Config") for name in hints):
        return "json"
    if "bool" in hints:
        return "any" if "str" in hints else "boolean"
    if "Literal" in hints:
        return "string"
    if hints & {"tuple", "list", "set"}:
        return "list of strings"
    for name, kind in (("int", "integer"), ("float", "number")):
        if name in hints:
            return "any" if hints & {"dict"} else kind
    if "dict" in hints:
        return "any" if "str" in hints or _has_class(hints) else "json"
    return "string" if "str" in hints else None


def _enum_values(members: ast.ClassDef) -> tuple[str, ...]:
    return tuple(
        str(node.value.value)
        for node in members.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
    )
