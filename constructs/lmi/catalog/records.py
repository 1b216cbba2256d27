"""Reads and writes the catalogue's JSON files, which travel inside the package."""

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

# Not importlib.resources: it is for zipped packages too, and loads tempfile, random and shutil.
_DATA = Path(__file__).parent / "data"


def read_records(name: str) -> Any:
    """Return what the file *name* in `data/` holds."""
    return json.loads((_DATA / name).read_text(encoding="ascii"))


def data_folder() -> Path:
    """Return the folder `data/` of the installed package."""
    return _DATA


def document(facts: Mapping[str, object], tables: Mapping[str, Iterable[object]]) -> str:
    """Return the text of a file: *facts*, then *tables* with one row a line, so that diffs read."""
    parts = [f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in facts.items()]
    for key, rows in tables.items():
        lines = ",\n".join(f"    {json.dumps(row)}" for row in rows)
        parts.append(f"  {json.dumps(key)}: [\n{lines}\n  ]")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def replace_file(path: Path, text: str) -> None:
    """Write *text* to *path*, whole or not at all. Raises OSError."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        temporary.write_text(text, encoding="ascii")
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
