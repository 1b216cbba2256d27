"""Reads the catalogue's JSON files, which travel inside the package."""

import json
from importlib.resources import files
from typing import Any


def read_records(name: str) -> Any:
    """Return what the file *name* in `data/` holds."""
    return json.loads(files("lmi.catalog").joinpath("data", name).read_text(encoding="ascii"))
