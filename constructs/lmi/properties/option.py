"""One key of serving.properties as some handlers read it in a range of DJL Serving versions."""

from dataclasses import dataclass
from typing import Literal

from lmi.catalog.version import version_numbers

OptionType = Literal[
    "string",
    "integer",
    "integer or max",
    "number",
    "boolean",
    "json",
    "list of integers",
    "list of numbers",
    "list of strings",
    "any",
]
"""What a value stands for. How its text is read is the use's parser, not this."""

Parser = Literal[
    "text",
    "java-integer",
    "java-integer-or-max",
    "java-boolean",
    "python-integer",
    "python-number",
    "python-true",
    "python-truth",
    "pydantic1-integer",
    "pydantic1-number",
    "pydantic1-boolean",
    "pydantic-integer",
    "pydantic-number",
    "pydantic-boolean",
    "python-literal",
    "json",
    "integers",
    "counts",
    "refused",
    "vllm-integer",
    "vllm-number",
    "vllm-boolean",
    "vllm-switch",
    "vllm-json",
    "vllm-text",
]
"""Who reads the text, and how: see lmi.properties.parser."""

Refusal = Literal["fails", "ignored"]
"""What follows when the parser refuses: the model does not load, or a default is taken."""

Scope = Literal["serving.properties", "config.properties"]
"""The file that the key belongs to; SERVING_* variables stand for config.properties."""


@dataclass(frozen=True, kw_only=True, slots=True)
class OptionUse:
    """One key, as read by some handlers from one DJL Serving version to another."""

    key: str
    """As written in the file, such as ``option.dtype`` or ``job_queue_size``."""
    handlers: tuple[str, ...]
    """Built-in handlers or rolling batch engines that read it; ``any``: whichever runs,
    ``server``: DJL Serving itself, before any model."""
    engines: tuple[str, ...]
    """Values of ``engine`` with which it is read; ``*``: all."""
    since: str
    """First DJL Serving version that reads it so."""
    until: str | None
    """Last DJL Serving version that reads it so; None: the newest known still does."""
    since_lmi: int | None
    """First LMI release that reads it, where one DJL Serving version has several."""
    type: OptionType
    unit: str | None
    """``s``, ``ms``, ``min`` or ``bytes``; None: a plain number, or no number."""
    values: tuple[str, ...] | None
    """All values that are taken; None: the set is open."""
    known_values: tuple[str, ...] | None
    """Values that mean something, where others can be taken too; None: not listed."""
    case_sensitive: bool
    """Whether `values` must be written exactly so."""
    minimum: int | None
    maximum: int | None
    bounds_are_checked: bool
    """Whether a number outside the bounds keeps the model from loading."""
    default: str | None
    """What happens without the key; None: nothing is set."""
    description: str
    source: str
    """File of DJL Serving's public source that reads it, or the page that documents it."""
    environment_variable: str | None
    """Variable that sets the same; several are separated by commas."""
    deprecated_since: str | None
    replaced_by: str | None
    """Key, or key=value, that took its place."""
    conflicts: tuple[str, ...]
    """Keys that must not be set next to this one."""
    scope: Scope
    parser: Parser
    refusal: Refusal
    set_by_server: bool
    """Whether DJL Serving overwrites what the file says."""
    passed_through: bool
    """Whether DJL Serving hands the value on to vLLM without a field of its own."""
    confidence: Literal["source", "documentation"]
    """Whether the range of versions stands in source code or only in a documentation page."""
    note: str | None

    def applies_to(self, version: str, lmi_version: str | None = None) -> bool:
        """
        Return whether the DJL Serving *version* reads the key so.

        Without *lmi_version*, such as ``18.0.0``, a use that only some LMI releases of the version
        have counts as read.
        """
        number = version_numbers(version)
        if number < version_numbers(self.since):
            return False
        if self.until is not None and number > version_numbers(self.until):
            return False
        if self.since_lmi is None or lmi_version is None or number > version_numbers(self.since):
            return True
        return version_numbers(lmi_version)[0] >= self.since_lmi
