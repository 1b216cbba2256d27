"""
Carries out a plan: many parts at a time, each file's object made as soon as its parts are there.

A run that ends early leaves its multipart uploads as they are, and the next one goes on with them:
a part that S3 has and whose checksum is that of the file is not sent again.
"""

import hashlib
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError, Executor, Future
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import Any

from lmi.ops.mirror.bucket import Bucket, StoredPart
from lmi.ops.mirror.failure import MirrorError, UploadGone
from lmi.ops.mirror.manifest import MirroredFile
from lmi.ops.mirror.parts import Part, checksum_of, part_count, parts_of, read_part
from lmi.ops.mirror.plan import Step

_TRIES = 3
"""How often a file is begun, if its upload ends under our hands."""


@dataclass(kw_only=True, eq=False, slots=True)
class _Upload:
    """A multipart upload in progress, and how far it is."""

    step: Step
    upload_id: str
    stored: dict[int, StoredPart]
    """Parts that an earlier run has sent, by number."""
    digests: dict[int, bytes] = field(default_factory=dict)
    parts: list[StoredPart] = field(default_factory=list)
    gone: bool = False


class Transfer:
    """
    One run of a plan.

    Args:
        bucket: where to.
        pool: makes the requests.
        concurrency: how many at a time.
        advanced: told the number of bytes whenever some have arrived; called by this thread.
    """

    def __init__(
        self,
        bucket: Bucket,
        pool: Executor,
        *,
        concurrency: int,
        advanced: Callable[[int], None],
    ) -> None:
        self._bucket = bucket
        self._pool = pool
        # One more for each worker, so that none waits for us.
        self._most = 2 * concurrency
        self._advanced = advanced
        self._running = 0
        self._finished: SimpleQueue[tuple[_Upload | None, Future[Any]]] = SimpleQueue()
        self._parts: deque[tuple[_Upload, Iterator[Part]]] = deque()
        self._tries: dict[str, int] = {}
        self._made: list[MirroredFile] = []

    def run(self, steps: Sequence[Step]) -> tuple[MirroredFile, ...]:
        """
        Carry out *steps*, and return the objects, sorted by path.

        Raises:
            ArtifactError: a file cannot be read, or changed meanwhile.
            MirrorError: S3 refused something.
        """
        waiting = deque(steps)
        while True:
            self._fill(waiting)
            if not self._running:
                return tuple(sorted(self._made, key=lambda file: file.path))
            upload, future = self._finished.get()
            self._running -= 1
            try:
                self._note(upload, future.result())
            except UploadGone as error:
                self._again(upload, waiting, error)
            except CancelledError:
                continue

    def _fill(self, waiting: deque[Step]) -> None:
        while self._running < self._most:
            if self._parts:
                upload, parts = self._parts[0]
                part = None if upload.gone else next(parts, None)
                if part is None:
                    self._parts.popleft()
                else:
                    self._submit(upload, self._part, upload, part)
            elif waiting:
                self._begin(waiting.popleft(), waiting)
            else:
                return

    def _submit(self, upload: _Upload | None, call: Callable[..., Any], *arguments: Any) -> None:
        future = self._pool.submit(call, *arguments)
        self._running += 1
        future.add_done_callback(lambda done: self._finished.put((upload, done)))

    def _begin(self, step: Step, waiting: deque[Step]) -> None:
        if step.action == "there":
            self._made.append(_there(step))
            return
        if part_count(step.size, step.part_bytes) == 1:
            self._submit(None, self._whole, step)
            return
        self._tries[step.key] = self._tries.get(step.key, 0) + 1
        try:
            upload = self._opened(step)
        except UploadGone as error:
            # It ended between the list of uploads and that of its parts.
            self._put_back(step, waiting, error)
            return
        self._parts.append((upload, parts_of(step.size, step.part_bytes)))

    def _opened(self, step: Step) -> _Upload:
        found = self._bucket.open_uploads(step.key)
        if not found:
            upload_id = self._bucket.create_upload(step.key)
            return _Upload(step=step, upload_id=upload_id, stored={})
        stored = {part.number: part for part in self._bucket.stored_parts(step.key, found[-1])}
        if self._bucket.kms_key is not None:
            # Only the answer to a part tells which key the upload was begun for.
            stored.pop(part_count(step.size, step.part_bytes), None)
        return _Upload(step=step, upload_id=found[-1], stored=stored)

    def _note(self, upload: _Upload | None, result: Any) -> None:
        if isinstance(result, MirroredFile):
            self._made.append(result)
            if upload is None:
                self._advanced(result.bytes)
            return
        part, digest = result
        if upload is None or upload.gone:
            return
        upload.parts.append(part)
        upload.digests[part.number] = digest
        self._advanced(part.size)
        if len(upload.parts) == part_count(upload.step.size, upload.step.part_bytes):
            self._submit(upload, self._complete, upload)

    def _again(self, upload: _Upload | None, waiting: deque[Step], error: UploadGone) -> None:
        """Begin the file of *upload* anew: another run, or a lifecycle rule, has ended it."""
        if upload is None or upload.gone:
            return
        upload.gone = True
        self._advanced(-sum(part.size for part in upload.parts))
        self._put_back(upload.step, waiting, error)

    def _put_back(self, step: Step, waiting: deque[Step], error: UploadGone) -> None:
        if self._tries[step.key] >= _TRIES:
            raise MirrorError(
                f"{self._bucket.uri(step.key)}: its upload was ended {_TRIES} times by something "
                "else; does another lmi mirror write there? run one alone"
            ) from error
        waiting.appendleft(step)

    def _whole(self, step: Step) -> MirroredFile:
        part = next(parts_of(step.size, step.part_bytes))
        data = read_part(step.item.member, part)
        digest = hashlib.sha256(data).digest()
        self._bucket.put(step.key, data, digest)
        checksum = checksum_of([digest])
        self._bucket.check_written(step.key, step.size, checksum)
        return _file(step, checksum)

    def _part(self, upload: _Upload, part: Part) -> tuple[StoredPart, bytes]:
        """Send or copy one part, if S3 has not got it; return it with its SHA-256."""
        step = upload.step
        if step.action == "copy":
            assert step.stored is not None  # noqa: S101 -- of what is copied it is known
            return self._bucket.copy_part(step.key, upload.upload_id, part, step.stored), b""
        data = read_part(step.item.member, part)
        digest = hashlib.sha256(data).digest()
        stored = upload.stored.get(part.number)
        if stored is not None and stored.holds(data, digest):
            return stored, digest
        return self._bucket.send_part(step.key, upload.upload_id, part, data, digest), digest

    def _complete(self, upload: _Upload) -> MirroredFile:
        step = upload.step
        if step.action == "send":
            # The last look whether the parts are those of one and the same file.
            step.item.member.open().close()
            checksum = checksum_of(upload.digests[number] for number in sorted(upload.digests))
        else:
            assert step.checksum is not None  # noqa: S101 -- of what is copied it is known
            checksum = step.checksum
        self._bucket.complete(step.key, upload.upload_id, upload.parts)
        self._bucket.check_written(step.key, step.size, checksum)
        return _file(step, checksum)


def _there(step: Step) -> MirroredFile:
    assert step.checksum is not None  # noqa: S101 -- of what is there it is known
    return _file(step, step.checksum)


def _file(step: Step, checksum: str) -> MirroredFile:
    return MirroredFile(
        path=step.item.member.path,
        bytes=step.size,
        part_bytes=step.part_bytes,
        checksum_sha256=checksum,
        sha256=step.item.sha256,
    )
