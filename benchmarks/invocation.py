"""
What the embedded AWS adds to an invocation: through it, against DJL Serving's own port.

    .venv/bin/python benchmarks/invocation.py [INVOCATIONS] [CASE ...]

One client first, in turn to both, INVOCATIONS times (default 500; a tenth of it for the real
model); then four clients, processes of their own, in turn to both for half a second each (two for
the real model), beginning with the one and the other by turns. All keep their connections and send
the same bytes, signed beforehand, so that what is compared is the servers. A CASE is a number of
milliseconds, which a model waits before it answers what it was sent, or `smollm2`, the project's
own model with an answer of eight tokens; default: 0 5 20 smollm2. To hold: 3 ms more at the median,
and 0.9 of the throughput.
"""

import http.client
import io
import json
import multiprocessing
import statistics
import sys
import tarfile
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import boto3

from lmi import local
from lmi.artifact import bundle, load_artifact
from lmi.catalog import image

NAME: Final = "bench-echo"
REGION: Final = "us-west-2"
CLIENTS: Final = 4
ROUNDS: Final = 20
CASES: Final = ("0", "5", "20", "smollm2")
MODEL: Final = "smollm2"
HANDLER: Final = """
import time
from djl_python import Output

def handle(inputs):
    if inputs.is_empty():
        return None
    time.sleep({seconds})
    return Output().add(inputs.get_as_bytes()).add_property("content-type", "application/json")
"""
SIGNED: Final = {
    "Content-Type": "application/json",
    "User-Agent": "Boto3/1.44.5 md/Botocore#1.44.5 ua/2.1 os/linux md/arch#x86_64 lang/python",
    "X-Amz-Date": "20261122T160000Z",
    "Authorization": f"AWS4-HMAC-SHA256 Credential=LMIEMBEDDEDAWS000000/20261122/{REGION}/sagemaker"
    "/aws4_request, SignedHeaders=content-type;host;x-amz-date, Signature=" + "0" * 64,
    "amz-sdk-invocation-id": "8f4f9b8e-0000-0000-0000-000000000000",
    "amz-sdk-request": "attempt=1",
}
Target = tuple[int, str]
"""A port of this host, and a path."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """A model, and what it is asked."""

    name: str
    tarball: bytes
    body: bytes
    seconds: float
    """How long each client asks at a time."""
    share: float
    """The part of INVOCATIONS that one client makes."""


def main() -> None:
    """Measure, and print a line for each case."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    cases = [_case(name) for name in sys.argv[2:] or CASES]
    print(f"{'':<10}{'ms, one client':>24}{'':>8}{f'a second, {CLIENTS} clients':>24}")
    print(f"{'model':<10}" + "".join(f"{name:>8}" for name in ("direct", "front", "more") * 2)[:-8])
    for case in cases:
        with _endpoint(case) as targets:
            _in_turn(targets, case, 10)
            took = _in_turn(targets, case, max(20, int(count * case.share)))
            rates = _at_once(targets, case)
        direct, front = (statistics.median(took[name]) for name in ("direct", "front"))
        print(f"{case.name:<10}{direct:>8.2f}{front:>8.2f}{front - direct:>8.2f}", end="")
        ratios = [f / d for f, d in zip(rates["front"], rates["direct"], strict=True)]
        direct, front = (statistics.median(rates[name]) for name in ("direct", "front"))
        print(f"{direct:>8.0f}{front:>8.0f}   ratio {statistics.median(ratios):.3f}", flush=True)


def _case(name: str) -> Case:
    if name == MODEL:
        parameters = {"max_new_tokens": 8}
        question = {"inputs": "Large model inference is", "parameters": parameters}
        return Case(
            name=name, tarball=_model(), body=json.dumps(question).encode(), seconds=2, share=0.1
        )
    handler = HANDLER.format(seconds=float(name) / 1000)
    body = json.dumps({"inputs": "Large model inference is"}).encode()
    return Case(name=f"{name} ms", tarball=_tarball(handler), body=body, seconds=0.5, share=1)


def _in_turn(targets: dict[str, Target], case: Case, count: int) -> dict[str, list[float]]:
    connections = {name: _connect(target) for name, target in targets.items()}
    took: dict[str, list[float]] = {name: [] for name in targets}
    for _ in range(count):
        for name, (_, path) in targets.items():
            begun = time.perf_counter()
            _invoke(connections[name], path, case.body)
            took[name].append((time.perf_counter() - begun) * 1000)
    for connection in connections.values():
        connection.close()
    return took


