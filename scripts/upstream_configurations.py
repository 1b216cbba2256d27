"""
Check the configurations of DJL Serving's own integration tests: they load, so no rule may refuse.

    python scripts/upstream_configurations.py CHECKOUT --branch 0.25.0-dlc
    python scripts/upstream_configurations.py CHECKOUT --branch 0.27.0-dlc --edits 500 --seed 0

CHECKOUT is a git repository of https://github.com/deepjavalibrary/djl-serving, bare or not. What is
read from it is tests/integration/llm/prepare.py: its tables, and what its builders add to them.
Nothing of it is kept.
"""

import argparse
import ast
import builtins
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from lmi import catalog
from lmi.catalog.version import version_numbers
from scripts.seeded_edits import Configuration, edits

BRANCHES = ("0.21.0-dlc", "0.23.0-dlc", "0.25.0-dlc", "0.27.0-dlc", "0.30.0-dlc")
_FOLDER = "tests/integration"

_HARMLESS = ("ValueError", "bool", "dict", "enumerate", "float", "int", "len", "list", "range")
_MORE_HARMLESS = ("sorted", "str", "tuple", "zip", "isinstance")

_FAMILIES = {
    "transformers_neuronx": "neuronx",
    "neuronx": "neuronx",
    "trtllm": "tensorrtllm",
    "fastertransformer": "fastertransformer",
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Print what the rules say."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("checkout", type=Path)
    parser.add_argument("--branch", action="append", help=f"default: {', '.join(BRANCHES)}")
    parser.add_argument("--edits", type=int, metavar="N", help="make N mistakes instead")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--numbers", action="store_true", help="print no details")
    chosen = parser.parse_args(arguments)
    branches = chosen.branch or list(BRANCHES)
    found = [each for branch in branches for each in configurations(chosen.checkout, branch)]
    if chosen.edits:
        _print_edits(found, chosen.edits, chosen.seed, numbers_only=chosen.numbers)
    else:
        _print_findings(found, numbers_only=chosen.numbers)


def _print_findings(found: Sequence[Configuration], *, numbers_only: bool) -> None:
    errors, warnings, marked = 0, 0, 0
    by_rule: Counter[tuple[str, str, str]] = Counter()
    for configuration in found:
        findings = [each for each in configuration.findings() if each.severity != "info"]
        marked += bool(findings)
        for finding in findings:
            errors += finding.severity == "error"
            warnings += finding.severity == "warning"
            by_rule[finding.severity, finding.rule, finding.key or ""] += 1
            if not numbers_only:
                print(
                    f"{configuration.name}: {finding.severity}: {finding.message} "
                    f"[{finding.rule}; {finding.source}]"
                )
    if not numbers_only:
        for (severity, rule, key), count in sorted(by_rule.items()):
            print(f"{count:5} {severity} {rule} {key}")
    print(
        f"{len(found)} configurations: {errors} errors, {warnings} warnings in {marked} of them, "
        f"{warnings / max(1, len(found)):.3f} warnings each"
    )


def _print_edits(
    found: Sequence[Configuration], count: int, seed: int, *, numbers_only: bool
) -> None:
    made: Counter[str] = Counter()
    missed: Counter[str] = Counter()
    for edit in edits(found, count, seed):
        made[edit.kind] += 1
        if not edit.is_noticed():
            missed[edit.kind] += 1
            if not numbers_only:
                print(f"missed: {edit.shown}")
    for kind, number in made.items():
        print(f"{number - missed[kind]:4} of {number:4} {kind}")
    noticed = count - missed.total()
    print(f"{noticed} of {count} noticed, {100 * noticed / count:.1f} %")


def configurations(checkout: Path, branch: str) -> Iterator[Configuration]:
    """Yield what the tests of *branch* deploy, each with the image that it is deployed in."""
    source = _show(checkout, branch, f"{_FOLDER}/llm/prepare.py")
    tree = ast.parse(source)
    for handler, builder, table in _builders(tree):
        for model in table:
            recorder = _Recorder(checkout, branch)
            try:
                recorder.run(tree)[builder](model)
            except (ValueError, KeyError):
                # A benchmark of an engine that its command line names.
                recorder.run(tree, engine="huggingface")[builder](model)
            image = _image(branch.removesuffix("-dlc"), f"{handler} {model}")
            if image is None or not recorder.names_model:
                continue
            yield Configuration(
                name=f"{branch} {handler} {model}",
                image=image,
                lines=tuple(f"{key}={value}" for key, value in recorder.properties.items()),
                files=tuple(recorder.files.items()),
            )


def _builders(tree: ast.Module) -> Iterator[tuple[str, str, list[str]]]:
    """Yield the tests' handlers: name, function, and the models in its table."""
    tables: dict[str, list[str]] = {}
    functions: dict[str, ast.FunctionDef] = {}
    handlers: dict[str, str] = {}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            functions[node.name] = node
        if not isinstance(node, ast.Assign) or not isinstance(node.value, ast.Dict):
            continue
        target = node.targets[0]
        name = target.id if isinstance(target, ast.Name) else ""
        keys = [key.value for key in node.value.keys if isinstance(key, ast.Constant)]
        tables[name] = [key for key in keys if isinstance(key, str)]
        if name == "supported_handler":
            values = [value.id for value in node.value.values if isinstance(value, ast.Name)]
            handlers = dict(zip(tables[name], values, strict=True))
    for handler, function in handlers.items():
        used = [
            node.value.id
            for node in ast.walk(functions[function])
            if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name)
        ]
        yield handler, function, next((tables[name] for name in used if name in tables), [])


