"""What a mirror does in S3: sends, leaves alone, copies, refuses; and what --verify finds."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lmi.ops.mirror.bucket import Bucket
from lmi.ops.mirror.failure import MirrorError
from lmi.ops.mirror.mirror import mirror
from lmi.ops.mirror.verify import verify
from lmi.s3_prefix import S3Prefix
from tests.unit.emulator.mirror.mirrored import PART, done_with, files_of, mirrored, refusal

if TYPE_CHECKING:
    pass


def test_the_prefix_holds_the_files_and_nothing_else(
    folder: Path, prefix: S3Prefix, bucket: Bucket
) -> None:
    arrived: list[int] = []
    mirror(files_of(folder), prefix, bucket, part_bytes=PART, advanced=arrived.append)
    found = {each.key.removeprefix(prefix.key): each.key for each in bucket.objects(prefix.key)}
    assert sorted(found) == [
        "config.json",
        "empty.json",
        "inner ü/second one.safetensors",
        "model.safetensors",
    ]
    for path, key in found.items():
        assert bucket.read(key) == (folder / path).read_bytes()
        assert bucket.head(key).checksum_sha256
    assert bucket.find(prefix.manifest_key)
    assert sum(arrived) == sum((folder / path).stat().st_size for path in found)


def test_a_second_time_there_is_nothing_to_do(
    folder: Path, prefix: S3Prefix, bucket: Bucket
) -> None:
    assert set(done_with(mirrored(folder, prefix, bucket)).values()) == {"send"}
    writes: list[str] = []
    bucket.client.meta.events.register(
        "before-send.s3", lambda request, **_: writes.append(request.method)
    )
    assert set(done_with(mirrored(folder, prefix, bucket)).values()) == {"there"}
    assert not {"PUT", "POST", "DELETE"} & set(writes)


def test_an_object_that_is_gone_is_sent_again_alone(
    folder: Path, prefix: S3Prefix, bucket: Bucket
) -> None:
    mirrored(folder, prefix, bucket)
    bucket.client.delete_object(Bucket="bucket", Key=f"{prefix.key}model.safetensors")
    assert [path for path, action in done_with(mirrored(folder, prefix, bucket)).items()
            if action == "send"] == ["model.safetensors"]  # fmt: skip


def test_what_is_there_is_never_replaced_and_every_difference_is_told_at_once(
    folder: Path, prefix: S3Prefix, bucket: Bucket
) -> None:
    mirrored(folder, prefix, bucket)
    before = {stored.key: stored.etag for stored in bucket.objects(prefix.key)}
    (folder / "model.safetensors").write_bytes(bytes(256) * 21)
    (folder / "inner ü" / "second one.safetensors").write_bytes(b"longer than it was")
    (folder / "config.json").unlink()
    lines = refusal(folder, prefix, bucket).splitlines()
    assert [line.partition(": ")[0].removeprefix(prefix.uri) for line in lines] == [
        "config.json",
        "inner ü/second one.safetensors",
        "model.safetensors",
    ]
    assert "is not of this model, and SageMaker would load it too" in lines[0]
    assert "other content: 8 bytes, not 18" in lines[1]
    assert "other content of the same size" in lines[2]
    assert f"remove it: aws s3 rm {prefix}model.safetensors" in lines[2]
    assert {stored.key: stored.etag for stored in bucket.objects(prefix.key)} == before


def test_fails_on_an_object_for_a_folder_and_on_one_without_a_checksum(
    folder: Path, prefix: S3Prefix, bucket: Bucket
) -> None:
    bucket.client.put_object(Bucket="bucket", Key=f"{prefix.key}inner ü/", Body=b"")
    bucket.client.put_object(Bucket="bucket", Key=f"{prefix.key}config.json", Body=b"{}")
    text = refusal(folder, prefix, bucket)
    assert "inner ü/: is an empty object for a folder, on which SageMaker fails" in text
    assert "config.json: was written by another program, without a SHA-256" in text


def test_a_flipped_byte_in_s3_is_found(folder: Path, prefix: S3Prefix, bucket: Bucket) -> None:
    from moto.s3.models import s3_backends

    mirrored(folder, prefix, bucket)
    verify(files_of(folder), prefix, bucket)
    # In the store itself, so that size, ETag and checksum of the object stay as they were.
    key = s3_backends["111111111111"]["aws"].get_object("bucket", f"{prefix.key}model.safetensors")
    assert key is not None
    data = bytearray(key.value)
    data[3000] ^= 1
    key.value = bytes(data)  # type: ignore[misc]
    assert set(done_with(mirrored(folder, prefix, bucket)).values()) == {"there"}
    with pytest.raises(MirrorError) as raised:
        verify(files_of(folder), prefix, bucket)
    assert str(raised.value).startswith(
        f"{prefix}model.safetensors: holds other bytes than were sent"
    )
    assert f"aws s3 rm {prefix}model.safetensors" in str(raised.value)


def test_a_flipped_byte_here_is_found(folder: Path, prefix: S3Prefix, bucket: Bucket) -> None:
    mirrored(folder, prefix, bucket)
    (folder / "inner ü" / "second one.safetensors").write_bytes(b"0ne part")
    (folder / "third.safetensors").write_bytes(b"new")
    with pytest.raises(MirrorError) as raised:
        verify(files_of(folder), prefix, bucket)
    here, new = str(raised.value).splitlines()
    assert "second one.safetensors: is not what" in here
    assert "third.safetensors: is not in the mirror" in new


def test_fails_to_verify_what_is_not_whole(folder: Path, prefix: S3Prefix, bucket: Bucket) -> None:
    with pytest.raises(MirrorError, match=r"has no manifest .* so it is not whole"):
        verify(files_of(folder), prefix, bucket)
    mirrored(folder, prefix, bucket)
    bucket.client.delete_object(Bucket="bucket", Key=f"{prefix.key}config.json")
    bucket.client.put_object(Bucket="bucket", Key=f"{prefix.key}other.json", Body=b"{}")
    with pytest.raises(MirrorError) as raised:
        verify(files_of(folder), prefix, bucket)
    extra, gone = str(raised.value).splitlines()
    assert "other.json: is not in the manifest" in extra
    assert "config.json: is not there; run lmi mirror again" in gone
