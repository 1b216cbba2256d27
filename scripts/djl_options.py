"""
Compare the option tables with DJL Serving's typed fields: `python -m scripts.djl_options GIT_DIR`.

GIT_DIR is a clone of https://github.com/deepjavalibrary/djl-serving with its release branches. From
0.25.0 on the handlers declare their options as pydantic classes in properties_manager; every field
must be in our tables for its version and handler with the parser of its annotation, and every row
that names one of those files must have its field there. What the handlers read without a field, and
what the server reads, is kept by hand. Prints one difference a line and exits 1 if there are any.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from lmi.catalog.version import version_numbers
from lmi.properties.option import OptionUse
from lmi.properties.option_data import VERSIONS, uses_by_key

FOLDER = "engines/python/setup/djl_python/properties_manager"

HANDLERS = {
    "Properties": "any",
    "HuggingFaceProperties": "huggingface",
    "DeepSpeedProperties": "deepspeed",
    "TransformerNeuronXProperties": "transformers_neuronx",
    "StableDiffusionNeuronXProperties": "stable_diffusion_inf2",
    "LmiDistRbProperties": "lmi-dist",
    "SchedulerRbProperties": "scheduler",
    "VllmRbProperties": "vllm",
    "TensorRtLlmProperties": "tensorrt_llm",
}
"""The handler of each class."""

NOT_OPTIONS = {
    "model_id_or_path": "made of model_id and model_dir",
    "kwargs": "collected by the class",
    "torch_dtype": "computed",
    "is_mpi": "computed",
    "device": "computed, except by vLLM's class",
    "engine": "a key of the server, without option.",
    "batch_size": "the server's batch_size; only Neuron's handler looks at option.batch_size",
    "ds_config": "under its alias deepspeed_config_path",
}

ELSEWHERE = frozenset(
    ("tensor_parallel_degree", "mpi_mode", "model_dir", "speculative_draft_model")
)
"""Fields that the engine reads first; their rows are the engine's."""

UNREACHABLE = {"LmiDistRbProperties": ("0.33.0", "0.34.0"), "TensorRtLlmProperties": ("0.34.0",)}
"""Classes left in the source of versions whose server or images no longer lead to them."""

KINDS = {"int": "integer", "bool": "boolean", "float": "number"}
"""Ends of the names of the parsers of a field, by its annotation without Optional."""

Fields = Mapping[str, Mapping[str, str]]
"""Annotations of the fields of each class, by the fields' names."""


def main(arguments: list[str]) -> None:
    """Print every difference between the tables and the clone."""
    if len(arguments) != 1 or not Path(arguments[0]).is_dir():
        sys.exit("usage: python -m scripts.djl_options GIT_DIR")
    found = [
        difference
        for version in VERSIONS
        for difference in differences(version, _fields_of(Path(arguments[0]), version))
    ]
    for difference in found:
        print(difference)
    print(f"{len(found)} differences")
    sys.exit(1 if found else 0)


def differences(version: str, fields: Fields) -> Iterator[str]:
    """Yield what the tables lack of the *fields* of a DJL Serving *version*, and have too much."""
    for owner, names in sorted(fields.items()):
        if version in UNREACHABLE.get(owner, ()) or owner not in HANDLERS:
            continue
        for name in sorted(names.keys() - NOT_OPTIONS.keys() - ELSEWHERE):
            uses = _readers(name, HANDLERS[owner], version)
            if not uses:
                yield f"{version}: {owner}.{name} is in no table"
            kind = KINDS.get(names[name].removeprefix("Optional[").removesuffix("]"))
            pydantic = "pydantic1" if version_numbers(version) < (0, 28, 0) else "pydantic"
            for use in uses:
                if kind is not None and use.parser not in (f"{pydantic}-{kind}", f"java-{kind}"):
                    yield f"{version}: {owner}.{name} is {names[name]}, not {use.parser}"
    declared = {name for names in fields.values() for name in names}
    for use in _typed(version):
        name = use.key.removeprefix("option.")
        if fields and name not in declared and name not in _aliases():
            yield f"{version}: {use.key} of {', '.join(use.handlers)} is no field"


def class_fields(source: str) -> dict[str, dict[str, str]]:
    """Return the annotation of each annotated field of each class in *source*."""
    return {
        node.name: {
            ast.unparse(part.target): ast.unparse(part.annotation)
            for part in node.body
            if isinstance(part, ast.AnnAssign)
        }
        for node in ast.parse(source).body
        if isinstance(node, ast.ClassDef)
    }


def _readers(name: str, handler: str, version: str) -> list[OptionUse]:
    here = [use for use in uses_by_key().get(f"option.{name}", ()) if use.applies_to(version)]
    return [use for use in here if handler == "any" or {handler, "any"} & {*use.handlers}]


def _typed(version: str) -> Iterator[OptionUse]:
    for uses in uses_by_key().values():
        for use in uses:
            dormant = version == "0.34.0" and "tensorrt_llm" in use.handlers
            if use.applies_to(version) and use.source.startswith(FOLDER) and not dormant:
                yield use


def _aliases() -> frozenset[str]:
    """Names that a class takes without a field called so."""
    return frozenset(
        (
            *("deepspeed_config_path", "quantization", "max_num_batched_tokens", "cpu_offload_gb"),
            *("tensor_parallel_size", "pipeline_parallel_size", "max_num_seqs"),
            *("enable_block_reuse", "max_tokens", "max_attention_window", "sink_token_length"),
            *("free_gpu_memory_fraction", "host_cache_size", "onboard_blocks"),
            *("cross_kv_cache_fraction", "secondary_offload_min_priority", "event_buffer_max_size"),
            *("enable_overlap_scheduler", "kv_cache_dtype", "attn_backend", "use_cuda_graph"),
            *("moe_backend", "data_type"),
        )
    )


def _fields_of(clone: Path, version: str) -> dict[str, dict[str, str]]:
    """Return the fields of each class on the newest release branch of *version*."""
    listed = _git(clone, "for-each-ref", "--format=%(refname)", f"refs/**/{version}*-dlc").split()
    if not listed:
        sys.exit(f"{clone}: has no branch {version}-dlc")
    branch = sorted(listed)[-1]
    fields: dict[str, dict[str, str]] = {}
    for path in _git(clone, "ls-tree", "--name-only", branch, f"{FOLDER}/").split():
        if path.endswith("_properties.py") or path.endswith("/properties.py"):
            fields.update(class_fields(_git(clone, "show", f"{branch}:{path}")))
    return fields


def _git(clone: Path, *arguments: str) -> str:
    command = ["git", "-C", str(clone), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


if __name__ == "__main__":
    main(sys.argv[1:])
