"""Which files of a Hugging Face folder are mirrored, and why the others are not."""

import fnmatch
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from lmi.artifact.folder import FoundFile, LeftOut, read_folder
from lmi.artifact.member import Member
from lmi.errors import ArtifactError, ConfigError, Problem
from lmi.regular_file import read_regular_file

WEIGHTS = "*.safetensors"
INDEX = "*.safetensors.index.json"

DEFAULT = (
    WEIGHTS,
    "*.json",
    "*.jinja",
    "*.model",
    "*.tiktoken",
    "vocab.txt",
    "merges.txt",
    "LICENSE*",
    "NOTICE*",
)
"""
Weights, configuration, tokenizer, generation configuration and chat template, by their names on the
Hugging Face Hub; and the licence, whose terms often are that it stays with the weights.
"""

_REASONS = {
    "*.bin": "a pickle, which can run code when it is loaded",
    "*.pt": "a pickle, which can run code when it is loaded",
    "*.pth": "a pickle, which can run code when it is loaded",
    "*.ckpt": "a pickle, which can run code when it is loaded",
    "*.pkl": "a pickle, which can run code when it is loaded",
    "*.gguf": "weights in the format of llama.cpp",
    "*.h5": "weights of another framework",
    "*.msgpack": "weights of another framework",
    "*.onnx": "weights of another framework",
    "*.onnx_data": "weights of another framework",
    "*.tflite": "weights of another framework",
    "*.ot": "weights of another framework",
    "serving.properties": "part of an artifact, which `lmi mirror ENV/ENDPOINT` mirrors whole",
    "*.py": "code, which a handler runs only with option.trust_remote_code",
}
_WEIGHT_ENDS = tuple(
    pattern[1:] for pattern in _REASONS if pattern.startswith("*.") and pattern != "*.py"
)
_OTHERWISE = "neither weights nor configuration, tokenizer or chat template"

MOST_NAME_BYTES = 255
MOST_KEY_BYTES = 1024


@dataclass(frozen=True, kw_only=True, slots=True)
class Selection:
    """What of a folder is mirrored."""

    members: tuple[Member, ...]
    """Sorted by path."""
    left_out: tuple[LeftOut, ...]
    """Sorted by name."""


def select(folder: Path, include: Sequence[str] = ()) -> Selection:
    """
    Return the files of *folder* that go into S3; links are followed as in an artifact.

    Args:
        folder: a model as the Hugging Face Hub has it, or a snapshot of its cache.
        include: patterns of names or paths that go in too. Default: only `DEFAULT`.

    Raises:
        ArtifactError: there is nothing to send, a file cannot be sent, or a shard is missing.
        ConfigError: a pattern fits no file.
    """
    if not folder.is_dir():
        what = "is not a folder" if folder.exists() else "there is no such folder"
        raise ArtifactError(f"{folder}: {what}")
    contents = read_folder(folder)
    for pattern in include:
        if not any(_fits(file.name, pattern) for file in contents.files):
            raise ConfigError(f"--include {pattern!r} fits no file of {folder}")
    wanted = [file for file in contents.files if _any_fits(file.name, (*DEFAULT, *include))]
    others = [file for file in contents.files if not _any_fits(file.name, (*DEFAULT, *include))]
    problems = [
        *contents.problems,
        *(problem for file in wanted for problem in unfit_for_s3(file.name)),
        *_missing_shards(folder, wanted),
    ]
    if problems:
        raise ArtifactError(*problems)
    if not include and not any(_fits(file.name, WEIGHTS) for file in wanted):
        raise ArtifactError(_nothing(folder, others))
    members = [Member.from_file(file.source, file.name, file.status) for file in wanted]
    left_out = [*contents.left_out, *(LeftOut(name=f.name, reason=_reason(f)) for f in others)]
    return Selection(
        members=tuple(sorted(members, key=lambda member: member.path)),
        left_out=tuple(sorted(left_out, key=lambda each: each.name)),
    )


def unfit_for_s3(path: str, prefix: str = "") -> Iterator[Problem]:
    """
    Yield why SageMaker could not load an object of the name *path* below *prefix*.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_S3ModelDataSource.html
    """
    for name in path.split("/"):
        if not name.strip() or name in (".", ".."):
            yield Problem(file=path, message=f"the name {name!r} must not be empty or blank")
        if len(name.encode()) > MOST_NAME_BYTES:
            yield Problem(
                file=path, message=f"a name must have at most {MOST_NAME_BYTES} bytes; rename it"
            )
    if (size := len((prefix + path).encode())) > MOST_KEY_BYTES:
        yield Problem(
            file=path,
            message=f"with its prefix the key has {size} bytes, S3 takes {MOST_KEY_BYTES}",
        )


def _any_fits(path: str, patterns: Sequence[str]) -> bool:
    return any(_fits(path, pattern) for pattern in patterns)


def _fits(path: str, pattern: str) -> bool:
    name = path.rpartition("/")[2]
    return fnmatch.fnmatchcase(path, pattern) or fnmatch.fnmatchcase(name, pattern)


def _reason(file: FoundFile) -> str:
    found = (reason for pattern, reason in _REASONS.items() if _fits(file.name, pattern))
    return next(found, _OTHERWISE)


def _nothing(folder: Path, others: Sequence[FoundFile]) -> str:
    weights = sorted(file.name for file in others if file.name.endswith(_WEIGHT_ENDS))
    if not weights:
        return f"{folder}: there is nothing to mirror: it holds no {WEIGHTS}"
    shown = ", ".join(weights[:3]) + (" …" if len(weights) > 3 else "")
    ending = weights[0].rpartition(".")[2]
    return (
        f"{folder}: there is nothing to mirror: it holds no {WEIGHTS}, but {shown}; convert it, or "
        f"ask for it with --include '*.{ending}'"
    )


def _missing_shards(folder: Path, wanted: Sequence[FoundFile]) -> Iterator[Problem]:
    names = {file.name for file in wanted}
    for file in wanted:
        if not _fits(file.name, INDEX):
            continue
        try:
            shards = json.loads(read_regular_file(file.source))["weight_map"].values()
            needed = {str(shard) for shard in shards}
        except (OSError, ValueError, KeyError, AttributeError, TypeError):
            message = "is no index of safetensors: a JSON object with a 'weight_map'"
            yield Problem(file=str(folder / file.name), message=message)
            continue
        parent = file.name.rpartition("/")[0]
        missing = sorted(
            shard for shard in needed if (f"{parent}/{shard}" if parent else shard) not in names
        )
        if missing:
            yield Problem(
                file=str(folder / file.name),
                message=f"names {', '.join(missing)}, missing here; download the model again",
            )
