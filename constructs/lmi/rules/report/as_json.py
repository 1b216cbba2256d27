"""Findings as one JSON document."""

import json
from collections.abc import Iterable
from typing import Any

from lmi.rules.finding import Finding

SCHEMA = 1
"""Raised when a field changes its meaning or goes. New fields do not raise it."""


def as_json(findings: Iterable[Finding], **more: object) -> str:
    """
    Return the document of `lmi check --format json`, and in it what else there is to tell.

    `errors` and `warnings` count what nobody acknowledged.
    """
    found = list(findings)
    counts = {
        f"{severity}s": sum(entry.severity == severity and entry.counts for entry in found)
        for severity in ("error", "warning")
    }
    document = {"schema": SCHEMA, **more, "findings": [_fields(entry) for entry in found], **counts}
    return json.dumps(document, indent=2)


def _fields(finding: Finding) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "severity": finding.severity,
        "artifact": finding.artifact,
        "endpoint": finding.endpoint,
        "file": finding.location.file,
        "line": finding.location.line,
        "column": finding.location.column,
        "end_column": finding.location.end_column,
        "key": finding.key,
        "message": finding.message,
        "fix": finding.fix,
        "source": finding.source,
        "acknowledged": finding.acknowledged,
    }
