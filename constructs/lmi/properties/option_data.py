"""Reads the option tables in `data/`, which travel inside the package."""

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from lmi.catalog.version import version_numbers
from lmi.properties.option import OptionUse

# Not importlib.resources: it loads tempfile, random and zipfile.
_DATA = Path(__file__).parent / "data"

TABLES = ("server.json", "handlers.json", "rolling_batch.json", "neuron.json", "tensorrt_llm.json")

VERSIONS = (
    "0.19.0",
    "0.20.0",
    "0.21.0",
    "0.22.1",
    "0.23.0",
    "0.24.0",
    "0.25.0",
    "0.26.0",
    "0.27.0",
    "0.28.0",
    "0.29.0",
    "0.30.0",
    "0.31.0",
    "0.32.0",
    "0.33.0",
    "0.34.0",
    "0.35.0",
    "0.35.1",
    "0.36.0",
)
"""DJL Serving releases that the tables were read from: the branches ``<version>-dlc`` of
https://github.com/deepjavalibrary/djl-serving."""

_DEFAULTS: MappingProxyType[str, Any] = MappingProxyType(
    {
        "engines": ["*"],
        "until": None,
        "since_lmi": None,
        "unit": None,
        "values": None,
        "known_values": None,
        "case_sensitive": True,
        "minimum": None,
        "maximum": None,
        "bounds_are_checked": False,
        "default": None,
        "environment_variable": None,
        "deprecated_since": None,
        "replaced_by": None,
        "conflicts": [],
        "scope": "serving.properties",
        "refusal": "fails",
        "set_by_server": False,
        "passed_through": False,
        "confidence": "source",
        "note": None,
    }
)


def read_data(name: str) -> Any:
    """Return what the file *name* in `data/` holds."""
    return json.loads((_DATA / name).read_text(encoding="ascii"))


@lru_cache(maxsize=1)
def uses_by_key() -> MappingProxyType[str, tuple[OptionUse, ...]]:
    """Return every use of every key, oldest first."""
    found: dict[str, list[OptionUse]] = {}
    for table in TABLES:
        for row in read_data(table)["options"]:
            for use in _uses(row):
                found.setdefault(use.key, []).append(use)
    return MappingProxyType({key: tuple(sorted(found[key], key=_order)) for key in sorted(found)})


def _uses(row: dict[str, Any]) -> Iterator[OptionUse]:
    """
    Yield one use for each stretch of versions in which nothing about the key changes.

    A row's `changes` name the version from which on some of its fields are different.
    """
    fields = {**_DEFAULTS, **row}
    changes = fields.pop("changes", [])
    last = fields["until"]
    for change in changes:
        yield use_of({**fields, "until": version_before(change["since"])})
        fields = {**fields, **change}
    yield use_of({**fields, "until": last})


def use_of(fields: Mapping[str, Any]) -> OptionUse:
    """Return the use with these *fields*; what is left out is as the tables mean it."""
    lists = ("handlers", "engines", "conflicts", "values", "known_values")
    complete: dict[str, Any] = {**_DEFAULTS, **fields}
    for name in lists:
        if complete[name] is not None:
            complete[name] = tuple(complete[name])
    return OptionUse(**complete)


def version_before(version: str) -> str:
    """Return the release before *version*, one of `VERSIONS`."""
    return VERSIONS[VERSIONS.index(version) - 1]


def _order(use: OptionUse) -> tuple[tuple[int, ...], tuple[str, ...]]:
    return version_numbers(use.since), use.handlers
