"""Uncompressed model data: the objects below a prefix become the files of the model store."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

from lmi.local.hosting import EndpointFailed, EndpointHost
from lmi.local.hosting.fetch import with_deadline
from lmi.local.hosting.prefix import StoredObject, download_prefix, unfit_keys
from lmi.local.hosting.unpack import Room
from tests.unit.hosting_fakes import FakeServers, read_object, spec, unhosted

URL = "s3://models/chat/DIGEST/"
OBJECTS = {
    f"{URL}serving.properties": b"engine=Python\n",
    f"{URL}weights/part1.bin": b"x" * 5000,
    f"{URL}weights/part2.bin": b"",
    "s3://models/chat/DIGEST2/serving.properties": b"another",
}


def listing(objects: Mapping[str, bytes], bucket: str, prefix: str) -> Iterable[StoredObject]:
    keys = ((url.removeprefix(f"s3://{bucket}/"), data) for url, data in objects.items())
    return [StoredObject(key=key, bytes=len(data)) for key, data in keys if key.startswith(prefix)]


def fetch(objects: Mapping[str, bytes], directory: Path, url: str = URL) -> dict[str, bytes]:
    download_prefix(
        url,
        directory,
        list_objects=lambda bucket, prefix: listing(objects, bucket, prefix),
        read_object=read_object(objects),
        check=lambda: None,
    )
    files = (path for path in directory.rglob("*") if path.is_file())
    return {str(path.relative_to(directory)): path.read_bytes() for path in files}


def test_the_rest_of_each_key_is_the_path_of_a_file(tmp_path: Path) -> None:
    assert fetch(OBJECTS, tmp_path / "model") == {
        "serving.properties": b"engine=Python\n",
        "weights/part1.bin": b"x" * 5000,
        "weights/part2.bin": b"",
    }


def test_nobody_may_write_to_the_files(tmp_path: Path) -> None:
    fetch(OBJECTS, tmp_path / "model")

    modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "model").rglob("*")}
    assert modes == {
        "serving.properties": 0o444,
        "weights": 0o555,
        "part1.bin": 0o444,
        "part2.bin": 0o444,
    }


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("weights/", "has no name"),
        ("/model.bin", "has no name"),
        ("a//b", "has no name"),
        ("a/ /b", "has no name"),
        ("a/./b", "must not be called '.'"),
        ("../b", "must not be called '..'"),
        (f"{'ä' * 128}", "at most 255 bytes"),
        ("a\0b", "no null byte"),
    ],
)
def test_fails_on_a_key_that_cannot_be_a_file(tmp_path: Path, path: str, reason: str) -> None:
    objects = {f"{URL}model.py": b"", f"{URL}{path}": b""}
    with pytest.raises(EndpointFailed) as error:
        fetch(objects, tmp_path / "model")

    assert reason in error.value.reason
    assert not (tmp_path / "model").exists()


def test_fails_on_an_object_that_is_a_folder_of_another() -> None:
    assert unfit_keys("p/", ["p/weights", "p/weights/part1"]) == [
        "'p/weights' is both a file and a folder"
    ]


def test_a_name_of_255_bytes_is_a_file() -> None:
    assert unfit_keys("p/", [f"p/{'x' * 255}"]) == []


def test_fails_where_nothing_lies_below_the_prefix(tmp_path: Path) -> None:
    with pytest.raises(EndpointFailed, match=r"Could not find model data at s3://models/none/\."):
        fetch(OBJECTS, tmp_path / "model", "s3://models/none/")


def test_fails_where_the_disk_is_too_small(tmp_path: Path) -> None:
    with pytest.raises(EndpointFailed, match=r"5014 bytes in 3 files.*4000 bytes and 10 files"):
        download_prefix(
            URL,
            tmp_path / "model",
            list_objects=lambda bucket, prefix: listing(OBJECTS, bucket, prefix),
            read_object=read_object(OBJECTS),
            check=lambda: None,
            room=lambda directory: Room(bytes=4000, files=10),
        )


def test_fails_when_the_time_for_all_of_it_is_over(tmp_path: Path) -> None:
    with pytest.raises(EndpointFailed, match="ModelDataDownloadTimeoutInSeconds"):
        download_prefix(
            URL,
            tmp_path / "model",
            list_objects=lambda bucket, prefix: listing(OBJECTS, bucket, prefix),
            read_object=read_object(OBJECTS),
            check=with_deadline(URL, lambda: None, -1),
        )


def test_an_endpoint_is_hosted_from_a_prefix(tmp_path: Path) -> None:
    servers = FakeServers()
    objects = {f"{URL}serving.properties": b"engine=Python\n", f"{URL}model.py": b""}
    host = EndpointHost(
        home=tmp_path,
        read_object=read_object(objects),
        list_objects=lambda bucket, prefix: listing(objects, bucket, prefix),
        servers=servers,
    )
    try:
        host.create(spec(model_data_url=URL, model_data_is_prefix=True))
        (server,) = servers.made
        store: Path = server.given["model_store"]
        assert sorted(path.name for path in store.iterdir()) == ["model.py", "serving.properties"]
    finally:
        host.close()


def test_what_no_cpu_can_serve_is_fetched_and_searched_for_a_model(tmp_path: Path) -> None:
    good = {f"{URL}serving.properties": b"engine=DeepSpeed\n", f"{URL}model.py": b""}
    bad = {"s3://models/bad/readme.txt": b""}
    objects = {**good, **bad}
    host = EndpointHost(
        home=tmp_path,
        read_object=read_object(objects),
        list_objects=lambda bucket, prefix: listing(objects, bucket, prefix),
        servers=FakeServers(),
    )
    try:
        host.create(unhosted(model_data_url=URL, model_data_is_prefix=True))
        (status,) = host.status()
        assert "unhosted" in status.status
        with pytest.raises(EndpointFailed):
            host.create(
                unhosted(name="bad", model_data_url="s3://models/bad/", model_data_is_prefix=True)
            )
    finally:
        host.close()


def test_a_container_reaches_aws_unless_it_is_isolated(tmp_path: Path) -> None:
    servers = FakeServers()
    objects = {f"{URL}serving.properties": b"engine=Python\n", f"{URL}model.py": b""}
    host = EndpointHost(
        home=tmp_path,
        read_object=read_object(objects),
        list_objects=lambda bucket, prefix: listing(objects, bucket, prefix),
        aws_environment={"AWS_ENDPOINT_URL": "http://127.0.0.1:1"},
        servers=servers,
    )
    data: dict[str, Any] = {"model_data_url": URL, "model_data_is_prefix": True, "environment": {}}
    try:
        host.create(spec("connected", region="us-west-2", **data))
        host.create(spec("isolated", network_isolation=True, **data))
    finally:
        host.close()

    assert [server.given["environment"] for server in servers.made] == [
        {
            "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
            "AWS_REGION": "us-west-2",
            "AWS_DEFAULT_REGION": "us-west-2",
        },
        {},
    ]
