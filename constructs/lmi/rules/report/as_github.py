"""Findings as workflow commands, which GitHub shows at the lines of a pull request."""

from collections.abc import Iterable

from lmi.rules.finding import Finding, Severity

_COMMANDS: dict[Severity, str] = {"error": "error", "warning": "warning", "info": "notice"}


def as_github(findings: Iterable[Finding]) -> str:
    """
    Return a line for each finding; what was acknowledged is a notice.

    The form is that of
    https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
    """
    return "\n".join(_line(finding) for finding in findings)


def _line(finding: Finding) -> str:
    location = finding.location
    command = _COMMANDS[finding.severity] if finding.counts else "notice"
    fields = {
        "file": location.file,
        "line": location.line,
        "col": location.column,
        "endColumn": location.end_column,
        "title": finding.rule,
    }
    given = ",".join(
        f"{name}={_property(str(value))}" for name, value in fields.items() if value is not None
    )
    endpoint = f" ({finding.endpoint})" if finding.endpoint else ""
    left = f" (left: {finding.acknowledged})" if finding.acknowledged else ""
    text = f"{finding.message}{endpoint}; fix: {finding.fix}{left}"
    return f"::{command} {given}::{_data(text)}"


def _data(text: str) -> str:
    # As @actions/core escapes them: packages/core/src/command.ts of actions/toolkit.
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