def _at_once(targets: dict[str, Target], case: Case) -> dict[str, list[float]]:
    rates: dict[str, list[float]] = {name: [] for name in targets}
    order = list(targets)
    with multiprocessing.get_context("fork").Pool(CLIENTS) as pool:
        for _ in range(ROUNDS):
            order.reverse()
            for name in order:
                asked = [(targets[name], case.body, case.seconds)] * CLIENTS
                rates[name].append(sum(pool.starmap(_rate, asked, chunksize=1)))
    return rates


def _rate(target: Target, body: bytes, seconds: float) -> float:
    """Invoke for some seconds, and return how many times a second that was."""
    connection = _connect(target)
    begun, count = time.perf_counter(), 0
    while (passed := time.perf_counter() - begun) < seconds:
        _invoke(connection, target[1], body)
        count += 1
    connection.close()
    return count / passed


def _connect(target: Target) -> http.client.HTTPConnection:
    return http.client.HTTPConnection("127.0.0.1", target[0], timeout=60)


def _invoke(connection: http.client.HTTPConnection, path: str, body: bytes) -> None:
    connection.request("POST", path, body, SIGNED)
    answer = connection.getresponse()
    text = answer.read()
    if answer.status != 200 or not text:
        raise SystemExit(f"{path} answered {answer.status}: {text[:300]!r}")


@contextmanager
def _endpoint(case: Case) -> Iterator[dict[str, Target]]:
    project = Path(__file__).resolve().parent.parent
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / ".lmi"
        home.mkdir()
        for shared in ("djl", "server-python"):
            (home / shared).symlink_to((project / ".lmi" / shared).resolve())
        running = local.start(home, port=0)
        try:
            _deploy(running.url, case.tarball)
            status = local.status(home)
            endpoints = status.endpoints if status else ()
            url = next(each.url for each in endpoints if each.endpoint_name == NAME)
            yield {
                "direct": (int(str(url).rpartition(":")[2]), "/invocations"),
                "front": (running.port, f"/endpoints/{NAME}/invocations"),
            }
        finally:
            local.stop(home)


def _tarball(handler: str) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        files = {"model.py": handler, "serving.properties": "engine=Python\nminWorkers=4\n"}
        for name, text in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(text)
            archive.addfile(info, io.BytesIO(text.encode()))
    return buffer.getvalue()


def _model() -> bytes:
    project = Path(__file__).resolve().parent.parent
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "model.tar.gz"
        bundle(load_artifact(project / "model_artifacts" / "smollm2-135m"), target)
        return target.read_bytes()


def _deploy(url: str, tarball: bytes) -> None:
    def client(service: str) -> Any:
        return boto3.client(
            service,
            region_name=REGION,
            endpoint_url=url,
            aws_access_key_id="LMIEMBEDDEDAWS000000",
            aws_secret_access_key="not-a-secret",  # noqa: S106 (there is none to keep)
        )

    client("s3").create_bucket(
        Bucket="bench", CreateBucketConfiguration={"LocationConstraint": REGION}
    )
    client("s3").put_object(Bucket="bench", Key="model.tar.gz", Body=tarball)
    role = client("iam").create_role(
        RoleName="bench",
        AssumeRolePolicyDocument=json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Principal": {"Service": "sagemaker.amazonaws.com"},
                        "Action": "sts:AssumeRole",
                    }
                ],
            }
        ),
    )["Role"]["Arn"]
    client("iam").put_role_policy(
        RoleName="bench",
        PolicyName="read",
        PolicyDocument=json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Action": "s3:GetObject",
                        "Resource": "arn:aws:s3:::bench/*",
                    }
                ],
            }
        ),
    )
    sagemaker = client("sagemaker")
    sagemaker.create_model(
        ModelName=NAME,
        ExecutionRoleArn=role,
        PrimaryContainer={
            "Image": image("0.36.0-cpu-full").uri(REGION),
            "ModelDataUrl": "s3://bench/model.tar.gz",
        },
    )
    sagemaker.create_endpoint_config(
        EndpointConfigName=NAME,
        ProductionVariants=[
            {
                "VariantName": "AllTraffic",
                "ModelName": NAME,
                "InitialInstanceCount": 1,
                "InstanceType": "ml.c6i.2xlarge",
            }
        ],
    )
    sagemaker.create_endpoint(EndpointName=NAME, EndpointConfigName=NAME)
    sagemaker.get_waiter("endpoint_in_service").wait(
        EndpointName=NAME, WaiterConfig={"Delay": 1, "MaxAttempts": 120}
    )


if __name__ == "__main__":
    main()
