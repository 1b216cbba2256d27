"""Set-up on a machine that lacks a prerequisite; its tools are small scripts."""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
NOTHING = "#!/bin/sh\nexit 0\n"


@pytest.fixture(name="machine")
def _machine(tmp_path: Path) -> Path:
    """A folder with set-up's script, and in `bin` all there is on the PATH: nothing yet."""
    (tmp_path / "scripts").mkdir()
    shutil.copy2(ROOT / "scripts" / "setup.py", tmp_path / "scripts")
    (tmp_path / "bin").mkdir()
    return tmp_path


def _install(machine: Path, **programs: str) -> None:
    for name, script in programs.items():
        program = machine / "bin" / name.replace("_", "-")
        program.write_text(script)
        program.chmod(0o755)


def _set_up(machine: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, machine / "scripts" / "setup.py"],
        env={"PATH": str(machine / "bin"), "HOME": str(machine)},
        capture_output=True,
        text=True,
    )


def test_fails_and_names_all_that_is_missing_where_there_is_no_apt(machine: Path) -> None:
    result = _set_up(machine)
    assert result.returncode == 1
    assert "a JDK 17 or newer (java and javac) is needed, none was found" in result.stdout
    assert "Maven (mvn) is needed" in result.stdout
    assert "install a JDK 17 or newer, Maven" in result.stderr
    assert "Traceback" not in result.stderr
    assert not (machine / ".venv").exists()


def test_fails_on_an_old_compiler(machine: Path) -> None:
    _install(machine, java=NOTHING, javac="#!/bin/sh\necho javac 11.0.2\n", mvn=NOTHING)
    result = _set_up(machine)
    assert result.returncode == 1
    assert "a JDK 17 or newer (java and javac) is needed, this is 11" in result.stdout
    assert "Maven" not in result.stdout


def test_installs_with_apt_as_root_after_saying_so_or_prints_the_command(machine: Path) -> None:
    _install(machine, apt_get=f'#!/bin/sh\necho "$@" >> {machine}/apt\n')
    result = _set_up(machine)
    assert result.returncode == 1
    command = "install -y --no-install-recommends default-jdk-headless maven"
    if os.geteuid() == 0:
        assert "installing default-jdk-headless maven with apt, as root" in result.stdout
        assert (machine / "apt").read_text() == f"update\n{command}\n"
        # This apt installs nothing, and set-up looks again rather than trust it.
        assert "is needed" in result.stderr
    else:
        assert f"sudo apt-get {command}" in result.stderr
        assert not (machine / "apt").exists()


def test_fails_with_the_output_of_the_step_that_failed(machine: Path) -> None:
    _install(
        machine,
        java=NOTHING,
        javac="#!/bin/sh\necho javac 17.0.15\n",
        mvn=NOTHING,
    )
    # There is no requirements-dev.txt in this folder, so pip says so.
    result = _set_up(machine)
    assert result.returncode == 1
    assert "this failed:" in result.stderr
    assert "requirements-dev.txt" in result.stderr
    assert "setup.log" in result.stderr
    assert "Traceback" not in result.stderr


def test_the_aws_cli_is_installed_again_only_when_its_pins_change(
    machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    setup = _module(machine)
    pins, product = machine / "requirements-aws-cli.txt", setup.AWS_CLI / "bin" / "aws"
    commands: list[list[str]] = []

    def run(command: list[str]) -> None:
        commands.append(command)
        product.parent.mkdir(parents=True, exist_ok=True)
        product.touch()

    monkeypatch.setattr(setup, "_run", run)

    def install(pinned: str) -> int:
        """Return how many commands set-up runs where the file pins *pinned*."""
        pins.write_text(pinned)
        before = len(commands)
        setup._step("AWS CLI", setup._aws_cli, setup._inputs(pins.name), product)
        return len(commands) - before

    assert install("awscli==1.0\n") == 2
    assert install("awscli==1.0\n") == 0
    assert install("awscli==1.1\n") == 2
    product.unlink()
    assert install("awscli==1.1\n") == 2
    # Into an environment of its own, never into that of the project.
    assert commands[0] == [sys.executable, "-m", "venv", "--clear", str(setup.AWS_CLI)]
    assert commands[1][0] == str(setup.AWS_CLI / "bin" / "python")
    assert commands[1][-2:] == ["-r", pins.name]


def test_every_package_of_the_aws_cli_is_pinned_to_one_version() -> None:
    lines = (ROOT / "requirements-aws-cli.txt").read_text().splitlines()
    pins = [line for line in lines if not line.startswith("#")]
    assert [line for line in pins if not re.fullmatch(r"[\w.-]+==[\d.]+(\.post\d+)?", line)] == []
    assert any(line.startswith("awscli==1.") for line in pins)


def _module(machine: Path) -> Any:
    """Import the script of *machine*, whose folders are then that machine's."""
    spec = importlib.util.spec_from_file_location("setup", machine / "scripts" / "setup.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.HOME.mkdir()
    return module
