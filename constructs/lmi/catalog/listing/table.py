"""Aligned plain text."""

import textwrap
from collections.abc import Iterable, Sequence

WIDTH = 100


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return *rows* below *head*, each column as wide as its widest cell."""
    lines = [head, *rows]
    widths = [max(len(cell) for cell in column) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def facts(title: str, pairs: Iterable[tuple[str, str | None]]) -> str:
    """Return *title* and below it the *pairs* that have a value, wrapped."""
    known = [(name, value) for name, value in pairs if value]
    indent = max(len(name) for name, _ in known) + 4
    lines = [title]
    for name, value in known:
        lines += textwrap.wrap(
            value,
            WIDTH,
            initial_indent=f"  {name}".ljust(indent),
            subsequent_indent=" " * indent,
            break_long_words=False,
            break_on_hyphens=False,
        )
    return "\n".join(lines)
