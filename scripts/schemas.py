"""
Rewrite schemas/*.schema.json from the sections that read the files: `python scripts/schemas.py`.

Editors complete and check with them (the first line of each file names its schema). A schema
refuses only what the reader refuses; the reader also refuses what no schema can say.
"""

import json
import os
from pathlib import Path
from typing import Any

from lmi.artifact.manifest import Manifest
from lmi.catalog import images
from lmi.environment.model import EnvironmentFile
from lmi.environment.rule import EMULATED_ACCOUNT
from lmi.yaml_file.json_schema import json_schema
from lmi.yaml_file.section import Section

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
    schema = _titled("An environment of cdk-lmi", EnvironmentFile)
    schema["if"] = {"properties": {"target": {"const": "local"}}, "required": ["target"]}
    schema["then"] = {
        "properties": {"account": {"const": EMULATED_ACCOUNT}},
        "required": ["account", "region"],
    }
    return schema


def _artifact_schema() -> dict[str, Any]:
    schema = _titled("An artifact.yaml of cdk-lmi", Manifest)
    schema["properties"]["image"]["enum"] = [image.tag for image in reversed(images())]
    schema["not"] = {"required": ["model", "config"]}
    return schema


def _titled(title: str, section: type[Section]) -> dict[str, Any]:
    draft = "https://json-schema.org/draft/2020-12/schema"
    return {"$schema": draft, "title": title, **json_schema(section)}


if __name__ == "__main__":
    main()
