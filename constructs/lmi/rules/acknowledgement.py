"""Findings that somebody looked at and left as they are, with the reason."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from lmi.catalog.nearest import nearest
from lmi.rules.finding import Finding, Location

UNUSED = "unused-acknowledgement"
"""Id of the rule that an acknowledgement which matches nothing breaks."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Acknowledgement:
    """One entry of `acknowledge` in artifact.yaml or in an endpoint of an environment file."""

    rule: str
    key: str | None
    """Only findings about this key; None: all findings of the rule."""
    reason: str
    location: Location
    must_match: bool = True
    """Whether it is a finding that it matches nothing: not for an artifact's among an endpoint's,
    where an override may have mended what it is for."""

    def covers(self, finding: Finding) -> bool:
        """Return whether *finding* is one of those that this is about."""
        return self.rule == finding.rule and self.key in (None, finding.key)


def acknowledge(
    findings: Iterable[Finding], given: Iterable[Acknowledgement]
) -> tuple[Finding, ...]:
    """Return *findings*, each with the reason of the first acknowledgement that covers it."""
    acknowledgements = tuple(given)
    return tuple(
        replace(finding, acknowledged=covering[0].reason) if covering else finding
        for finding in findings
        for covering in ([entry for entry in acknowledgements if entry.covers(finding)],)
    )


def why_unused(
    entry: Acknowledgement, findings: Collection[Finding], rules: Collection[str]
) -> str | None:
    """Return why *entry* does nothing among *findings*, or None if it does something."""
    if entry.rule not in rules:
        meant = nearest(entry.rule, rules, 1)
        hint = f"; did you mean {meant[0]!r}?" if meant else "; docs/rules.md lists them"
        return f"there is no rule {entry.rule!r}{hint}"
    if any(entry.covers(finding) for finding in findings):
        return None
    about = "" if entry.key is None else f" about {entry.key!r}"
    return f"rule {entry.rule!r} has no finding{about} here"
