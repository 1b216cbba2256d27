"""Every rule keeps what its own examples say."""

import pytest

from lmi.rules import RULES, Example, Rule, subject_of_example

PASSES = [(rule, example) for rule in RULES for example in rule.passes]
FAILS = [(rule, example) for rule in RULES for example in rule.fails]


@pytest.mark.parametrize(("rule", "example"), PASSES, ids=lambda value: getattr(value, "id", ""))
def test_an_example_that_passes_has_no_finding(rule: Rule, example: Example) -> None:
    assert [finding.message for finding in rule.findings(subject_of_example(example))] == []


@pytest.mark.parametrize(("rule", "example"), FAILS, ids=lambda value: getattr(value, "id", ""))
def test_an_example_that_fails_has_a_finding_with_a_place(rule: Rule, example: Example) -> None:
    findings = list(rule.findings(subject_of_example(example)))
    assert findings
    assert all(finding.location.file for finding in findings)


def test_ids_are_distinct() -> None:
    ids = [rule.id for rule in RULES]
    assert sorted(ids) == sorted(set(ids))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_can_be_documented(rule: Rule) -> None:
    assert rule.title
    assert not rule.title.endswith(".")
    assert rule.reason.endswith(".")
    assert rule.fix[0].islower() or rule.fix[0] in "`'"
    assert not rule.fix.endswith(".")
    assert rule.source
    assert rule.passes
