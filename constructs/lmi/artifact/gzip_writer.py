"""
Writes one gzip file on all cores. Blocks are packed at once and written in their order, so that the
number of threads leaves no trace.
"""

import contextlib
import hashlib
import os
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from queue import SimpleQueue
from types import TracebackType
from typing import IO, Self

from isal.isal_zlib import crc32, crc32_combine

from lmi.artifact.block import HEADER, Block, pack, trailer
from lmi.artifact.member import CHUNK_BYTES

MOST_THREADS = 16
"""With more, the one thread that hashes could not follow, and memory grows with each."""

_SYNC_BYTES = 64 << 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Run:
    """Where the blocks of one member lie in a gzip file."""

    offset: int
    packed_size: int
    packed_crc32: int

    size: int
    """Bytes unpacked."""
    crc32: int
    """Of the bytes unpacked."""


class GzipWriter:
    """
    A gzip file in the making.

    In a `with` statement: an exception there stops the threads, and leaves the file unfinished.
    """

    def __init__(
        self,
        stream: IO[bytes],
        *,
        threads: int | None = None,
        pack: Callable[[Sequence[bytes]], Block] = pack,
    ) -> None:
        """
        Write to *stream*, which belongs to this writer until `finish`.

        Args:
            stream: an empty file, open for reading too.
            threads: how many blocks are packed at once. Default: one for each core.
            pack: what packs a block.
        """
        _keep_freed_memory()
        threads = threads or min(MOST_THREADS, _cores())
        self.runs: dict[str, Run] = {}
        """Of each key that was given. Complete after `finish`."""
        self._stream = stream
        self._pack = pack
        self._pool = ThreadPoolExecutor(threads, "pack")
        self._syncer = ThreadPoolExecutor(1, "sync")
        self._synced: Future[None] | None = None
        self._unsynced = 0
        self._waiting = 2 * threads
        self._slots = threading.Semaphore(self._waiting)
        self._queue: SimpleQueue[tuple[Future[Block], str | None] | None] = SimpleQueue()
        self._failure: BaseException | None = None
        self._digest = hashlib.sha256()
        self._packed_size = 0
        self._size, self._crc32 = 0, 0
        self._write(HEADER)
        self._thread = threading.Thread(target=self._write_blocks, name="write", daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        """Return the writer itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop the threads."""
        if error is not None:
            self._failure = self._failure or error
        self._queue.put(None)
        self._pool.shutdown(cancel_futures=error is not None)
        self._thread.join()
        self._syncer.shutdown()

    def put(self, data: Sequence[bytes], key: str | None = None) -> None:
        """
        Append *data* as one block.

        Args:
            data: as `lmi.artifact.block.pack` takes it.
            key: the run that the block belongs to. Default: none.

        Raises:
            OSError: an earlier block could not be written.
        """
        self._slots.acquire()
        self._raise_failure()
        self._queue.put((self._pool.submit(self._pack, data), key))

    def copy(self, source: IO[bytes], run: Run, key: str) -> bool:
        """
        Append the blocks that are *run* in the gzip file *source*, and return whether they are
        undamaged; if not, nothing was appended.

        Raises:
            OSError: the file cannot be written.
        """
        self._wait()
        start, digest, checksum = self._packed_size, self._digest.copy(), 0
        left = run.packed_size
        for data in _read(source, run):
            checksum = crc32(data, checksum)
            left -= len(data)
            self._write(data)
        if left or checksum != run.packed_crc32:
            self._stream.seek(start)
            self._stream.truncate()
            self._packed_size, self._digest = start, digest
            return False
        self.runs[key] = replace(run, offset=start)
        self._crc32 = crc32_combine(self._crc32, run.crc32, run.size)
        self._size += run.size
        return True

    def finish(self) -> tuple[int, str]:
        """
        End the file, and return its size and SHA-256.

        Raises:
            OSError: it cannot be written.
        """
        self._wait()
        self._write(trailer(self._crc32, self._size))
        if self._synced is not None:
            self._synced.result()
        self._stream.flush()
        return self._packed_size, self._digest.hexdigest()

    def _wait(self) -> None:
        """Return when all blocks are written."""
        for _ in range(self._waiting):
            self._slots.acquire()
        self._slots.release(self._waiting)
        self._raise_failure()

    def _raise_failure(self) -> None:
        if self._failure is not None:
            raise self._failure

    def _write_blocks(self) -> None:
        while (item := self._queue.get()) is not None:
            # After a failure the queue is only emptied, so that nobody waits for a slot.
            if self._failure is None:
                try:
                    self._append(item[0].result(), item[1])
                except BaseException as error:
                    self._failure = error
            self._slots.release()

    def _append(self, block: Block, key: str | None) -> None:
        if key is not None:
            self._extend(key, block)
        self._crc32 = crc32_combine(self._crc32, block.crc32, block.size)
        self._size += block.size
        for piece in block.packed:
            self._write(piece)

    def _extend(self, key: str, block: Block) -> None:
        run = self.runs.get(key) or Run(
            offset=self._packed_size, packed_size=0, packed_crc32=0, size=0, crc32=0
        )
        checksum = run.packed_crc32
        for piece in block.packed:
            checksum = crc32(piece, checksum)
        self.runs[key] = replace(
            run,
            packed_size=run.packed_size + sum(map(len, block.packed)),
            packed_crc32=checksum,
            size=run.size + block.size,
            crc32=crc32_combine(run.crc32, block.crc32, block.size),
        )

    def _write(self, data: bytes) -> None:
        self._stream.write(data)
        self._digest.update(data)
        self._packed_size += len(data)
        self._unsynced += len(data)
        # The disk is kept busy while blocks are packed: all at the end would take as long again.
        if self._unsynced >= _SYNC_BYTES and (self._synced is None or self._synced.done()):
            if self._synced is not None:
                self._synced.result()
            self._unsynced = 0
            self._synced = self._syncer.submit(self._sync)

    def _sync(self) -> None:
        with contextlib.suppress(ValueError):  # closed meanwhile, because of another failure
            os.fsync(self._stream.fileno())


def _cores() -> int:
    """Return how many cores this process may use, as far as the system tells."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _keep_freed_memory() -> None:
    """
    Have glibc keep up to 32 MiB of freed memory, in the place of giving every freed buffer back to
    the system, which costs as much as a third of the packing. No effect elsewhere.
    """
    # It takes the size of a large block that is freed for what the program is going to need again.
    # https://man7.org/linux/man-pages/man3/mallopt.3.html (M_MMAP_THRESHOLD)
    bytearray(16 << 20)


def _read(source: IO[bytes], run: Run) -> Iterator[bytes]:
    """Yield the packed bytes of *run*, as many as can be read."""
    left = run.packed_size
    with contextlib.suppress(OSError):
        source.seek(run.offset)
    while left:
        try:
            data = source.read(min(left, CHUNK_BYTES))
        except OSError:
            return
        if not data:
            return
        left -= len(data)
        yield data
