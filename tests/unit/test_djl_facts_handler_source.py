"""What a handler's file defines, without running it."""

import ast
import sys

import pytest

from lmi.djl.handler_source import (
    Source,
    definition,
    imported_modules,
    is_generator,
    may_return_awaitable,
    parse_source,
    takes_one_argument,
)

OLD, NEW = (3, 8), (3, 12)


def parse(code: str | bytes, python: tuple[int, int] = OLD) -> Source:
    return parse_source(code.encode() if isinstance(code, str) else code, python)


def function(code: str) -> ast.FunctionDef | ast.AsyncFunctionDef:
    tree = parse(code, NEW).tree
    assert tree is not None
    found = definition(tree, "handle")
    assert found is not None
    assert found.function is not None
    return found.function


@pytest.mark.parametrize(
    ("code", "first"),
    [
        ("match x:\n    case _: ...\n", (3, 10)),
        ("try: ...\nexcept* ValueError: ...\n", (3, 11)),
        ("def f(x: str | None): ...\n", (3, 10)),
        ("def f() -> None | 'X': ...\n", (3, 10)),
        ("x: int | str = 1\n", (3, 10)),
        ("def f(x: list[str]): ...\n", (3, 9)),
        ("class A:\n    def f(self, *, x: dict[str, int] = {}): ...\n", (3, 9)),
        ("from collections.abc import Mapping\ndef f(x: Mapping[str, str]): ...\n", (3, 9)),
    ],
)
def test_newer_syntax_is_for_newer_pythons(code: str, first: tuple[int, int]) -> None:
    before = parse(code, (first[0], first[1] - 1)).problem

    assert before is not None
    assert not before.is_uncertain
    assert parse(code, first).problem is None


@pytest.mark.parametrize(
    "code",
    [
        "from __future__ import annotations\ndef f(x: str | None): ...\n",
        "def f():\n    x: list[str] = []\n    def g(y: str | None): ...\n",
        "from typing import List\ndef f(x: List[str]): ...\n",
        "if True:\n    def f(x: list[str]): ...\n",
        "def f(x: 'list[str]'): ...\n",
        "def f(x=1 | 2): ...\n",
        "from numpy import ndarray\ndef f(x: ndarray['int']): ...\n",
    ],
)
def test_what_an_old_python_does_not_evaluate_passes(code: str) -> None:
    assert parse(code).problem is None


@pytest.mark.parametrize(
    ("code", "line", "column", "says"),
    [
        ("def f():\nreturn 1\n", 2, 1, "expected an indented block"),
        ("def f():\n\tx = 1\n        y = 2\n", 3, None, "inconsistent use of tabs"),
        ("x = (\n", 1, 5, "never closed"),
        ("return 1\n", 1, 1, "'return' outside function"),
        ("def f():\n    await g()\n", 2, 5, "'await' outside async function"),
        ("# coding: klingon\n", None, None, "unknown encoding"),
        ("x = 1\0", None, None, "null bytes"),
    ],
)
def test_a_mistake_has_a_place(code: str, line: int | None, column: int | None, says: str) -> None:
    problem = parse(code).problem

    assert problem is not None
    assert says in problem.message
    assert line is None or problem.line == line
    assert column is None or problem.column == column


def test_bytes_that_are_not_utf_8_are_a_mistake() -> None:
    problem = parse(b"x = '\xe9'\n").problem

    assert problem is not None
    assert "utf-8" in problem.message


def test_a_file_that_the_parser_gives_up_on_is_unknown() -> None:
    nested = "(" * 100_000
    source = parse(nested)

    assert source.tree is None


@pytest.mark.parametrize("code", ["type A = int\n", "def f[T](x: T): ...\n", "x = f'{a['b']}'\n"])
def test_what_a_newer_python_may_take_is_uncertain(
    code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 11, 0, "final", 0))
    problem = parse(code, (3, 13)).problem
    certain = parse("x = = 1\n", (3, 13)).problem

    assert problem is None or problem.is_uncertain
    assert certain is not None
    assert not certain.is_uncertain


def test_a_warning_about_the_code_is_none_of_ours() -> None:
    assert parse("x = '\\d'\nassert (x, 1)\n").problem is None


@pytest.mark.parametrize(
    "code",
    [
        "def handle(inputs): ...",
        "async def handle(inputs): ...",
        "from handlers import handle",
        "from handlers import answer as handle",
        "import handle",
        "from handlers import *",
        "handle = answer",
        "x, handle = 1, 2",
        "handle: object = print",
        "class handle: ...",
        "try:\n    from a import handle\nexcept ImportError:\n    pass",
        "if x:\n    pass\nelse:\n    def handle(inputs): ...",
        "with x as handle: ...",
        "for handle in x: ...",
        "if (handle := x): ...",
        "def f():\n    global handle\n    handle = x\nf()",
        "globals()['handle'] = x",
        "def __getattr__(name): ...",
    ],
)
def test_a_name_is_bound_in_many_ways(code: str) -> None:
    tree = parse(code, NEW).tree
    assert tree is not None
    assert definition(tree, "handle") is not None


@pytest.mark.parametrize(
    "code",
    [
        "",
        "def predict(inputs): ...",
        "class A:\n    def handle(self, inputs): ...",
        "def f():\n    def handle(inputs): ...",
        "handle(1)",
        "import a.handle",
    ],
)
def test_a_name_that_is_not_bound(code: str) -> None:
    tree = parse(code).tree
    assert tree is not None
    assert definition(tree, "handle") is None


def test_of_a_decorated_function_nothing_is_known() -> None:
    tree = parse("@wrap\ndef handle(): ...\n").tree
    assert tree is not None
    found = definition(tree, "handle")
    assert found is not None
    assert found.function is None


@pytest.mark.parametrize(
    ("arguments", "fits"),
    [
        ("inputs", True),
        ("inputs, /", True),
        ("inputs=None", True),
        ("inputs, context=None", True),
        ("*args", True),
        ("inputs, *, key=1", True),
        ("", False),
        ("self, inputs", False),
        ("inputs, *, key", False),
        ("*, inputs", False),
        ("**rest", False),
    ],
)
def test_a_function_takes_the_inputs_alone(arguments: str, fits: bool) -> None:
    assert takes_one_argument(function(f"def handle({arguments}): ...\n")) is fits


@pytest.mark.parametrize(
    ("body", "may"),
    [
        ("return None", False),
        ("return Output().add('x')", False),
        ("return Output()", False),
        ("return output", False),
        ("def g():\n        return h()\n    return None", False),
        ("return answer(inputs)", True),
        ("return service.answer(inputs)", True),
    ],
)
def test_a_plain_function_may_return_what_can_be_awaited(body: str, may: bool) -> None:
    found = function(f"def handle(inputs):\n    {body}\n")
    assert isinstance(found, ast.FunctionDef)
    assert may_return_awaitable(found) is may


def test_a_generator_is_one_by_its_own_yield() -> None:
    assert is_generator(function("async def handle(inputs):\n    yield 1\n"))
    assert not is_generator(
        function("async def handle(inputs):\n    async def g():\n        yield 1\n    return g()\n")
    )


def test_imports_at_the_top_are_known() -> None:
    tree = parse("import a, b.c\nfrom d import e\nfrom . import f\ndef g():\n    import h\n").tree
    assert tree is not None
    assert imported_modules(tree) == ("a", "b.c", "d")
