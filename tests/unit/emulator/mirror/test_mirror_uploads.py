"""Copies inside S3, KMS keys, and uploads that end under our hands."""

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lmi.artifact import Artifact, load_artifact
from lmi.errors import ArtifactError, ConfigError
from lmi.ops.mirror import artifact_prefix
from lmi.ops.mirror.bucket import Bucket
from lmi.ops.mirror.failure import MirrorError, UploadGone
from lmi.ops.mirror.mirror import items_of, mirror
from lmi.ops.mirror.opening import open_bucket
from lmi.ops.mirror.parts import Part
from lmi.ops.mirror.plan import Plan
from lmi.ops.mirror.verify import verify
from lmi.ops.session import AwsAccess
from lmi.s3_prefix import S3Prefix
from tests.unit.emulator.mirror.mirrored import PART, done_with, files_of, mirrored, refusal

if TYPE_CHECKING:
    from tests.unit.emulator.conftest import Aws

KEY = "arn:aws:kms:us-west-2:111111111111:key/1234abcd-12ab-34cd-56ef-1234567890ab"


def _artifact(folder: Path, degree: str) -> Artifact:
    folder.mkdir(exist_ok=True)
    (folder / "artifact.yaml").write_text("image: 0.20.0-deepspeed0.7.5-cu116\nlayout: flat\n")
    (folder / "serving.properties").write_text("engine=Python\n")
    weights = folder / "model.safetensors"
    if not weights.exists():
        weights.write_bytes(bytes(range(256)) * 50)
    return load_artifact(folder, {"option.tensor_parallel_degree": degree})


def _put(artifact: Artifact, store: S3Prefix, bucket: Bucket, cache: Path) -> Plan:
    items, content = items_of(artifact, cache)
    prefix = artifact_prefix(artifact, store)
    assert prefix == store.below(content)
    plan, manifest = mirror(items, prefix, bucket, content_sha256=content, part_bytes=PART)
    assert manifest.content_sha256 == artifact.content_sha256
    return plan


def test_an_override_makes_a_new_prefix_whose_weights_are_copied_inside_s3(
    tmp_path: Path, prefix: S3Prefix, bucket: Bucket
) -> None:
    first = _artifact(tmp_path / "gpt-j", "2")
    assert set(done_with(_put(first, prefix, bucket, tmp_path)).values()) == {"send"}
    sent: list[int] = []
    bucket.client.meta.events.register(
        "before-send.s3",
        lambda request, **_: sent.append(int(request.headers.get("Content-Length", 0))),
    )
    second = _artifact(tmp_path / "gpt-j", "4")
    assert done_with(_put(second, prefix, bucket, tmp_path)) == {
        "model.safetensors": "copy",
        "serving.properties": "send",
    }
    assert sum(sent) < 4096 < first.members[0].size
    for artifact in (first, second):
        place = artifact_prefix(artifact, prefix)
        verify(items_of(artifact, tmp_path)[0], place, bucket)
        keys = [each.key.removeprefix(place.key) for each in bucket.objects(place.key)]
        assert keys == ["model.safetensors", "serving.properties"]
    assert set(done_with(_put(first, prefix, bucket, tmp_path)).values()) == {"there"}


def test_weights_that_an_earlier_prefix_has_lost_are_sent(
    tmp_path: Path, prefix: S3Prefix, bucket: Bucket
) -> None:
    first = _artifact(tmp_path / "gpt-j", "2")
    _put(first, prefix, bucket, tmp_path)
    key = f"{artifact_prefix(first, prefix).key}model.safetensors"
    bucket.client.delete_object(Bucket="bucket", Key=key)
    plan = _put(_artifact(tmp_path / "gpt-j", "4"), prefix, bucket, tmp_path)
    assert done_with(plan)["model.safetensors"] == "send"


def test_new_objects_are_encrypted_with_the_key_and_another_key_is_refused(
    folder: Path, prefix: S3Prefix, access: AwsAccess, bucket: Bucket
) -> None:
    encrypting = open_bucket("bucket", access, kms_key=KEY)
    mirrored(folder, prefix, encrypting)
    for stored in [*bucket.objects(prefix.key), *bucket.objects(prefix.manifest_key)]:
        assert bucket.head(stored.key).kms_key == KEY
    encrypting.client.close()
    other = open_bucket("bucket", access, kms_key=KEY[:-1] + "c")
    assert f"is encrypted with {KEY}, not with {KEY[:-1]}c" in refusal(folder, prefix, other)
    other.client.close()


def test_an_upload_that_was_begun_for_another_key_is_begun_anew(
    folder: Path, prefix: S3Prefix, access: AwsAccess, bucket: Bucket
) -> None:
    key = f"{prefix.key}model.safetensors"
    upload_id = bucket.create_upload(key)
    encrypting = open_bucket("bucket", access, kms_key=KEY)
    mirrored(folder, prefix, encrypting)
    assert encrypting.head(key).kms_key == KEY
    assert upload_id not in bucket.open_uploads(key)
    encrypting.client.close()


