"""The Python that model servers share: what DJL and the handlers of this project's models need."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from lmi.errors import HostError

PACKAGES = ("numpy==2.4.6",)
"""What djl_python itself imports (ai.djl.python:python 0.34.0, djl_python/np_util.py)."""


def base_python(home: Path) -> Path:
    """Return where the Python of model servers is, or will be, below *home*."""
    return home / "server-python" / "bin" / "python"


def install_base_python(
    home: Path, requirements: tuple[Path, ...], report: Callable[[str], None]
) -> Path:
    """
    Make the Python of model servers below *home*, with the packages of *requirements* besides.

    Each model gets a virtual environment of its own on top of it, so a package that is here need
    not be fetched when a model starts.

    Raises:
        HostError: a virtual environment or a package could not be had; pip's own words say why.
    """
    python = base_python(home)
    if not python.exists():
        report(f"making the Python of model servers in {python.parent.parent}")
        _run([sys.executable, "-m", "venv", str(python.parent.parent)])
    report("installing what handlers import")
    files = [word for path in requirements for word in ("-r", str(path))]
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    _run([*pip, *PACKAGES, *files])
    return python


def _run(command: list[str]) -> None:
    answer = subprocess.run(
        command,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        stdin=subprocess.DEVNULL,
    )
    if answer.returncode != 0:
        said = (answer.stderr + answer.stdout).strip() or "it said nothing"
        raise HostError(f"{' '.join(command)} failed:\n{said}")
