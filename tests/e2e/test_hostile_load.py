"""What hostile clients take from the embedded AWS, it has back when they are gone."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from lmi.local.hosting.invocation import MAX_BODY_BYTES
from tests.e2e.hosted import PATIENCE_SECONDS, Hosted, hosted_in
from tests.e2e.model_servers import wait_until
from tests.e2e.project import REGION

pytestmark = pytest.mark.e2e

IDLE = 200
HALF_SENT = 50
OVERSIZED = 100
MORE_THREADS = 4
MORE_BYTES = 64 << 20
"""The half-sent bodies are 150 MiB, those in chunks over the limit 300: a leak of either shows."""
SCOPE = f"LMIEMBEDDEDAWS000000/20261122/{REGION}/sagemaker/aws4_request"
SIGNED = f"Authorization: AWS4-HMAC-SHA256 Credential={SCOPE}, SignedHeaders=host, Signature=0"


@pytest.fixture(scope="module", name="hosted")
def _hosted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hosted]:
    with hosted_in(tmp_path_factory.mktemp("hostile")) as hosted:
        hosted.create("target")
        yield hosted


def test_threads_and_memory_come_back_after_hostile_clients(hosted: Hosted) -> None:
    # What the first of everything takes once, such as the arenas of the allocator, counts as its
    # own.
    be_hostile(hosted, idle=20, half_sent=10, oversized=10)
    wait_until(lambda: threads(hosted) <= 20, PATIENCE_SECONDS)
    threads_before, bytes_before = threads(hosted), resident(hosted)

    most = be_hostile(hosted, idle=IDLE, half_sent=HALF_SENT, oversized=OVERSIZED)

    assert most >= IDLE + HALF_SENT
    wait_until(lambda: threads(hosted) <= threads_before + MORE_THREADS, PATIENCE_SECONDS)
    wait_until(lambda: resident(hosted) <= bytes_before + MORE_BYTES, PATIENCE_SECONDS)
    assert hosted.invoke("target", b"name") == b"target"


def be_hostile(hosted: Hosted, *, idle: int, half_sent: int, oversized: int) -> int:
    """Do the worst, and return how many threads there were meanwhile."""
    with ExitStack() as stack:
        for _ in range(idle):
            stack.enter_context(closing(connect(hosted)))
        for _ in range(half_sent):
            connection = stack.enter_context(closing(connect(hosted)))
            connection.sendall(head(MAX_BODY_BYTES) + bytes(MAX_BODY_BYTES // 2))
        for number in range(oversized):
            chunked = number % 2 == 1
            answer = send_too_much(hosted, chunked=chunked)
            assert answer.startswith(b"HTTP/1.1 413 "), answer
        wait_until(lambda: threads(hosted) >= idle + half_sent, PATIENCE_SECONDS)
        return threads(hosted)


def send_too_much(hosted: Hosted, *, chunked: bool) -> bytes:
    """Send more than a body may have, and return the beginning of the answer."""
    with closing(connect(hosted)) as connection:
        size = MAX_BODY_BYTES + 1
        try:
            if chunked:
                connection.sendall(head(None) + b"%x\r\n" % size)
                connection.sendall(bytes(size) + b"\r\n0\r\n\r\n")
            else:
                connection.sendall(head(size) + bytes(size))
        except ConnectionError:
            pass  # it answers before it has read all
        return connection.recv(1 << 16)


def head(size: int | None) -> bytes:
    length = "Transfer-Encoding: chunked" if size is None else f"Content-Length: {size}"
    lines = ["POST /endpoints/target/invocations HTTP/1.1", "Host: x", SIGNED, length, "", ""]
    return "\r\n".join(lines).encode()


def connect(hosted: Hosted) -> socket.socket:
    return socket.create_connection(("127.0.0.1", hosted.running.port), timeout=PATIENCE_SECONDS)


def threads(hosted: Hosted) -> int:
    return status_of(hosted, "Threads")


def resident(hosted: Hosted) -> int:
    """Return the bytes in memory."""
    return status_of(hosted, "VmRSS") * 1024


def status_of(hosted: Hosted, name: str) -> int:
    """Return a number out of the kernel's status of the embedded AWS."""
    lines = Path(f"/proc/{hosted.running.pid}/status").read_text().splitlines()
    (found,) = [line for line in lines if line.startswith(f"{name}:")]
    return int(found.split()[1])