def test_a_part_of_an_upload_that_has_ended_is_refused_as_on_aws(
    prefix: S3Prefix, bucket: Bucket
) -> None:
    key = f"{prefix.key}model.safetensors"
    upload_id = bucket.create_upload(key)
    bucket.abort(key, upload_id)
    part = Part(number=1, start=0, size=1)
    with pytest.raises(UploadGone):
        bucket.send_part(key, upload_id, part, bytearray(b"x"), hashlib.sha256(b"x").digest())
    with pytest.raises(UploadGone):
        bucket.complete(key, upload_id, [])


def test_an_upload_that_ends_under_our_hands_is_begun_anew(
    folder: Path, prefix: S3Prefix, bucket: Bucket
) -> None:
    key = f"{prefix.key}model.safetensors"
    ended: list[str] = []

    def end(params: dict[str, str], **_: object) -> None:
        if not ended:
            ended.append(params["UploadId"])
            bucket.abort(key, params["UploadId"])

    bucket.client.meta.events.register("provide-client-params.s3.UploadPart", end)
    mirrored(folder, prefix, bucket)
    assert ended
    verify(files_of(folder), prefix, bucket)


def test_fails_on_a_file_that_changes_while_it_is_sent(
    folder: Path, prefix: S3Prefix, bucket: Bucket
) -> None:
    items = files_of(folder)

    def change(**_: object) -> None:
        (folder / "model.safetensors").write_bytes(bytes(21 * 256))

    bucket.client.meta.events.register("provide-client-params.s3.UploadPart", change)
    with pytest.raises(ArtifactError, match=r"model\.safetensors: the file changed while"):
        mirror(items, prefix, bucket, part_bytes=PART)
    assert bucket.find(f"{prefix.key}model.safetensors") is None
    assert bucket.find(prefix.manifest_key) is None


@pytest.mark.parametrize(
    ("name", "options", "error", "message"),
    [
        ("no-such-bucket", {}, MirrorError, "there is no such bucket; create it in the endpoint's"),
        ("elsewhere", {}, MirrorError, "is in eu-west-1, and the endpoint in us-west-2"),
        ("bucket", {"owner": "me"}, ConfigError, "must be an account's twelve digits, got 'me'"),
        ("bucket", {"kms_key": "alias/mine"}, ConfigError, "must be the ARN of a key"),
        (
            "bucket",
            {"kms_key": KEY.replace("us-west-2", "eu-west-1")},
            ConfigError,
            "--kms-key is of eu-west-1, and the bucket bucket in us-west-2",
        ),
    ],
)
def test_fails_on_a_bucket_or_key_that_will_not_do(
    aws: "Aws",
    access: AwsAccess,
    name: str,
    options: dict[str, str],
    error: type[Exception],
    message: str,
) -> None:
    client = aws.client("s3", "eu-west-1")
    if name == "elsewhere":
        client.create_bucket(
            Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
        )
    with pytest.raises(error) as raised:
        open_bucket(name, access, **options)  # type: ignore[arg-type]
    assert message in str(raised.value)


def test_a_manifest_beside_it_that_cannot_be_read_only_means_that_more_is_sent(
    tmp_path: Path, prefix: S3Prefix, bucket: Bucket
) -> None:
    first = _artifact(tmp_path / "gpt-j", "2")
    _put(first, prefix, bucket, tmp_path)
    key = artifact_prefix(first, prefix).manifest_key
    bucket.client.put_object(Bucket="bucket", Key=key, Body=b"[]")
    plan = _put(_artifact(tmp_path / "gpt-j", "4"), prefix, bucket, tmp_path)
    assert done_with(plan)["model.safetensors"] == "send"
    with pytest.raises(MirrorError, match="is no manifest of this version of lmi mirror"):
        verify(items_of(first, tmp_path)[0], artifact_prefix(first, prefix), bucket)


def test_parts_that_an_earlier_file_left_are_not_taken_for_those_of_this_one(
    folder: Path, prefix: S3Prefix, bucket: Bucket
) -> None:
    key = f"{prefix.key}model.safetensors"
    upload_id = bucket.create_upload(key)
    other = bytearray(b"x" * PART)
    for number in (1, 3):
        part = Part(number=number, start=0, size=PART)
        bucket.send_part(key, upload_id, part, other, hashlib.sha256(other).digest())
    mirrored(folder, prefix, bucket)
    assert bucket.read(key) == (folder / "model.safetensors").read_bytes()
    assert not bucket.open_uploads(key)


def test_fails_on_a_file_that_changes_after_its_last_part_is_read(
    folder: Path, prefix: S3Prefix, bucket: Bucket
) -> None:
    weights = folder / "model.safetensors"
    weights.write_bytes(bytes(2 * PART))
    items, answers = files_of(folder), [0, 0]

    def change(**_: object) -> None:
        answers.pop()
        if not answers:
            weights.write_bytes(bytes(2 * PART))

    bucket.client.meta.events.register("after-call.s3.UploadPart", change)
    with pytest.raises(ArtifactError, match=r"model\.safetensors: the file changed while"):
        mirror(items, prefix, bucket, part_bytes=PART, concurrency=1)
    assert bucket.find(f"{prefix.key}model.safetensors") is None
