"""Asks every rule about a subject."""

from collections.abc import Iterable
from dataclasses import replace

from lmi.errors import ArtifactError, Problem
from lmi.rules.acknowledgement import UNUSED, acknowledge, why_unused
from lmi.rules.every import RULES
from lmi.rules.finding import Finding
from lmi.rules.secret_text import masked
from lmi.rules.subject import Subject

_ORDER = {"error": 0, "warning": 1, "info": 2}


def check(subject: Subject) -> tuple[Finding, ...]:
    """Return all findings about *subject*: by file and line, those acknowledged included."""
    found = [finding for rule in RULES for finding in rule.findings(subject)]
    found = list(acknowledge(found, subject.acknowledgements))
    found += _unused(subject, found)
    return tuple(sorted(map(_without_secrets, found), key=_position))


def refuse_errors(findings: Iterable[Finding]) -> None:
    """Raise ArtifactError with every error among *findings* that nobody acknowledged."""
    problems = [
        Problem(
            file=finding.location.file,
            line=finding.location.line,
            column=finding.location.column,
            message=f"{finding.message} [{finding.rule}]; {finding.fix}",
        )
        for finding in findings
        if finding.severity == "error" and finding.counts
    ]
    if problems:
        raise ArtifactError(*problems)


def _unused(subject: Subject, found: list[Finding]) -> list[Finding]:
    by_id = {rule.id: rule for rule in RULES}
    this = by_id[UNUSED]
    findings = []
    for entry in subject.acknowledgements:
        judged = entry.rule not in by_id or by_id[entry.rule].can_judge(subject)
        if not entry.must_match or not judged:
            continue
        reason = why_unused(entry, found, by_id)
        if reason is not None:
            findings.append(
                Finding(
                    rule=this.id,
                    severity=this.severity,
                    artifact=subject.artifact,
                    endpoint=subject.endpoint,
                    location=entry.location,
                    key=None,
                    message=reason,
                    fix=this.fix,
                    source=this.source,
                )
            )
    return findings


def _without_secrets(finding: Finding) -> Finding:
    """Return *finding* with a message that repeats no secret, whatever the rule quotes."""
    message = masked(finding.message)
    return finding if message == finding.message else replace(finding, message=message)


def _position(finding: Finding) -> tuple[str, int, int, int, str]:
    at = finding.location
    return (at.file or "", at.line or 0, at.column or 0, _ORDER[finding.severity], finding.rule)
