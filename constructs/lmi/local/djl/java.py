"""Find Java and Maven on this host, and say what is missing with the command that helps."""

import os
import re
import shutil
import subprocess
from pathlib import Path

from lmi.errors import HostError

MINIMUM_JAVA = 17
"""The oldest Java that the server runs on: the one in DJL Serving's images since 0.28."""

_APT = "apt-get install -y default-jdk-headless maven"


def java_executable() -> Path:
    """
    Return the `java` that Maven would use too: JAVA_HOME's, else the one on PATH.

    Raises:
        HostError: there is none.
    """
    home = os.environ.get("JAVA_HOME")
    if home:
        java = Path(home) / "bin" / "java"
        if not os.access(java, os.X_OK):
            raise HostError(
                f"JAVA_HOME is {home!r}, but there is no bin/java in it; mend or unset it"
            )
        return java
    found = shutil.which("java")
    if found is None:
        raise HostError(_advice([f"Java {MINIMUM_JAVA} or newer is needed, found none"]))
    return Path(found)


def maven_executable() -> Path:
    """
    Return Maven, after it is certain that it can build the server.

    Raises:
        HostError: Java, its compiler or Maven is missing or too old; names all at once.
    """
    problems = _java_problems()
    maven = shutil.which("mvn")
    if maven is None:
        problems.append("Maven is needed to fetch DJL from Maven Central, found no mvn on PATH")
    if problems or maven is None:
        raise HostError(_advice(problems))
    return Path(maven)


def _java_problems() -> list[str]:
    try:
        java = java_executable()
    except HostError as error:
        if os.environ.get("JAVA_HOME"):
            raise
        return [str(error).splitlines()[0]]
    version = _version(java)
    if version is None:
        return [f"Java {MINIMUM_JAVA} or newer is needed, but {java} does not run"]
    problems = []
    if version < MINIMUM_JAVA:
        problems.append(f"Java {MINIMUM_JAVA} or newer is needed, found Java {version} at {java}")
    if not _has_compiler(java):
        problems.append(
            f"a Java development kit is needed, but {java} belongs to a runtime without javac"
        )
    return problems


def _version(java: Path) -> int | None:
    # Java writes its version to stderr: openjdk version "17.0.15" 2025-04-15, or "1.8.0_402".
    answer = subprocess.run(
        [java, "-version"], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )
    match = re.search(r'version "(?:1\.)?(\d+)', answer.stderr + answer.stdout)
    return int(match[1]) if answer.returncode == 0 and match else None


def _has_compiler(java: Path) -> bool:
    beside = java.resolve().parent / "javac"
    return os.access(beside, os.X_OK) or shutil.which("javac") is not None


def _advice(problems: list[str]) -> str:
    return "\n".join([*problems, f"on Debian or Ubuntu, as root: {_APT}"])
