"""What this host has for models."""

from pathlib import Path

import pytest

from lmi.local.hosting import accelerators
from lmi.local.hosting.accelerators import host_accelerators


@pytest.fixture(autouse=True)
def bare_host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A host without anything: no devices, no driver, no commands."""
    monkeypatch.setattr(accelerators, "_DEVICES", tmp_path / "dev")
    monkeypatch.setattr(accelerators, "_DRIVER_GPUS", tmp_path / "gpus")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    for name in ("bin", "dev"):
        (tmp_path / name).mkdir()
    host_accelerators.cache_clear()
    return tmp_path


def nvidia_smi(host: Path, script: str) -> None:
    command = host / "bin" / "nvidia-smi"
    command.write_text(f"#!/bin/sh\n{script}\n")
    command.chmod(0o755)


def test_a_bare_host_has_none() -> None:
    assert host_accelerators("gpu") == 0
    assert host_accelerators("neuron") == 0


def test_the_drivers_gpus_count(bare_host: Path) -> None:
    (bare_host / "gpus" / "0000:00:1e.0").mkdir(parents=True)
    (bare_host / "gpus" / "0000:00:1f.0").mkdir()

    assert host_accelerators("gpu") == 2


def test_without_the_drivers_files_nvidia_smi_is_asked(bare_host: Path) -> None:
    nvidia_smi(bare_host, "echo 'GPU 0: NVIDIA A10G (UUID: GPU-1)'; echo '  MIG 1g.10gb'")

    assert host_accelerators("gpu") == 1


def test_nvidia_smi_without_a_driver_counts_none(bare_host: Path) -> None:
    nvidia_smi(bare_host, "echo 'NVIDIA-SMI has failed'; exit 9")

    assert host_accelerators("gpu") == 0


def test_neuron_devices_count(bare_host: Path) -> None:
    for name in ("neuron0", "neuron1", "neuron_state"):
        (bare_host / "dev" / name).touch()

    assert host_accelerators("neuron") == 2
