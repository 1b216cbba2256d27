"""The JSON Schema of a section, for editors. No file is read with it."""

import inspect
from typing import Any

from lmi.yaml_file.description import descriptions
from lmi.yaml_file.section import Section
from lmi.yaml_file.shape import Shape, is_required, shapes_of

_TYPES = {str: "string", int: "integer", bool: "boolean"}


def json_schema(section: type[Section]) -> dict[str, Any]:
    """Return the schema of a file that is *section*; the sections in it stand below ``$defs``."""
    definitions: dict[str, dict[str, Any]] = {}
    schema = _of_section(section, definitions)
    return {"$defs": dict(sorted(definitions.items())), **schema}


def _of_section(section: type[Section], definitions: dict[str, dict[str, Any]]) -> dict[str, Any]:
    shapes = shapes_of(section)
    required = [key for key in shapes if is_required(section, key)]
    return {
        "additionalProperties": False,
        "description": " ".join(inspect.cleandoc(section.__doc__ or "").split()),
        "properties": {key: _of_key(section, key, definitions) for key in shapes},
        **({"required": required} if required else {}),
        "type": "object",
    }


def _of_key(
    section: type[Section], key: str, definitions: dict[str, dict[str, Any]]
) -> dict[str, Any]:
    schema = _of(shapes_of(section)[key], definitions)
    if description := descriptions(section).get(key):
        schema["description"] = description
    default = vars(section).get(key)
    if isinstance(default, str | int):
        schema["default"] = default
    return dict(sorted(schema.items()))


def _of(shape: Shape, definitions: dict[str, dict[str, Any]]) -> dict[str, Any]:
    schema = _of_kind(shape, definitions)
    for constraint in shape.constraints:
        schema |= constraint.json_schema()
    return dict(sorted(schema.items()))


def _of_kind(shape: Shape, definitions: dict[str, dict[str, Any]]) -> dict[str, Any]:
    if issubclass(shape.kind, Section):
        name = shape.kind.__name__
        if name not in definitions:
            definitions[name] = _of_section(shape.kind, definitions)
        return {"$ref": f"#/$defs/{name}"}
    if shape.choices:
        return {"type": "string", "enum": list(shape.choices)}
    if shape.kind in _TYPES:
        return {"type": _TYPES[shape.kind]}
    assert shape.entry is not None  # noqa: S101 -- lists and mappings are left
    entry = _of(shape.entry, definitions)
    if shape.key is None:
        return {"type": "array", "items": entry}
    names = _of(shape.key, definitions)
    del names["type"]
    pattern = names.pop("pattern", None)
    values: dict[str, Any] = {"additionalProperties": entry}
    if pattern is not None:
        values = {"additionalProperties": False, "patternProperties": {pattern: entry}}
    return {"type": "object", **values, **({"propertyNames": names} if names else {})}
