"""A model's folder, and a place in the embedded S3 to mirror it to."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import pytest

from lmi.ops.mirror.bucket import Bucket
from lmi.ops.mirror.opening import open_bucket
from lmi.ops.session import AwsAccess
from lmi.s3_prefix import S3Prefix

if TYPE_CHECKING:
    from tests.unit.emulator.conftest import Aws


@pytest.fixture(name="access")
def _access(aws: "Aws", monkeypatch: pytest.MonkeyPatch) -> AwsAccess:
    # S3 takes no smaller parts than 5 MiB; the tests would only move more bytes.
    monkeypatch.setattr("moto.s3.models.S3_UPLOAD_PART_MIN_SIZE", 1)
    session = boto3.Session(
        aws_access_key_id="LMIEMBEDDEDAWS000000", aws_secret_access_key="not-a-secret"
    )
    return AwsAccess(session=session, endpoint_url=aws.url, region="us-west-2")


@pytest.fixture(name="bucket")
def _bucket(access: AwsAccess) -> Iterator[Bucket]:
    bucket = open_bucket("bucket", access)
    yield bucket
    bucket.client.close()


@pytest.fixture(name="prefix")
def _prefix(aws: "Aws") -> S3Prefix:
    return S3Prefix.parse(f"s3://bucket/{aws.unique('mirror')}/")


@pytest.fixture(name="folder")
def _folder(tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    (folder / "inner ü").mkdir(parents=True)
    (folder / "model.safetensors").write_bytes(bytes(range(256)) * 21)
    (folder / "inner ü" / "second one.safetensors").write_bytes(b"one part")
    (folder / "config.json").write_text("{}")
    (folder / "empty.json").write_text("")
    return folder
