"""Findings for people: the place, the line with a caret, and what to do."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from lmi.rules.finding import Finding, Location
from lmi.rules.report.source_lines import SourceLines

_WIDTH = 100
"""Columns of a source line that are shown."""


def as_text(findings: Iterable[Finding], targets: Sequence[str], sources: SourceLines) -> str:
    """Return the report of `lmi check`: every finding, and a count of what nobody acknowledged."""
    found = list(findings)
    lines = [line for finding in found for line in _finding(finding, sources)]
    return "\n".join([*lines, _summary(found, targets)])


def _finding(finding: Finding, sources: SourceLines) -> Iterator[str]:
    severity = finding.severity if finding.counts else f"acknowledged {finding.severity}"
    endpoint = f" ({finding.endpoint})" if finding.endpoint else ""
    where = _where(finding.location)
    yield f"{where}{severity}: {finding.message} [{finding.rule}]{endpoint}"
    yield from _excerpt(finding.location, sources)
    if finding.acknowledged is None:
        yield f"  fix: {finding.fix}"
    else:
        yield f"  left: {finding.acknowledged}"
    yield ""


def _where(location: Location) -> str:
    numbers = (str(number) for number in (location.line, location.column) if number is not None)
    return "".join(f"{part}:" for part in (location.file, *numbers) if part) + (
        " " if location.file else ""
    )


def _excerpt(location: Location, sources: SourceLines) -> Iterator[str]:
    line = sources.line(location)
    if line is None or location.line is None:
        return
    gutter = f"  {location.line} | "
    column = location.column or 1
    start = max(0, column - _WIDTH // 2) if column > _WIDTH else 0
    shown = line[start : start + _WIDTH]
    # A tab or a control character would move the caret, or the terminal's colours.
    visible = "".join(char if char.isprintable() else "·" for char in shown)
    yield f"{gutter}{visible}".rstrip()
    if location.column is not None:
        length = max(1, (location.end_column or column + 1) - column)
        before = column - 1 - start
        carets = "^" * max(1, min(length, _WIDTH - before))
        yield f"{' ' * (len(gutter) - 2)}| {' ' * before}{carets}"


def _summary(found: list[Finding], targets: Sequence[str]) -> str:
    counts: Mapping[str, int] = {
        severity: sum(entry.severity == severity and entry.counts for entry in found)
        for severity in ("error", "warning")
    }
    acknowledged = sum(not entry.counts for entry in found)
    checked = f"{len(targets)} target{'' if len(targets) == 1 else 's'} checked"
    parts = [_count(number, severity) for severity, number in counts.items()]
    if acknowledged:
        parts.append(f"{acknowledged} acknowledged")
    return f"{checked}: {', '.join(parts)}"


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
