"""
The keys of serving.properties that some DJL Serving version reads, and how.

A key can have several uses: other handlers, other versions, other values. The tables in `data/`
were read from the release branches of https://github.com/deepjavalibrary/djl-serving, each row with
its file; arguments that images from 0.32.0 on hand to vLLM come from vLLM's source.
"""

from lmi.catalog import Image
from lmi.catalog.version import version_numbers
from lmi.properties.option import OptionType, OptionUse, Parser
from lmi.properties.option_data import uses_by_key
from lmi.properties.parser import ParseProblem, parse_problem
from lmi.properties.vllm import (
    VllmArgument,
    VllmArguments,
    passed_through,
    passed_through_in,
    passed_through_keys,
    vllm_arguments,
)

__all__ = [
    "OptionType",
    "OptionUse",
    "ParseProblem",
    "Parser",
    "VllmArgument",
    "VllmArguments",
    "known_keys",
    "known_keys_in_image",
    "parse_problem",
    "uses",
    "uses_in",
    "uses_in_image",
    "vllm_arguments",
]


def uses(key: str) -> tuple[OptionUse, ...]:
    """Return every use of *key* in any version, oldest first; none: the key is unknown."""
    own = uses_by_key().get(key, ())
    handed_on = (use for use in passed_through(key) if not _is_typed(own, use.since))
    return tuple(sorted((*own, *handed_on), key=lambda use: version_numbers(use.since)))


def uses_in(key: str, version: str) -> tuple[OptionUse, ...]:
    """Return the uses of *key* in the DJL Serving *version*, over all of its images."""
    return tuple(use for use in uses(key) if use.applies_to(version))


def uses_in_image(key: str, image: Image) -> tuple[OptionUse, ...]:
    """
    Return the uses of *key* in *image*, with what it hands on to its vLLM.

    Whether the image has the handler of a use is not looked at.
    """
    own = uses_by_key().get(key, ())
    read = tuple(use for use in own if use.applies_to(image.djl_version, image.lmi_version))
    if _is_typed(own, image.djl_version):
        return read
    return (*read, *passed_through_in(key, image))


def known_keys(version: str | None = None) -> tuple[str, ...]:
    """Return the keys that the DJL Serving *version* reads, sorted; without one, of any version."""
    own = (
        key
        for key, found in uses_by_key().items()
        if version is None or any(use.applies_to(version) for use in found)
    )
    return tuple(sorted({*own, *passed_through_keys(version)}))


def known_keys_in_image(image: Image) -> tuple[str, ...]:
    """Return the keys that *image* reads or hands on to its vLLM, sorted."""
    handed_on = vllm_arguments(image)
    names = () if handed_on is None else handed_on.arguments
    candidates = {*uses_by_key(), *(f"option.{name}" for name in names)}
    return tuple(key for key in sorted(candidates) if uses_in_image(key, image))


def _is_typed(own: tuple[OptionUse, ...], version: str) -> bool:
    """Return whether DJL Serving reads the key in vLLM's handlers itself and hands nothing on."""
    return any(
        use.applies_to(version) and ("any" in use.handlers or "vllm" in use.handlers) for use in own
    )
