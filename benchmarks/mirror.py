"""
How fast `lmi mirror` sends, against `aws s3 sync` with the same part size and concurrency.

    .venv/bin/python benchmarks/mirror.py [--mib 1024] [--runs 5]

Both are whole commands, start included, one after the other by turns, and send the same files to
the same server on loopback, in a process of its own. It checks what S3 checks of a body, the
checksum and the signed SHA-256 where there are such headers, and keeps nothing. It speaks HTTP,
over which the AWS CLI signs each body besides its CRC-32; over HTTPS it would not. To hold: 0.9 of
the throughput of `aws s3 sync`.
"""

import argparse
import base64
import contextlib
import hashlib
import itertools
import multiprocessing
import os
import re
import socket
import statistics
import subprocess
import tempfile
import time
import zlib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar, Final
from urllib.parse import parse_qs, urlsplit

PROJECT: Final = Path(__file__).resolve().parent.parent
MIB: Final = 1 << 20
FILES: Final = 4
PART: Final = 16
CONCURRENCY: Final = 10
CONFIG: Final = f"""[default]
s3 =
  multipart_threshold = {PART}MB
  multipart_chunksize = {PART}MB
  max_concurrent_requests = {CONCURRENCY}
"""


BUFFER: Final = 1 << 20
NAMESPACE: Final = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'
IDENTITY: Final = (
    '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">'
    "<GetCallerIdentityResult><Account>111111111111</Account></GetCallerIdentityResult>"
    "</GetCallerIdentityResponse>"
)


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    objects: ClassVar[dict[str, tuple[int, str]]] = {}
    """Size and SHA-256 checksum of what was sent, by path."""
    numbers: ClassVar[Iterator[int]] = itertools.count()
    uploads: ClassVar[dict[str, dict[int, int]]] = {}
    """Sizes of the parts by number, by upload."""

    def do_HEAD(self) -> None:
        """Tell of a bucket, or of an object."""
        path = urlsplit(self.path).path
        if path.count("/") == 1:
            self._answer(headers={"x-amz-bucket-region": "us-west-2"})
        elif path in self.objects:
            size, checksum = self.objects[path]
            headers = {"x-amz-checksum-sha256": checksum} if checksum else {}
            self._answer(headers={**headers, "ETag": '"etag"', "Content-Length": str(size)})
        else:
            self._answer(404)

    def do_GET(self) -> None:
        """List nothing."""
        query = parse_qs(urlsplit(self.path).query, keep_blank_values=True)
        kind = "ListMultipartUploadsResult" if "uploads" in query else "ListBucketResult"
        self._answer(body=f"<{kind} {NAMESPACE}><IsTruncated>false</IsTruncated></{kind}>")

    def do_POST(self) -> None:
        """Begin an upload, complete one, or tell who is asking."""
        url = urlsplit(self.path)
        query = parse_qs(url.query, keep_blank_values=True)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        if "uploads" in query:
            upload = f"upload-{next(self.numbers)}"
            self.uploads[upload] = {}
            kind = "InitiateMultipartUploadResult"
            self._answer(body=f"<{kind} {NAMESPACE}><UploadId>{upload}</UploadId></{kind}>")
        elif "uploadId" in query:
            sizes = self.uploads.pop(query["uploadId"][0])
            digests = re.findall(r"<ChecksumSHA256>([^<]+)</ChecksumSHA256>", body)
            both = b"".join(base64.b64decode(digest) for digest in digests)
            checksum = base64.b64encode(hashlib.sha256(both).digest()).decode() if digests else ""
            self.objects[url.path] = (sum(sizes.values()), checksum)
            kind = "CompleteMultipartUploadResult"
            self._answer(body=f"<{kind} {NAMESPACE}><ETag>etag</ETag></{kind}>")
        else:
            self._answer(body=IDENTITY)

    def do_PUT(self) -> None:
        """Take an object or a part."""
        url = urlsplit(self.path)
        query = parse_qs(url.query)
        size, checksum = self._take()
        if checksum is None:
            self._answer(400, body="<Error><Code>BadDigest</Code></Error>")
            return
        if "uploadId" in query:
            self.uploads[query["uploadId"][0]][int(query["partNumber"][0])] = size
        else:
            self.objects[url.path] = (size, checksum)
        self._answer(headers={"ETag": '"etag"'})

    def _take(self) -> tuple[int, str | None]:
        """Read the body, and return its size and its checksum if all is as the headers say."""
        name = "sha256" if "x-amz-checksum-sha256" in self.headers else "crc32"
        checksum = _Digest(name)
        # A body that is signed, as the AWS CLI does over HTTP, is checked for that too.
        signed = self.headers.get("x-amz-content-sha256", "")
        signature = _Digest("sha256") if re.fullmatch("[0-9a-f]{64}", signed) else None
        size = self._plain([checksum, signature] if signature is not None else [checksum])
        said = self.headers[f"x-amz-checksum-{name}"]
        found = base64.b64encode(checksum.value()).decode()
        right = found == said and (signature is None or signature.value().hex() == signed)
        return size, found if right else None

    def _plain(self, digests: "list[_Digest]") -> int:
        left = size = int(self.headers["Content-Length"])
        buffer = memoryview(bytearray(BUFFER))
        while left:
            count = self.rfile.readinto(buffer[: min(left, BUFFER)])
            for digest in digests:
                digest.update(buffer[:count])
            left -= count
        return size

    def _answer(
        self, status: int = 200, *, headers: dict[str, str] | None = None, body: str = ""
    ) -> None:
        self.send_response(status)
        for key, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(key, value)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


