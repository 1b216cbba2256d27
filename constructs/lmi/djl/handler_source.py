"""
What a file of Python defines, read without running it, for the Python version of an image.

What the parser of the running Python cannot tell: of a newer version's syntax that it does not know
itself, a failure is `uncertain`; f-strings that nest their own quotes (3.12) pass for an older
version where the running Python is 3.12 or later, as `ast.parse` does not look at them.
"""

import ast
import re
import sys
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from lmi.djl.handler_statements import bound, can_bind_anything, statements

MAX_BYTES = 1 << 20
"""Files above this size are not parsed."""

_NEWER = re.compile(
    r"^\s*(type\s+\w|(async\s+)?def\s+\w+\s*\[|class\s+\w+\s*\[)|\b[rR]?[fF][rR]?[\"']"
)
"""Lines that a newer Python may understand: PEP 695 and PEP 701."""

_OLDEST = (3, 7)


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceProblem:
    """Why a version of Python does not take a file."""

    message: str
    line: int | None
    column: int | None
    is_uncertain: bool = False
    """Whether a newer Python than the running one may take it."""


@dataclass(frozen=True, slots=True)
class Source:
    """A file of Python: what the parser made of it, or why it could not."""

    tree: ast.Module | None
    problem: SourceProblem | None


def python_version(text: str) -> tuple[int, int]:
    """Return ``3.10`` as ``(3, 10)``."""
    major, minor = text.split(".")[:2]
    return int(major), int(minor)


