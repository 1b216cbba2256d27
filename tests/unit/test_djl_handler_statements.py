"""Which names importing a handler's file defines."""

import ast

import pytest

from lmi.djl.handler_source import definition, may_return_awaitable


@pytest.mark.parametrize("test", ["__name__ == '__main__'", "'__main__' == __name__"])
def test_what_stands_under_a_main_guard_is_not_defined_on_import(test: str) -> None:
    tree = ast.parse(f"if {test}:\n    def handle(inputs): ...\n")

    assert definition(tree, "handle") is None


@pytest.mark.parametrize(
    "test", ["__name__ != '__main__'", "__name__ == name", "__name__ == '__main__' == name", "x"]
)
def test_what_stands_under_another_condition_may_be_defined(test: str) -> None:
    tree = ast.parse(f"if {test}:\n    def handle(inputs): ...\n")

    assert definition(tree, "handle") is not None


def test_the_other_branch_of_a_main_guard_is_run_on_import() -> None:
    tree = ast.parse("if __name__ == '__main__':\n    pass\nelse:\n    def handle(inputs): ...\n")

    assert definition(tree, "handle") is not None


@pytest.mark.parametrize(
    ("value", "may"),
    [
        ("None if inputs.is_empty() else Output().add(b'')", False),
        ("None if inputs.is_empty() else answer(inputs)", True),
        ("answer(inputs) if inputs else None", True),
    ],
)
def test_each_branch_of_a_condition_counts_for_what_is_returned(value: str, may: bool) -> None:
    function = ast.parse(f"def handle(inputs):\n    return {value}\n").body[0]
    assert isinstance(function, ast.FunctionDef)

    assert may_return_awaitable(function) is may
