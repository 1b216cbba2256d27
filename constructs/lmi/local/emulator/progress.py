"""
The steps of a resource that takes long, told to whoever began it.

CloudFormation's engine creates and updates through moto's classes, whose signatures have no room
for it.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Report = Callable[[str], None]
"""Takes one line a step."""

_report: ContextVar[Report | None] = ContextVar("report", default=None)


@contextmanager
def reporting(report: Report) -> Iterator[None]:
    """Let what this thread begins in the block tell its steps to *report*."""
    token = _report.set(report)
    try:
        yield
    finally:
        _report.reset(token)


def reporter() -> Report:
    """Return what gets the steps of the work that this thread begins."""
    return _report.get() or (lambda line: None)
