"""A throw-away Python for one model, so that its requirements.txt changes nothing else."""

import subprocess
from pathlib import Path

from lmi.errors import HostError

# A venv without pip is made in a tenth of the time. The base's packages, pip among them, come in by
# a .pth file; what pip then installs lies before them on sys.path.
_CREATE = """
import sys, sysconfig, venv
from pathlib import Path
target = Path(sys.argv[1])
venv.EnvBuilder(symlinks=True, with_pip=False).create(target)
names = dict(base=str(target), platbase=str(target))
site = Path(sysconfig.get_path("purelib", "venv", names))
base = dict.fromkeys([sysconfig.get_path("purelib"), sysconfig.get_path("platlib")])
lines = [f"import site; site.addsitedir({path!r})" for path in base]
(site / "base-python.pth").write_text("\\n".join(lines) + "\\n", encoding="utf-8")
"""


def create_python(directory: Path, base_python: Path) -> Path:
    """
    Make a virtual environment in *directory* and return its Python.

    It sees the packages of *base_python*. `python -m pip install` works in it, installs into it
    alone, and asks no index for what *base_python* has already.

    Raises:
        HostError: there is no such Python, or it cannot make virtual environments.
    """
    if not base_python.exists():
        raise HostError(
            f"there is no Python for model servers at {base_python}; run `lmi local install`"
        )
    answer = subprocess.run(
        [base_python, "-I", "-c", _CREATE, directory],
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    if answer.returncode != 0:
        reason = (answer.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise HostError(f"{base_python} could not make a virtual environment: {reason}")
    return directory / "bin" / "python"