@lru_cache(maxsize=64)
def parse_source(data: bytes, python: tuple[int, int]) -> Source:
    """
    Return what *python* makes of the file with the content *data*; neither tree nor problem where
    the parser gives up.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            tree = ast.parse(data, feature_version=max(python, _OLDEST))
            # What only the compiler refuses: `return` outside a function, `await` in a plain one.
            compile(tree, "model.py", "exec", dont_inherit=True)
        except SyntaxError as error:
            return Source(None, _problem(error, data, python))
        except ValueError as error:
            return Source(None, SourceProblem(message=str(error), line=None, column=None))
        except (RecursionError, MemoryError):
            return Source(None, None)
    found = next(_features_beyond(tree, python), None)
    return Source(tree, found)


def _problem(error: SyntaxError, data: bytes, python: tuple[int, int]) -> SourceProblem:
    line = error.lineno or None
    text = ""
    if line is not None:
        lines = data.splitlines()
        text = lines[line - 1].decode("utf-8", "replace") if line <= len(lines) else ""
    is_newer = python > sys.version_info[:2] and not isinstance(error, IndentationError)
    return SourceProblem(
        message=error.msg or "invalid syntax",
        line=line,
        column=error.offset or None,
        is_uncertain=is_newer and _NEWER.search(text) is not None,
    )


_BUILT_IN_GENERICS = frozenset({"list", "dict", "tuple", "set", "frozenset", "type"})


def _features_beyond(tree: ast.Module, python: tuple[int, int]) -> Iterator[SourceProblem]:
    """Yield annotations that fail when *python* evaluates them on import."""
    if python >= (3, 10) or _postpones_annotations(tree):
        return
    generics = _BUILT_IN_GENERICS | _imported_from(tree, "collections.abc")
    for annotation in _annotations(tree.body):
        for node in ast.walk(annotation):
            if (
                python < (3, 9)
                and isinstance(node, ast.Subscript)
                and isinstance(node.value, ast.Name)
                and node.value.id in generics
            ):
                yield _at(node, f"'{node.value.id}[...]' needs Python 3.9")
            if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr) and _is_union(node):
                yield _at(node, "'X | None' as a type needs Python 3.10")


def _at(node: ast.expr, message: str) -> SourceProblem:
    return SourceProblem(
        message=f"{message}: TypeError on import", line=node.lineno, column=node.col_offset + 1
    )


def _is_union(node: ast.BinOp) -> bool:
    return any(
        (isinstance(side, ast.Constant) and side.value is None)
        or (isinstance(side, ast.Name) and side.id in {"str", "int", "float", "bool", "bytes"})
        for side in (node.left, node.right)
    )


def _postpones_annotations(tree: ast.Module) -> bool:
    return any(
        isinstance(node, ast.ImportFrom)
        and node.module == "__future__"
        and any(alias.name == "annotations" for alias in node.names)
        for node in tree.body
    )


def _imported_from(tree: ast.Module, module: str) -> frozenset[str]:
    return frozenset(
        alias.asname or alias.name
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and node.module == module
        for alias in node.names
    )


def _annotations(body: list[ast.stmt]) -> Iterator[ast.expr]:
    """Yield those that importing evaluates, but for what a condition may leave out."""
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            arguments = node.args
            every = (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
            also = (arguments.vararg, arguments.kwarg)
            for argument in (*every, *(each for each in also if each is not None)):
                if argument.annotation is not None:
                    yield argument.annotation
            if node.returns is not None:
                yield node.returns
        elif isinstance(node, ast.ClassDef):
            yield from _annotations(node.body)
        elif isinstance(node, ast.AnnAssign):
            yield node.annotation


@dataclass(frozen=True, kw_only=True, slots=True)
class Definition:
    """What a name stands for in a module."""

    function: ast.FunctionDef | ast.AsyncFunctionDef | None
    """None: something else than a plain function of this file, of which nothing more is known."""


def definition(tree: ast.Module, name: str) -> Definition | None:
    """Return what *name* stands for once *tree* is imported; None: there is no such name."""
    found: Definition | None = None
    if any(isinstance(node, ast.Global) and name in node.names for node in ast.walk(tree)):
        found = Definition(function=None)
    for node in statements(tree.body):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            if node.name == name:
                known = node if not node.decorator_list else None
                found = Definition(function=known)
            elif node.name == "__getattr__":
                found = found or Definition(function=None)
        elif name in bound(node):
            found = Definition(function=None)
        elif can_bind_anything(node):
            found = found or Definition(function=None)
    return found


def function_names(tree: ast.Module) -> tuple[str, ...]:
    """Return the names of the functions that *tree* defines at its top."""
    return tuple(
        node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )


def imported_modules(tree: ast.Module) -> tuple[str, ...]:
    """Return the modules that importing *tree* imports, but for those in a condition."""
    names: list[str] = []
    for node in tree.body:
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.append(node.module)
    return tuple(names)


def takes_one_argument(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Return whether *function* can be called with one positional argument alone."""
    arguments = function.args
    positional = len(arguments.posonlyargs) + len(arguments.args)
    required = positional - len(arguments.defaults)
    keywords = any(default is None for default in arguments.kw_defaults)
    return required <= 1 and (positional >= 1 or arguments.vararg is not None) and not keywords


def is_generator(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Return whether a call of *function* returns a generator."""
    return any(isinstance(node, ast.Yield | ast.YieldFrom) for node in _own_nodes(function))


def may_return_awaitable(function: ast.FunctionDef) -> bool:
    """Return whether what a plain *function* returns could be awaited."""
    return any(
        _may_be_awaitable(node.value)
        for node in _own_nodes(function)
        if isinstance(node, ast.Return) and node.value is not None
    )


def _may_be_awaitable(value: ast.expr) -> bool:
    if isinstance(value, ast.IfExp):
        return _may_be_awaitable(value.body) or _may_be_awaitable(value.orelse)
    root = value
    while isinstance(root, ast.Call | ast.Attribute):
        root = root.func if isinstance(root, ast.Call) else root.value
    is_output = isinstance(root, ast.Name) and root.id == "Output"
    return not is_output and not isinstance(value, ast.Constant | ast.Name)


def _own_nodes(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[ast.AST]:
    pending: list[ast.AST] = [*function.body]
    while pending:
        node = pending.pop()
        yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            pending.extend(ast.iter_child_nodes(node))
