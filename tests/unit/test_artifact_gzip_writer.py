"""Blocks are packed at once, few at a time, and end up in their order; a failure ends it all."""

import gzip
import io
import threading
from collections.abc import Callable, Sequence

import pytest

from lmi.artifact.block import Block, pack
from lmi.artifact.gzip_writer import GzipWriter


def write(
    stream: io.BytesIO,
    pack: Callable[[Sequence[bytes]], Block] = pack,
    *,
    interrupted: bool = False,
) -> None:
    with GzipWriter(stream, threads=2, pack=pack) as writer:
        for _ in range(100):
            writer.put([b"x"])
        if interrupted:
            raise KeyboardInterrupt
        writer.finish()


def test_blocks_are_in_order_even_if_the_first_is_ready_last() -> None:
    later = threading.Event()

    def slow(data: Sequence[bytes]) -> Block:
        if data[0] == b"0":
            assert later.wait(20)
        else:
            later.set()
        return pack(data)

    stream = io.BytesIO()
    with GzipWriter(stream, threads=2, pack=slow) as writer:
        for number in range(9):
            writer.put([str(number).encode()])
        size, _ = writer.finish()
    assert gzip.decompress(stream.getvalue()) == b"012345678"
    assert size == len(stream.getvalue())


def test_no_more_blocks_are_in_memory_than_twice_the_threads() -> None:
    taken, go_on, full = 0, threading.Event(), threading.Semaphore(0)

    def stuck(data: Sequence[bytes]) -> Block:
        assert go_on.wait(20)
        return pack(data)

    with GzipWriter(io.BytesIO(), threads=2, pack=stuck) as writer:

        def feed() -> None:
            nonlocal taken
            for _ in range(20):
                writer.put([b"x"])
                taken += 1
                full.release()

        feeder = threading.Thread(target=feed)
        feeder.start()
        for _ in range(4):
            assert full.acquire(timeout=20)
        # The fifth has to wait as long as nothing is packed.
        assert not full.acquire(timeout=0.05)
        assert taken == 4
        go_on.set()
        feeder.join()
        writer.finish()
    assert taken == 20


def test_fails_with_the_error_of_the_packing() -> None:
    def broken(data: Sequence[bytes]) -> Block:
        raise MemoryError

    with pytest.raises(MemoryError):
        write(io.BytesIO(), pack=broken)


def test_fails_with_the_error_of_the_last_write() -> None:
    class Full(io.BytesIO):
        def write(self, data: object, /) -> int:
            if self.tell():
                raise OSError(28, "No space left on device")
            return super().write(bytes(10))

    with pytest.raises(OSError, match="No space left"):
        write(Full())


def test_all_threads_are_gone_after_a_failure() -> None:
    before = threading.active_count()
    with pytest.raises(KeyboardInterrupt):
        write(io.BytesIO(), interrupted=True)
    assert threading.active_count() == before


def test_runs_tell_where_the_blocks_of_a_key_lie() -> None:
    stream, copied = io.BytesIO(), io.BytesIO()
    with GzipWriter(stream, threads=2) as writer:
        writer.put([b"before"])
        writer.put([b"one"], "key")
        writer.put([b"two"], "key")
        writer.put([b"behind"])
        writer.finish()
    with GzipWriter(copied, threads=2) as other:
        other.put([b"elsewhere "])
        assert other.copy(stream, writer.runs["key"], "key")
        other.finish()
    assert gzip.decompress(copied.getvalue()) == b"elsewhere onetwo"
    assert other.runs["key"].size == 6
    assert other.runs["key"].offset != writer.runs["key"].offset
