"""`lmi mirror` as a process that is killed at random, and goes on."""

import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.s3.models import S3Backend

from lmi.local.emulator.listener import listen
from lmi.local.emulator.server import EmbeddedAws

pytestmark = pytest.mark.e2e

KILLS = 20
MIB = 1 << 20
LMI = Path(sys.executable).parent / "lmi"


class Killer:
    """Ends a process when some more objects or parts have arrived."""

    def __init__(self) -> None:
        self.process: subprocess.Popen[str] | None = None
        self.signal, self.left = signal.SIGKILL, -1

    def arrived(self) -> None:
        self.left -= 1
        if self.left == 0 and self.process is not None:
            self.process.send_signal(self.signal)


@pytest.fixture(name="killer")
def _killer(monkeypatch: pytest.MonkeyPatch) -> Killer:
    killer = Killer()
    for name in ("put_object", "upload_part"):
        original = getattr(S3Backend, name)

        def counted(*arguments: Any, _original: Any = original, **options: Any) -> Any:
            result = _original(*arguments, **options)
            killer.arrived()
            return result

        monkeypatch.setattr(S3Backend, name, counted)
    return killer


@pytest.fixture(name="url")
def _url() -> Iterator[str]:
    host: Any = object()
    with EmbeddedAws(host=host, listener=listen(0)) as server:
        yield server.url


def test_killed_at_random_and_run_again_it_ends_in_the_same_prefix(
    url: str, killer: Killer, tmp_path: Path
) -> None:
    seed = random.SystemRandom().randrange(1 << 32)
    print(f"seed {seed}")  # noqa: T201 -- pytest shows it if the test fails
    numbers = random.Random(seed)  # noqa: S311 -- no secret
    folder = tmp_path / "model"
    folder.mkdir()
    for number in range(KILLS * 6):
        name = f"model-{number:03}.safetensors"
        (folder / name).write_bytes(numbers.randbytes(numbers.randrange(100_000)))
    (folder / "large.safetensors").write_bytes(numbers.randbytes(MIB) * 49)
    client = boto3.client(
        "s3",
        region_name="us-west-2",
        endpoint_url=url,
        aws_access_key_id="LMIEMBEDDEDAWS000000",
        aws_secret_access_key="not-a-secret",
    )
    client.create_bucket(
        Bucket="models", CreateBucketConfiguration={"LocationConstraint": "us-west-2"}
    )
    command = [str(LMI), "mirror", str(folder), "s3://models/killed/", "--concurrency", "2"]
    for kill in range(KILLS):
        killer.signal = signal.SIGKILL if kill % 2 else signal.SIGINT
        killer.left = numbers.randint(1, 2)
        status, _ = _run(command, url, tmp_path, killer)
        assert status == (130 if killer.signal == signal.SIGINT else -signal.SIGKILL)
        assert "killed.json" not in "".join(_listed(client, ".lmi-mirror/"))
    assert _run(command, url, tmp_path, killer)[0] == 0
    assert _run([*command, "--verify"], url, tmp_path, killer)[0] == 0
    straight = [*command[:3], "s3://models/straight/"]
    assert _run(straight, url, tmp_path, killer)[0] == 0
    assert _listed(client, "killed/") == _listed(client, "straight/")
    assert "Uploads" not in client.list_multipart_uploads(Bucket="models")
    client.close()


def _run(command: list[str], url: str, place: Path, killer: Killer) -> tuple[int, str]:
    environment = {
        **os.environ,
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": "LMIEMBEDDEDAWS000000",
        "AWS_SECRET_ACCESS_KEY": "not-a-secret",
        "AWS_DEFAULT_REGION": "us-west-2",
        "AWS_CONFIG_FILE": str(place / "none"),
        "AWS_SHARED_CREDENTIALS_FILE": str(place / "none"),
    }
    with subprocess.Popen(
        command, env=environment, cwd=place, stderr=subprocess.PIPE, text=True
    ) as process:
        killer.process = process
        said = process.communicate(timeout=60)[1]
    killer.process = None
    return process.returncode, said


def _listed(client: Any, prefix: str) -> dict[str, tuple[int, str]]:
    found = client.list_objects_v2(Bucket="models", Prefix=prefix).get("Contents", [])
    return {each["Key"].removeprefix(prefix): (each["Size"], each["ETag"]) for each in found}
