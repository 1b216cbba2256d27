"""The arguments of vLLM that DJL Serving hands on, per image."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from lmi.catalog import Image, images
from lmi.catalog.version import version_numbers
from lmi.properties.option import OptionType, OptionUse, Parser
from lmi.properties.option_data import read_data, use_of

PREFIX = "option."
FIRST_VERSION = (0, 32, 0)
"""Earlier releases have a typed field for each argument that they know."""

_PARSERS: Mapping[OptionType, Parser] = MappingProxyType(
    {
        "string": "vllm-text",
        "integer": "vllm-integer",
        "number": "vllm-number",
        "boolean": "vllm-boolean",
        "json": "vllm-json",
        "list of strings": "vllm-text",
        "any": "text",
    }
)


@dataclass(frozen=True, kw_only=True, slots=True)
class VllmArgument:
    """One field of vLLM's EngineArgs."""

    name: str
    """Without ``option.``, such as ``max_model_len``."""
    type: OptionType
    values: tuple[str, ...] | None
    """All values that vLLM takes; None: the set is open."""
    optional: bool
    """Whether vLLM takes the word None for it."""
    default: str | None
    """vLLM's own, as in its source; None: none, or computed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class VllmArguments:
    """What the EngineArgs of one vLLM version take."""

    version: str
    arguments: Mapping[str, VllmArgument] = field(hash=False)
    """By name. Read only."""
    complete: bool
    """False where only the releases around it could be read: what both take, it takes, and it may
    take more."""


def vllm_arguments(image: Image) -> VllmArguments | None:
    """Return the arguments of *image*'s vLLM; None: it hands none on, or they are unknown."""
    if image.version_numbers < FIRST_VERSION:
        return None
    version = image.framework_versions.get("vllm")
    return None if version is None else _by_version().get(version)


@lru_cache(maxsize=1024)
def passed_through(key: str) -> tuple[OptionUse, ...]:
    """Return the uses of *key* as an argument of any image's vLLM, one for each DJL release."""
    found: dict[str, OptionUse] = {}
    for image in images():
        for use in passed_through_in(key, image):
            found.setdefault(use.since, use)
    return tuple(found.values())


def passed_through_in(key: str, image: Image) -> tuple[OptionUse, ...]:
    """Return the use of *key* as an argument of *image*'s vLLM, if it is one."""
    known = vllm_arguments(image)
    if known is None or not key.startswith(PREFIX):
        return ()
    argument = known.arguments.get(key.removeprefix(PREFIX))
    return () if argument is None else (_use(key, argument, known, image),)


def passed_through_keys(version: str | None = None) -> frozenset[str]:
    """Return the keys that some image of the DJL Serving *version* hands on; None: of any."""
    found: set[str] = set()
    for image in images():
        if version is None or image.djl_version == version:
            known = vllm_arguments(image)
            found.update(() if known is None else known.arguments)
    return frozenset(PREFIX + name for name in found)


def _use(key: str, argument: VllmArgument, known: VllmArguments, image: Image) -> OptionUse:
    values = argument.values
    if values is not None and argument.optional:
        values = (*values, "None")
    return use_of(
        {
            "key": key,
            "handlers": ["vllm", "lmi_vllm"],
            "engines": ["Python"],
            "since": image.djl_version,
            "until": image.djl_version,
            "type": argument.type,
            "values": values,
            "default": argument.default,
            "parser": _parser(argument, image),
            "passed_through": True,
            "description": f"Handed on to vLLM as --{argument.name.replace('_', '-')}.",
            "source": f"vllm {known.version}: vllm/engine/arg_utils.py, EngineArgs",
        }
    )


def _parser(argument: VllmArgument, image: Image) -> Parser:
    """
    Return how the text is read.

    Between 0.34.0 and LMI 25 the word false adds nothing to vLLM's command line, which matters
    where vLLM's default is not false (properties_manager/vllm_rb_properties.py).
    """
    if argument.type == "boolean" and argument.default != "False" and _drops_false(image):
        return "vllm-switch"
    return _PARSERS[argument.type]


def _drops_false(image: Image) -> bool:
    if image.version_numbers < (0, 34, 0):
        return False
    return image.lmi_version is None or version_numbers(image.lmi_version) < (26,)


@lru_cache(maxsize=1)
def _by_version() -> Mapping[str, VllmArguments]:
    file = read_data("vllm_arguments.json")
    versions: list[str] = file["versions"]
    found: dict[str, dict[str, VllmArgument]] = {version: {} for version in versions}
    for row in file["arguments"]:
        argument = _argument(row)
        first, last = versions.index(row["since"]), versions.index(row["until"])
        for version in versions[first : last + 1]:
            found[version][argument.name] = argument
    complete = {
        version: VllmArguments(
            version=version, arguments=MappingProxyType(arguments), complete=True
        )
        for version, arguments in found.items()
    }
    inferred = {
        version: _between(version, complete[before], complete[after])
        for version, (before, after) in file["inferred"].items()
    }
    return MappingProxyType({**complete, **inferred})


def _between(version: str, before: VllmArguments, after: VllmArguments) -> VllmArguments:
    common = {
        name: argument
        for name, argument in before.arguments.items()
        if after.arguments.get(name) == argument
    }
    return VllmArguments(version=version, arguments=MappingProxyType(common), complete=False)


def _argument(row: Mapping[str, Any]) -> VllmArgument:
    values = row.get("values")
    return VllmArgument(
        name=row["name"],
        type=row["type"],
        values=None if values is None else tuple(values),
        optional=row.get("optional", False),
        default=row.get("default"),
    )
