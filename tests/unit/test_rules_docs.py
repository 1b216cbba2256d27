"""docs/rules.md: what the script writes, and whole."""

import re
from pathlib import Path

import pytest

from lmi.rules import RULES
from lmi.rules.every import TOPICS
from scripts import rules
from scripts.rules import PAGE, page

TEXT = PAGE.read_text("utf-8")


def test_the_page_is_what_scripts_rules_py_would_write() -> None:
    assert page() == TEXT, "run: make rules"


def test_every_rule_has_its_section_and_a_line_in_the_table_that_leads_there() -> None:
    for rule in RULES:
        assert TEXT.count(f"\n### {rule.id}\n") == 1
        assert f"| [`{rule.id}`](#{rule.id}) | {rule.severity} |" in TEXT


def test_every_link_inside_the_page_leads_somewhere() -> None:
    headings = re.findall(r"^#+ (.+)$", TEXT, re.MULTILINE)
    anchors = {heading.lower().replace("`", "").replace(" ", "-") for heading in headings}
    assert set(re.findall(r"\]\(#([^)]+)\)", TEXT)) <= anchors


def test_every_topic_has_a_heading_of_its_own() -> None:
    headings = re.findall(r"^## (.+)$", TEXT, re.MULTILINE)
    assert len(headings) == len(set(headings)) == len(TOPICS) + 1
    assert all(len(heading) < 90 for heading in headings)


def test_fences_are_closed_and_hold_no_fence() -> None:
    assert TEXT.count("```") % 2 == 0
    for block in TEXT.split("```")[1::2]:
        assert block.startswith(("text\n", "yaml\n"))


def test_the_page_is_written_whole_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(rules, "PAGE", tmp_path / "rules.md")
    rules.main()
    assert capsys.readouterr().out == f"wrote docs/rules.md: {len(RULES)} rules\n"
    assert (tmp_path / "rules.md").read_text("utf-8") == page()
    assert [path.name for path in tmp_path.iterdir()] == ["rules.md"]