class _Digest:
    """A checksum of S3, as it grows."""

    def __init__(self, name: str) -> None:
        self._sha256 = hashlib.sha256() if name == "sha256" else None
        self._crc32 = 0

    def update(self, data: memoryview) -> None:
        """Add *data*."""
        if self._sha256 is not None:
            self._sha256.update(data)
        else:
            self._crc32 = zlib.crc32(data, self._crc32)

    def value(self) -> bytes:
        """Return the checksum."""
        return self._sha256.digest() if self._sha256 else self._crc32.to_bytes(4, "big")


def main() -> None:
    """Measure, and print the medians and the ratio."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--mib", type=int, default=1024)
    parser.add_argument("--runs", type=int, default=5)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        folder = _model(place, asked.mib)
        with _serving() as url:
            environment = _environment(place, url)
            took: dict[str, list[float]] = {"lmi mirror": [], "aws s3 sync": []}
            for run in range(asked.runs + 1):
                prefix = f"s3://bench/run-{run}/"
                commands = {
                    "lmi mirror": [
                        str(PROJECT / ".venv/bin/lmi"), "mirror", str(folder), f"{prefix}lmi/"
                    ],
                    "aws s3 sync": [
                        str(PROJECT / ".lmi/aws-cli/bin/aws"), "s3", "sync", "--only-show-errors",
                        str(folder), f"{prefix}aws/",
                    ],
                }  # fmt: skip
                # By turns the one and the other goes first.
                for what in sorted(commands, reverse=bool(run % 2)):
                    seconds = _timed(commands[what], environment)
                    if run:  # the first only warms the caches
                        took[what].append(seconds)
    _print(took, asked.mib)


@contextlib.contextmanager
def _serving() -> Iterator[str]:
    """Yield the URL of a running server, which is a process of its own."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=128)
    process = multiprocessing.get_context("fork").Process(
        target=_serve, args=(listener,), daemon=True
    )
    process.start()
    port = listener.getsockname()[1]
    listener.close()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.join()


def _serve(listener: socket.socket) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler, bind_and_activate=False)
    server.socket.close()
    server.socket = listener
    server.serve_forever()


def _model(place: Path, mib: int) -> Path:
    folder = place / "model"
    folder.mkdir()
    for number in range(FILES):
        with (folder / f"model-{number}.safetensors").open("wb") as stream:
            for _ in range(mib // FILES):
                stream.write(os.urandom(MIB))
    return folder


def _environment(place: Path, url: str) -> dict[str, str]:
    config = place / "config"
    config.write_text(CONFIG)
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(place),
        "AWS_CONFIG_FILE": str(config),
        "AWS_SHARED_CREDENTIALS_FILE": str(place / "none"),
        "AWS_ACCESS_KEY_ID": "LMIEMBEDDEDAWS000000",
        "AWS_SECRET_ACCESS_KEY": "not-a-secret",
        "AWS_DEFAULT_REGION": "us-west-2",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ENDPOINT_URL": url,
        "NO_PROXY": "127.0.0.1,localhost",
    }


def _timed(command: list[str], environment: dict[str, str]) -> float:
    begun = time.perf_counter()
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    seconds = time.perf_counter() - begun
    if done.returncode:
        raise SystemExit(f"{command[0]} exited with {done.returncode}: {done.stderr[-2000:]}")
    return seconds


def _print(took: dict[str, list[float]], mib: int) -> None:
    for what, seconds in took.items():
        median = statistics.median(seconds)
        print(
            f"{what:<12} median {median:6.2f} s  ({min(seconds):.2f} to {max(seconds):.2f})  "
            f"{mib * MIB / 1e6 / median:6.0f} MB/s"
        )
    ratios = [
        other / ours for ours, other in zip(took["lmi mirror"], took["aws s3 sync"], strict=True)
    ]
    print("throughput of lmi mirror / aws s3 sync: ", end="")
    print(f"median {statistics.median(ratios):.2f}, {min(ratios):.2f} to {max(ratios):.2f}", end="")
    print("; to hold: 0.9")


if __name__ == "__main__":
    main()
