"""Who is told to end cleans up first, and nobody else's handler is touched."""

import signal
import threading

import pytest

from lmi.artifact.termination import terminable


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_with_its_number_and_only_once(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with pytest.raises(SystemExit) as ended:
        be_told_twice(number)
    assert ended.value.code == 128 + number
    assert signal.getsignal(number) == before


def be_told_twice(number: signal.Signals) -> None:
    with terminable():
        try:
            signal.raise_signal(number)
        finally:
            # While cleaning up.
            signal.raise_signal(number)


def test_a_handler_of_the_program_stays_in_force() -> None:
    seen = []
    before = signal.signal(signal.SIGTERM, lambda number, frame: seen.append(number))
    try:
        with terminable():
            signal.raise_signal(signal.SIGTERM)
    finally:
        signal.signal(signal.SIGTERM, before)
    assert seen == [signal.SIGTERM]


def test_a_thread_changes_no_handler() -> None:
    before = signal.getsignal(signal.SIGTERM)
    seen = []

    def work() -> None:
        with terminable():
            seen.append(signal.getsignal(signal.SIGTERM))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [before]