class _Recorder:
    """Runs the builders with nothing to write to but this."""

    def __init__(self, checkout: Path, branch: str) -> None:
        self.properties: dict[str, object] = {}
        self.files: dict[str, str] = {}
        self._checkout, self._branch = checkout, branch

    @property
    def names_model(self) -> bool:
        """Whether there is anything to load: one benchmark gets its model elsewhere."""
        return bool(self.files or {"option.model_id", "option.s3url"}.intersection(self.properties))

    def run(self, tree: ast.Module, engine: str | None = None) -> dict[str, Any]:
        """Return the functions of prepare.py, with what they write with in this one's hands."""
        kept: list[ast.stmt] = [
            node
            for node in tree.body
            if isinstance(node, ast.FunctionDef)
            or (isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict))
        ]
        names: dict[str, Any] = {
            "__builtins__": {
                name: getattr(builtins, name) for name in (*_HARMLESS, *_MORE_HARMLESS)
            },
            "shutil": SimpleNamespace(copyfile=self._copy),
            "args": SimpleNamespace(engine=engine, dtype="fp16", tensor_parallel=4),
        }
        module = ast.Module(body=kept, type_ignores=[])
        exec(compile(module, "prepare.py", "exec"), names)  # noqa: S102 -- names that touch nothing
        names["write_properties"] = names["write_model_artifacts"] = self._write
        names["create_neo_input_model"] = self._write_downloaded
        return names

    def _write(self, properties: dict[str, object], *_: object, **__: object) -> None:
        self.properties = dict(properties)

    def _write_downloaded(self, properties: dict[str, object]) -> None:
        self.properties = {
            key: value for key, value in properties.items() if key != "option.model_id"
        }
        self.files["config.json"] = "{}"

    def _copy(self, source: str, target: str) -> None:
        text = _show(self._checkout, self._branch, f"{_FOLDER}/{source}")
        self.files[target.rpartition("/")[2]] = text


def _image(version: str, name: str) -> str | None:
    """Return the tag of the image that a test is for; None: it was not published."""
    wanted = next((family for word, family in _FAMILIES.items() if word in name), None)
    if wanted is None:
        wanted = "deepspeed" if version_numbers(version) < (0, 28) else "lmi"
    found = [
        each.tag
        for each in catalog.images()
        if each.djl_version == version and each.framework_key == f"djl-{wanted}"
    ]
    return found[-1] if found else None


def _show(checkout: Path, branch: str, path: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(checkout), "show", f"{branch}:{path}"],
        capture_output=True,
        check=False,
        text=True,
    )
    if done.returncode:
        sys.exit(f"{checkout}: {done.stderr.strip()}")
    return done.stdout


if __name__ == "__main__":
    main()
