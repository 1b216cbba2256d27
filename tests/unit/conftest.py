"""Fixtures of more than one module."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from lmi.local.hosting import (
    EndpointHost,
)
from tests.unit.hosting_fakes import MODEL_URL, FakeServers, read_object, tarball


@pytest.fixture
def objects() -> dict[str, bytes]:
    return {MODEL_URL: tarball({"chat/model.py": b"def handle(inputs): ..."})}


@pytest.fixture
def servers() -> Iterator[FakeServers]:
    servers = FakeServers()
    yield servers
    for server in servers.made:
        server.stop()


@pytest.fixture
def host(tmp_path: Path, objects: dict[str, bytes], servers: FakeServers) -> Iterator[EndpointHost]:
    host = EndpointHost(
        home=tmp_path,
        read_object=read_object(objects),
        servers=servers,
    )
    yield host
    host.close()
