"""
Uncompressed model data: all objects below a prefix become files, as SageMaker makes them.

The rules for names are those of S3ModelDataSource
(https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_S3ModelDataSource.html); a name that
breaks one makes the deployment fail. How SageMaker words that was not found in public.
"""

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from lmi.local.hosting.failure import EndpointFailed, model_data_missing
from lmi.local.hosting.fetch import ReadObject, open_model_data
from lmi.local.hosting.unpack import Room, free_room, make_read_only

_NAME_BYTES = 255
_PART_BYTES = 1 << 20


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredObject:
    """An object of the object store."""

    key: str
    bytes: int


ListObjects = Callable[[str, str], Iterable[StoredObject] | None]
"""Takes bucket and prefix; returns the objects, or None where there is no such bucket."""


def download_prefix(
    url: str,
    directory: Path,
    *,
    list_objects: ListObjects,
    read_object: ReadObject,
    check: Callable[[], None],
    room: Callable[[Path], Room] = free_room,
) -> None:
    """
    Write the objects below *url* into the new folder *directory*, which nobody may write to then.

    Args:
        url: ``s3://BUCKET/PREFIX/``.
        directory: must not exist.
        list_objects: lists the object store.
        read_object: reads from the object store.
        check: called before each part; raises to end the download.
        room: tells what the disk can take. Default: asks the file system.

    Raises:
        EndpointFailed: nothing lies there, a key cannot be a file, or the disk is too small.
    """
    bucket, _, prefix = url.removeprefix("s3://").partition("/")
    objects = list(list_objects(bucket, prefix) or ())
    if not objects:
        raise model_data_missing(url)
    problems = unfit_keys(prefix, [each.key for each in objects])
    if problems:
        raise EndpointFailed(f"The model data at {url} cannot be deployed: {'; '.join(problems)}")
    directory.mkdir(parents=True)
    limits, needed = room(directory), sum(each.bytes for each in objects)
    if needed > limits.bytes or len(objects) > limits.files:
        raise EndpointFailed(
            f"the model data at {url} ({needed} bytes in {len(objects)} files) do not fit on this "
            f"host's disk: {limits.bytes} bytes and {limits.files} files are free"
        )
    for each in objects:
        target = directory / each.key.removeprefix(prefix)
        target.parent.mkdir(parents=True, exist_ok=True)
        data = open_model_data(
            f"s3://{bucket}/{each.key}",
            read_object,
            check=check,
        )
        # Exclusive: names that differ by case alone are one file on some systems.
        with open(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644), "wb") as file:
            while part := data.read(_PART_BYTES):
                file.write(part)
    make_read_only(directory)


def unfit_keys(prefix: str, keys: Iterable[str]) -> list[str]:
    """Return why *keys*, trimmed by *prefix*, cannot be files below one folder."""
    problems: list[str] = []
    paths = {key: key.removeprefix(prefix) for key in keys}
    folders = {
        "/".join(parts[:depth])
        for parts in (path.split("/") for path in paths.values())
        for depth in range(1, len(parts))
    }
    for key, path in paths.items():
        problems += [f"{key!r}: {reason}" for part in path.split("/") if (reason := _unfit(part))]
        if path in folders:
            problems.append(f"{key!r} is both a file and a folder")
    return problems


def _unfit(name: str) -> str | None:
    if not name.strip():
        return "a file or folder has no name; S3 makes such objects for the folders of its console"
    if name in (".", ".."):
        return f"a file or folder must not be called {name!r}"
    if "\0" in name or len(name.encode()) > _NAME_BYTES:
        return f"a name must have at most {_NAME_BYTES} bytes, and no null byte"
    return None
