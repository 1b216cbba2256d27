"""A mirror that is interrupted anywhere goes on where it was."""

import random
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from lmi.ops.mirror.bucket import Bucket
from lmi.ops.mirror.mirror import mirror
from lmi.ops.mirror.opening import open_bucket
from lmi.ops.mirror.plan import Item
from lmi.ops.mirror.selection import select
from lmi.ops.mirror.verify import verify
from lmi.ops.session import AwsAccess
from lmi.s3_prefix import S3Prefix

if TYPE_CHECKING:
    from tests.unit.emulator.conftest import Aws

PART = 1 << 16
INTERRUPTIONS = 20
CONCURRENCY = 3


class Interrupter:
    """Interrupts at one of the next requests, before it is sent or when its answer has come."""

    def __init__(self, bucket: Bucket, numbers: random.Random) -> None:
        self._numbers, self._lock = numbers, threading.Lock()
        self._left, self.count, self.sent = -1, 0, 0
        events = bucket.client.meta.events
        events.register("before-send.s3", self._before)
        events.register("after-call.s3", self._after)
        self._at_answer = False

    def arm(self) -> None:
        self._left = self._numbers.randint(1, 12)
        self._at_answer = self._numbers.random() < 0.5

    def disarm(self) -> None:
        self._left = -1

    def _before(self, request: Any, **_: Any) -> None:
        with self._lock:
            self.sent += "partNumber=" in request.url
        if not self._at_answer:
            self._tick()

    def _after(self, **_: Any) -> None:
        if self._at_answer:
            self._tick()

    def _tick(self) -> None:
        with self._lock:
            self._left -= 1
            if self._left == 0:
                self.count += 1
                raise KeyboardInterrupt


def test_interrupted_at_random_and_resumed_it_ends_in_the_same_prefix(
    aws: "Aws", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # S3 takes no smaller parts than 5 MiB; the test would only move more bytes.
    monkeypatch.setattr("moto.s3.models.S3_UPLOAD_PART_MIN_SIZE", 1)
    seed = random.SystemRandom().randrange(1 << 32)
    print(f"seed {seed}")  # noqa: T201 -- pytest shows it if the test fails
    numbers = random.Random(seed)  # noqa: S311 -- no secret
    for number in range(4):
        data = numbers.randbytes(PART * 25 + numbers.randrange(PART))
        (tmp_path / f"model-{number}.safetensors").write_bytes(data)
    for name in ("config.json", "tokenizer.json", "tokenizer_config.json"):
        (tmp_path / name).write_text(name)
    items = [Item(member=member) for member in select(tmp_path).members]
    session = boto3.Session(
        aws_access_key_id="LMIEMBEDDEDAWS000000", aws_secret_access_key="not-a-secret"
    )
    access = AwsAccess(session=session, endpoint_url=aws.url, region="us-west-2")
    bucket = open_bucket("bucket", access, concurrency=CONCURRENCY)
    interrupter = Interrupter(bucket, numbers)
    prefix = S3Prefix.parse(f"s3://bucket/{aws.unique('interrupted')}/")
    for _ in range(INTERRUPTIONS):
        interrupter.arm()
        with pytest.raises(KeyboardInterrupt):
            mirror(items, prefix, bucket, part_bytes=PART, concurrency=CONCURRENCY)
        assert bucket.find(prefix.manifest_key) is None
    interrupter.disarm()
    _, resumed = mirror(items, prefix, bucket, part_bytes=PART, concurrency=CONCURRENCY)
    assert interrupter.count == INTERRUPTIONS

    # What was on its way is sent again, and no more.
    assert interrupter.sent <= 4 * 26 + INTERRUPTIONS * CONCURRENCY
    at_once = S3Prefix.parse(f"s3://bucket/{aws.unique('at-once')}/")
    _, straight = mirror(items, at_once, bucket, part_bytes=PART, concurrency=CONCURRENCY)
    assert resumed.files == straight.files
    assert _listed(bucket, prefix) == _listed(bucket, at_once)
    verify(items, prefix, bucket, concurrency=CONCURRENCY)
    open_uploads = bucket.client.list_multipart_uploads(Bucket="bucket", Prefix=prefix.key)
    assert "Uploads" not in open_uploads
    bucket.client.close()


def _listed(bucket: Bucket, prefix: S3Prefix) -> list[tuple[str, int, str]]:
    return [
        (stored.key.removeprefix(prefix.key), stored.size, stored.etag)
        for stored in bucket.objects(prefix.key)
    ]
