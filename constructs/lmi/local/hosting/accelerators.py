"""Which accelerators this host has."""

import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Literal

_QUERY_SECONDS = 10
_DEVICES = Path("/dev")
_DRIVER_GPUS = Path("/proc/driver/nvidia/gpus")


@cache
def host_accelerators(kind: Literal["gpu", "neuron"]) -> int:
    """
    Return how many accelerators of *kind* this host has; asked once.

    GPUs are NVIDIA's, the only ones on SageMaker hosting instances: those of the kernel driver,
    else those that nvidia-smi lists. Neuron devices are the driver's device files
    (https://awsdocs-neuron.readthedocs-hosted.com).
    """
    if kind == "neuron":
        return len([path for path in _DEVICES.glob("neuron*") if path.name[6:].isdigit()])
    return _driver_gpus() or _listed_gpus()


def _driver_gpus() -> int:
    return len(list(_DRIVER_GPUS.iterdir())) if _DRIVER_GPUS.is_dir() else 0


def _listed_gpus() -> int:
    command = shutil.which("nvidia-smi")
    if command is None:
        return 0
    try:
        listed = subprocess.run(
            [command, "-L"], capture_output=True, text=True, timeout=_QUERY_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return 0
    return sum(line.startswith("GPU ") for line in listed.stdout.splitlines())
