"""How findings are written: text for people, JSON, SARIF, annotations of GitHub."""

from collections.abc import Sequence
from typing import Literal

from lmi.rules.finding import Finding

Format = Literal["text", "json", "sarif", "github"]


def write(form: Format, findings: Sequence[Finding], targets: Sequence[str]) -> str:
    """Return *findings* about *targets* in one of the four forms."""
    # Imported when they are used: each form has needs of its own.
    match form:
        case "text":
            from lmi.rules.report.as_text import as_text
            from lmi.rules.report.source_lines import SourceLines

            return as_text(findings, targets, SourceLines())
        case "json":
            from lmi.rules.report.as_json import as_json

            return as_json(findings)
        case "sarif":
            from importlib.metadata import version

            from lmi.rules.report.as_sarif import as_sarif

            return as_sarif(findings, version("cdk-lmi"))
        case "github":
            from lmi.rules.report.as_github import as_github

            return as_github(findings)
