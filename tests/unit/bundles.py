"""Artifacts for the tests of the bundler, and what comes out of their tarballs."""

import random
import tarfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from lmi.artifact import member_index

LONG = "weights/" + "x" * 120 + "/" + "y" * 200 + ".bin"
FILES = {
    "artifact.yaml": b"image: 0.20.0-deepspeed0.7.5-cu116\n",
    "serving.properties": b"engine=DeepSpeed\n",
    "model.py": b"print()\n",
    "weights/b.bin": bytes(range(256)) * 5000,
    "weights/a.bin": b"",
    "weights.txt": b"between weights/ and weights/a.bin in no order\n",
    "größe/π": b"beyond ASCII",
    LONG: b"beyond USTAR",
}
"""Small, large, empty, and every kind of name."""


def write(directory: Path, files: Mapping[str, bytes] = FILES) -> Path:
    """Write *files* below *directory*, and return it."""
    for name, data in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return directory


def weights(size: int, seed: int = 0) -> bytes:
    """Return *size* bytes that compress a little, as weights do, and do not repeat."""
    seven_bits = bytes(value & 0x7F for value in range(256))
    return random.Random(seed).randbytes(size).translate(seven_bits)  # noqa: S311


def unpacked(path: Path) -> dict[str, bytes]:
    """Return the files in the tarball *path*, read by Python's tarfile."""
    with tarfile.open(path) as archive:
        return {
            info.name: stream.read()
            for info in archive
            if info.isfile() and (stream := archive.extractfile(info))
        }


def settle_at_once(monkeypatch: pytest.MonkeyPatch, *, any_file_system: bool = True) -> None:
    """
    Let the index trust a file that changed just now, so that no test waits; and, if asked, one on
    a file system without a disk.
    """
    monkeypatch.setattr(member_index, "SETTLED_NS", -(10**12))
    if any_file_system:
        monkeypatch.setattr(member_index, "_devices_without_disk", set)
