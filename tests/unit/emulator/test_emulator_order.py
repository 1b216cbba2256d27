"""What a resource refers to, and the order of creation."""

import pytest
from moto.cloudformation.exceptions import ValidationError

from lmi.local.emulator.cloudformation.order import creation_order, references


def test_references_are_found_in_every_form() -> None:
    node = {
        "A": {"Ref": "One"},
        "B": [{"Fn::GetAtt": ["Two", "Arn"]}],
        "C": {"Fn::Sub": "${Three} ${Four.Arn} ${!Literal} ${AWS::Region}"},
        "D": {"Fn::Sub": ["${Own} ${Five}", {"Own": {"Ref": "Six"}}]},
        "E": {"Fn::If": ["Condition", {"Ref": "Seven"}, "text"]},
    }

    found = set(references(node))

    assert found == {"One", "Two", "Three", "Four", "AWS::Region", "Five", "Six", "Seven"}


def test_each_comes_after_what_it_depends_on() -> None:
    dependencies = {
        "Endpoint": frozenset({"Config"}),
        "Config": frozenset({"Model"}),
        "Role": frozenset[str](),
        "Model": frozenset({"Role"}),
    }

    assert creation_order(dependencies) == ("Role", "Model", "Config", "Endpoint")


def test_without_dependencies_the_order_is_the_templates() -> None:
    empty: frozenset[str] = frozenset()

    assert creation_order({"B": empty, "A": empty, "C": empty}) == ("B", "A", "C")


def test_fails_on_a_circle() -> None:
    dependencies = {"A": frozenset({"B"}), "B": frozenset({"C"}), "C": frozenset({"B"})}

    with pytest.raises(ValidationError, match=r"Circular dependency between resources: \[B, C\]"):
        creation_order(dependencies)
