"""Build the local model server for one version of DJL: Maven fetches the jars and compiles ours."""

import hashlib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.resources import as_file, files
from importlib.resources.abc import Traversable
from pathlib import Path

from lmi.catalog import published_servers
from lmi.errors import HostError
from lmi.local.djl.java import java_executable, maven_executable
from lmi.local.djl.maven import explain_failure

_GOALS = ("compiler:compile", "jar:jar", "dependency:copy-dependencies")
_STAMP = "source.sha256"

# One small model server per model on a laptop: little memory, and a fast start before speed.
_JVM_OPTIONS = (
    "-Xmx256m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-Dfile.encoding=UTF-8",
    "-Dsun.stdout.encoding=UTF-8",
    "-Dsun.stderr.encoding=UTF-8",
    "-Dstdout.encoding=UTF-8",
    "-Dstderr.encoding=UTF-8",
    "-Dai.djl.python.disable_alternative=true",
    "-Dorg.slf4j.simpleLogger.showThreadName=false",
    "-Dorg.slf4j.simpleLogger.showShortLogName=true",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Installation:
    """A model server that is ready to start."""

    version: str
    """The version of DJL."""

    directory: Path
    """The folder that holds it: lib/ with the jars, engine/ with DJL's Python package."""

    def command(self, *arguments: str) -> list[str]:
        """
        Return the command line of the server.

        Raises:
            HostError: there is no Java.
        """
        return [
            str(java_executable()),
            *_JVM_OPTIONS,
            "-cp",
            str(self.directory / "lib" / "*"),
            "lmi.serving.ModelServer",
            *arguments,
        ]

    @property
    def engine_cache(self) -> Path:
        """The folder where DJL keeps its Python package, as ENGINE_CACHE_DIR."""
        return self.directory / "engine"


def installed(version: str, home: Path) -> Installation | None:
    """Return the server for *version* of DJL below *home*, or None if it is missing or outdated."""
    directory = _directory(version, home)
    try:
        stamp = (directory / _STAMP).read_text(encoding="ascii")
    except FileNotFoundError:
        return None
    return Installation(version=version, directory=directory) if stamp == _digest() else None


def install(version: str, home: Path, report: Callable[[str], None]) -> Installation:
    """
    Build the server for *version* of DJL below *home* unless it is there already.

    Args:
        version: one of `lmi.catalog.published_servers()`.
        home: the folder `.lmi` of the project.
        report: is called with one line for each step.

    Raises:
        HostError: Java or Maven is missing, or Maven could not fetch or build something. Nothing is
            left but Maven's log.
    """
    if version not in published_servers():
        known = ", ".join(published_servers())
        raise HostError(f"version must be one of {known}, got {version!r}")
    present = installed(version, home)
    if present is not None:
        return present
    maven = maven_executable()
    directory = _directory(version, home)
    directory.parent.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    report(f"building the model server with DJL {version} from Maven Central")
    with tempfile.TemporaryDirectory(prefix=f"{version}-", dir=directory.parent) as temporary:
        built = _build(version, Path(temporary), maven, directory.parent / f"{version}.log")
        _replace(built, directory)
    report(f"model server with DJL {version} is ready ({time.monotonic() - started:.0f} s)")
    return Installation(version=version, directory=directory)


def _build(version: str, work: Path, maven: Path, log: Path) -> Path:
    project = work / "project"
    with as_file(_source()) as source:
        shutil.copytree(source, project)
    command = [str(maven), "-B", "-q", "-ntp", "-Dstyle.color=never", f"-Ddjl.version={version}"]
    _run([*command, *_GOALS], project, log)
    built = work / "built"
    shutil.copytree(project / "target" / "lib", built / "lib")
    shutil.copy2(project / "target" / "model-server.jar", built / "lib")
    (built / _STAMP).write_text(_digest(), encoding="ascii")
    # Unpacked here once: servers that start at the same time would race to do it.
    unpacked = Installation(version=version, directory=built)
    _run(unpacked.command("--unpack-engine"), project, log, ENGINE_CACHE_DIR=unpacked.engine_cache)
    return built


def _run(command: list[str], directory: Path, log: Path, **variables: Path) -> None:
    answer = subprocess.run(
        command,
        cwd=directory,
        env=os.environ | {name: str(value) for name, value in variables.items()},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    log.write_text(answer.stdout, encoding="utf-8")
    if answer.returncode != 0:
        raise HostError(explain_failure(answer.stdout, log))


def _replace(built: Path, directory: Path) -> None:
    if directory.exists():
        directory.rename(built.parent / "outdated")
    try:
        built.rename(directory)
    except OSError:
        # Another process was faster; what it built is the same.
        if not (directory / _STAMP).exists():
            raise


def _directory(version: str, home: Path) -> Path:
    return home.resolve() / "djl" / version


def _source() -> Traversable:
    return files("lmi.local.djl") / "server"


def _digest() -> str:
    digest = hashlib.sha256()
    for name, content in _source_files(_source(), ""):
        digest.update(f"{name}\n{len(content)}\n".encode() + content)
    return digest.hexdigest()


def _source_files(folder: Traversable, prefix: str) -> Iterator[tuple[str, bytes]]:
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        name = f"{prefix}{entry.name}"
        if entry.is_dir():
            yield from _source_files(entry, f"{name}/")
        else:
            yield name, entry.read_bytes()
