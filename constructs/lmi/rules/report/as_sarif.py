"""Findings as SARIF 2.1.0, which code scanning services and editors read."""

import json
from collections.abc import Iterable
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from lmi.rules.every import RULES
from lmi.rules.finding import Finding, Location, Severity
from lmi.rules.rule import Rule

_LEVELS: dict[Severity, str] = {"error": "error", "warning": "warning", "info": "note"}
"""https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html, section 3.27.10."""

_SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)


def as_sarif(findings: Iterable[Finding], version: str) -> str:
    """
    Return one SARIF log with one run of `lmi check`, version *version*.

    An acknowledged finding is a suppressed result. Paths are as the user would write them, relative
    to the directory that the check ran in.
    """
    found = list(findings)
    used = {finding.rule for finding in found}
    rules = [rule for rule in RULES if rule.id in used]
    positions = {rule.id: index for index, rule in enumerate(rules)}
    driver = {
        "name": "lmi check",
        "version": version,
        "rules": [_rule(rule) for rule in rules],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(finding, positions[finding.rule]) for finding in found],
    }
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2)


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.reason},
        "help": {"text": f"{rule.reason} Fix: {rule.fix}. Source: {rule.source}"},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
    }


def _result(finding: Finding, position: int) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": position,
        "level": _LEVELS[finding.severity],
        "message": {"text": f"{finding.message}. Fix: {finding.fix}"},
    }
    if finding.location.file is not None:
        result["locations"] = [_location(finding.location)]
    properties = {
        name: value
        for name, value in (
            ("artifact", finding.artifact),
            ("endpoint", finding.endpoint),
            ("key", finding.key),
        )
        if value is not None
    }
    if properties:
        result["properties"] = properties
    if finding.acknowledged is not None:
        result["suppressions"] = [{"kind": "external", "justification": finding.acknowledged}]
    return result


def _location(location: Location) -> dict[str, Any]:
    assert location.file is not None  # noqa: S101 -- the caller's condition
    path = PurePath(location.file)
    uri = path.as_uri() if path.is_absolute() else quote(path.as_posix())
    physical: dict[str, Any] = {"artifactLocation": {"uri": uri}}
    if location.line is not None:
        region = {
            "startLine": location.line,
            "startColumn": location.column,
            "endColumn": location.end_column,
        }
        physical["region"] = {name: value for name, value in region.items() if value is not None}
    return {"physicalLocation": physical}
