"""How far the bundler is, on a terminal only."""

import io
import os
import pty
import sys

import pytest

from lmi.artifact.progress import Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(name="clock")
def _clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    clock = [100.0]
    monkeypatch.setattr("lmi.artifact.progress.time.monotonic", lambda: clock[0])
    return clock


def test_share_speed_and_time_left_are_told_and_erased(
    clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with Progress("bundling", 4_000_000_000) as shown:
        clock[0] += 2
        shown.advance(1_000_000_000)
    lines = terminal.getvalue().split("\r\033[K")
    assert lines == ["", "bundling:  25% of 4.00 GB, 500 MB/s, 6 s left", ""]


def test_the_line_is_drawn_a_few_times_a_second_at_most(
    clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with Progress("bundling", 10_000) as shown:
        for _ in range(1000):
            clock[0] += 0.01
            shown.advance(10)
    assert 30 < terminal.getvalue().count("bundling") < 50


def test_what_is_done_within_a_second_says_nothing(
    clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with Progress("bundling", 2) as shown:
        clock[0] += 0.9
        shown.advance(2)
    assert terminal.getvalue() == ""


def test_nothing_is_written_where_stderr_is_no_terminal(
    clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    pipe = io.StringIO()
    monkeypatch.setattr(sys, "stderr", pipe)
    with Progress("bundling", 2) as shown:
        clock[0] += 100
        shown.advance(1)
    assert pipe.getvalue() == ""


def test_a_real_terminal_is_one(clock: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    reading, writing = pty.openpty()
    with os.fdopen(writing, "w") as terminal, os.fdopen(reading, "rb") as screen:
        monkeypatch.setattr(sys, "stderr", terminal)
        with Progress("reading", 0) as shown:
            clock[0] += 5
            shown.advance(0)
        assert b"reading:   0% of 0.00 GB" in screen.read1(1000)
