"""
Rewrite schemas/*.schema.json from the models that read the files: `python scripts/schemas.py`.

Editors complete and check with them (the first line of each file names its schema). A schema
refuses only what the reader refuses; the reader also refuses what no schema can say.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lmi.artifact.manifest import Manifest
from lmi.catalog import images
from lmi.environment.model import EnvironmentFile
from lmi.environment.rule import EMULATED_ACCOUNT

FOLDER = Path(__file__).resolve().parent.parent / "schemas"


def main() -> None:
    """Write both files."""
    for name, text in generated().items():
        temporary = FOLDER / f".{name}.new"
        temporary.write_text(text, encoding="utf-8")
        os.replace(temporary, FOLDER / name)
        print(f"wrote {FOLDER.name}/{name}")


def generated() -> dict[str, str]:
    """Return the text of each schema by its file name."""
    schemas = {
        "artifact.schema.json": _artifact_schema(),
        "environment.schema.json": _environment_schema(),
    }
    return {
        name: json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
        for name, schema in schemas.items()
    }


def _environment_schema() -> dict[str, Any]:
    schema = _tidy(EnvironmentFile.model_json_schema(), title="An environment of cdk-lmi")
    schema["if"] = {"properties": {"target": {"const": "local"}}, "required": ["target"]}
    schema["then"] = {
        "properties": {"account": {"const": EMULATED_ACCOUNT}},
        "required": ["account", "region"],
    }
    return schema


def _artifact_schema() -> dict[str, Any]:
    schema = _tidy(Manifest.model_json_schema(), title="An artifact.yaml of cdk-lmi")
    schema["properties"]["image"]["enum"] = [image.tag for image in reversed(images())]
    schema["not"] = {"required": ["model", "config"]}
    return schema


def _tidy(schema: dict[str, Any], *, title: str) -> dict[str, Any]:
    """Name the draft, drop what only repeats the keys, and close every mapping by pattern."""
    for part in _parts(schema):
        part.pop("title", None)
        if "description" in part:
            part["description"] = " ".join(part["description"].split())
        if part.get("default") in (None, {}, []) or isinstance(part.get("default"), dict):
            part.pop("default", None)
        if "patternProperties" in part:
            part["additionalProperties"] = False
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": title, **schema}


def _parts(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield *schema* and every schema in it."""
    yield schema
    for keyword in ("$defs", "properties", "patternProperties"):
        for part in schema.get(keyword, {}).values():
            yield from _parts(part)
    for keyword in ("items", "additionalProperties"):
        if isinstance(schema.get(keyword), dict):
            yield from _parts(schema[keyword])
    for part in schema.get("anyOf", []):
        yield from _parts(part)


if __name__ == "__main__":
    main()
