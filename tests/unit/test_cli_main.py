"""The command group: light to load, honest about its commands."""

import importlib
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from lmi.cli import COMMANDS, main

ROOT = Path(__file__).resolve().parent.parent.parent

HEAVY = ("yaml", "pydantic", "rich", "boto3", "botocore", "moto", "aws_cdk", "isal")


def test_help_loads_no_command_and_nothing_heavy() -> None:
    code = (
        "import sys\n"
        "from click.testing import CliRunner\n"
        "import lmi.cli\n"
        "result = CliRunner().invoke(lmi.cli.main, ['--help'])\n"
        "assert result.exit_code == 0, result.output\n"
        f"heavy = [name for name in {HEAVY!r} if name in sys.modules]\n"
        "ours = [m for m in sys.modules if m.startswith('lmi.') and m not in"
        " ('lmi.cli', 'lmi.errors')]\n"
        "sys.exit(repr(heavy + ours) if heavy or ours else 0)\n"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr


def test_no_command_loads_the_cdk() -> None:
    code = (
        "import importlib, sys\n"
        f"for name in {sorted(COMMANDS)!r}: importlib.import_module(f'lmi.cli.{{name}}')\n"
        "sys.exit('aws_cdk' in sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_has_the_help_of_the_table_and_an_example(name: str) -> None:
    command: click.Command = importlib.import_module(f"lmi.cli.{name}").command
    assert command.name == name
    assert command.get_short_help_str(limit=200) == COMMANDS[name]
    assert f"lmi {name}" in (command.help or "").partition("Example")[2]


def test_every_module_of_the_package_is_a_command() -> None:
    modules = {path.stem for path in (ROOT / "constructs/lmi/cli").glob("*.py")} - {"__init__"}
    assert modules == set(COMMANDS)


def test_fails_on_an_unknown_command_with_exit_code_2() -> None:
    result = CliRunner().invoke(main, ["predikt"])
    assert result.exit_code == 2
    assert "No such command 'predikt'" in result.output
