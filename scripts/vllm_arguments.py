"""
Rebuild the table of vLLM's arguments: `python -m scripts.vllm_arguments VERSION=FOLDER ...`.

FOLDER is the unpacked source of that vLLM version: a git checkout, an sdist or a wheel from PyPI.
DJL Serving hands an option on to vLLM if its name is an annotation of EngineArgs, so that class is
read, and the command line that it builds decides what a value must look like. Nothing of vLLM is
imported: all is read from the syntax tree. What could not be read is printed at the end.

Writes vllm_arguments.json below constructs/lmi/properties/data: one row for each stretch of the
given versions in which an argument stays the same.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from scripts.vllm_source import Argument, Source

DATA = Path(__file__).resolve().parent.parent / "constructs" / "lmi" / "properties" / "data"

INFERRED = {"0.23.1": ("0.23.0", "0.24.0")}
"""Versions that PyPI lacks, with those before and after: what both take, they take."""


def main(arguments: Sequence[str]) -> None:
    """Read every VERSION=FOLDER and write the table."""
    folders = dict(_version_and_folder(argument) for argument in arguments)
    if not folders:
        sys.exit("usage: python -m scripts.vllm_arguments VERSION=FOLDER ...")
    versions = sorted(folders, key=_numbers)
    sources = {version: Source(folders[version]) for version in versions}
    target = DATA / "vllm_arguments.json"
    temporary = DATA / ".vllm_arguments.json.new"
    temporary.write_text(_document(versions, sources), encoding="ascii")
    os.replace(temporary, target)
    print(f"wrote {target}")
    for version in versions:
        for problem in sources[version].unread:
            print(f"not read: vllm {version}: {problem}")


def _version_and_folder(argument: str) -> tuple[str, Path]:
    version, equals, folder = argument.partition("=")
    path = Path(folder)
    if not equals or not (path / "vllm" / "engine" / "arg_utils.py").is_file():
        sys.exit(f"{argument}: must be VERSION=FOLDER with vllm/engine/arg_utils.py in the folder")
    return version, path


def _numbers(version: str) -> tuple[tuple[int, str], ...]:
    parts = version.split(".")
    return tuple((int(part), "") if part.isdigit() else (-1, part) for part in parts)


def _document(versions: Sequence[str], sources: dict[str, Source]) -> str:
    about = (
        "Fields of vLLM's EngineArgs, with what its command line takes for them, per vLLM version. "
        "From vllm/engine/arg_utils.py and vllm/config of https://github.com/vllm-project/vllm, by "
        "scripts/vllm_arguments.py. A row holds for the listed versions from since to until."
    )
    inferred = {
        version: around
        for version, around in INFERRED.items()
        if version not in sources and all(known in sources for known in around)
    }
    rows = ",\n".join(f"    {json.dumps(row)}" for row in _rows(versions, sources))
    return (
        "{\n"
        f'  "about": {json.dumps(about)},\n'
        f'  "versions": {json.dumps(list(versions))},\n'
        f'  "inferred": {json.dumps(inferred)},\n'
        f'  "arguments": [\n{rows}\n  ]\n'
        "}\n"
    )


def _rows(versions: Sequence[str], sources: dict[str, Source]) -> Iterator[dict[str, Any]]:
    names = sorted({name for source in sources.values() for name in source.arguments})
    for name in names:
        row: dict[str, Any] | None = None
        found: Argument | None = None
        for version in versions:
            argument = sources[version].arguments.get(name)
            if argument != found:
                if row is not None:
                    yield row
                row = None if argument is None else {**argument.fields(), "since": version}
                found = argument
            if row is not None:
                row["until"] = version
        if row is not None:
            yield row


if __name__ == "__main__":
    main(sys.argv[1:])
