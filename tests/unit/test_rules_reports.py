"""The four forms in which findings are written."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft4Validator  # type: ignore[import-untyped]

from lmi.rules import Finding, Location
from lmi.rules.report import Format, write

# https://github.com/oasis-tcs/sarif-spec, e058381: sarif-2.1/schema/sarif-schema-2.1.0.json
SARIF_SCHEMA = Path(__file__).parent / "data" / "sarif-schema-2.1.0.json"


def finding(**fields: object) -> Finding:
    given = {
        "rule": "trailing-blank",
        "severity": "warning",
        "artifact": "chat",
        "endpoint": None,
        "location": Location(
            file="model_artifacts/chat/serving.properties", line=2, column=8, end_column=9
        ),
        "key": "engine",
        "message": "the value of 'engine' ends in ' ', which Java keeps",
        "fix": "remove it",
        "source": "Java",
        **fields,
    }
    return Finding(**given)  # type: ignore[arg-type]


ANYTHING = [
    finding(),
    finding(acknowledged="as upstream has it"),
    finding(rule="duplicate-key", severity="error", endpoint="dev/chat"),
    finding(severity="info", location=Location(file=None), key=None),
    finding(location=Location(file="/srv/with blank/ü.properties")),
]


def test_sarif_is_valid_against_its_schema() -> None:
    schema = json.loads(SARIF_SCHEMA.read_text(encoding="utf-8"))
    log = json.loads(write("sarif", ANYTHING, ["chat"]))
    assert [error.message for error in Draft4Validator(schema).iter_errors(log)] == []


def test_sarif_points_at_the_place_and_the_rule() -> None:
    (run,) = json.loads(write("sarif", ANYTHING, ["chat"]))["runs"]
    first = run["results"][0]
    rule = run["tool"]["driver"]["rules"][first["ruleIndex"]]
    physical = first["locations"][0]["physicalLocation"]
    assert rule["id"] == first["ruleId"] == "trailing-blank"
    assert physical["artifactLocation"]["uri"] == "model_artifacts/chat/serving.properties"
    assert physical["region"] == {"startLine": 2, "startColumn": 8, "endColumn": 9}


def test_sarif_suppresses_what_is_acknowledged_and_nothing_else() -> None:
    (run,) = json.loads(write("sarif", ANYTHING, ["chat"]))["runs"]
    suppressed = [result.get("suppressions") for result in run["results"]]
    assert suppressed == [
        None,
        [{"kind": "external", "justification": "as upstream has it"}],
        None,
        None,
        None,
    ]


def test_json_has_the_fields_of_the_contract_and_counts_what_is_open() -> None:
    document = json.loads(write("json", ANYTHING, ["chat"]))
    assert document["schema"] == 1
    assert (document["errors"], document["warnings"]) == (1, 2)
    assert list(document["findings"][1]) == [
        "rule",
        "severity",
        "artifact",
        "endpoint",
        "file",
        "line",
        "column",
        "end_column",
        "key",
        "message",
        "fix",
        "source",
        "acknowledged",
    ]
    assert document["findings"][1]["acknowledged"] == "as upstream has it"


def test_github_escapes_what_would_end_a_field() -> None:
    text = write(
        "github",
        [finding(location=Location(file="a,b:c.properties", line=1), message="100 %\nsure")],
        ["chat"],
    )
    assert text == (
        "::warning file=a%2Cb%3Ac.properties,line=1,title=trailing-blank::"
        "100 %25%0Asure; fix: remove it"
    )


def test_github_shows_an_acknowledged_error_as_a_notice() -> None:
    text = write("github", [finding(severity="error", acknowledged="known")], ["chat"])
    assert text.startswith("::notice ")
    assert text.endswith("(left: known)")


@pytest.mark.parametrize("form", ["json", "sarif", "github", "text"])
def test_no_findings_are_written_in_every_form(form: Format) -> None:
    text = write(form, [], ["chat"])
    assert ("1 target checked: 0 errors, 0 warnings" in text) == (form == "text")


def test_text_shows_the_line_with_a_caret_below_the_place(tmp_path: Path) -> None:
    path = tmp_path / "serving.properties"
    path.write_text("# it\nengine=Python \n", encoding="ascii")
    place = Location(file=str(path), line=2, column=14, end_column=15)
    text = write("text", [finding(location=place)], ["chat"])
    assert text.splitlines() == [
        f"{path}:2:14: warning: the value of 'engine' ends in ' ', which Java keeps "
        "[trailing-blank]",
        "  2 | engine=Python",
        "    |              ^",
        "  fix: remove it",
        "",
        "1 target checked: 0 errors, 1 warning",
    ]


def test_text_cuts_a_long_line_around_the_place_and_hides_control_characters(
    tmp_path: Path,
) -> None:
    path = tmp_path / "serving.properties"
    path.write_text("x" * 5000 + "\x1b[31m" + "y" * 5000, encoding="ascii")
    place = Location(file=str(path), line=1, column=5001, end_column=5002)
    shown, caret = write("text", [finding(location=place)], ["chat"]).splitlines()[1:3]
    assert len(shown) < 120
    assert "\x1b" not in shown
    assert shown[caret.index("^")] == "·"


def test_text_counts_what_is_acknowledged_apart() -> None:
    text = write("text", ANYTHING, ["chat", "dev/chat"])
    assert text.splitlines()[-1] == ("2 targets checked: 1 error, 2 warnings, 1 acknowledged")
