"""All rules."""

from lmi.rules import (
    acknowledgements,
    async_handler,
    built_in_handler,
    conflicts,
    endpoint,
    engine,
    entry_point,
    file_format,
    handler,
    keys,
    layout,
    model_source,
    parallel,
    rolling_batch,
    unread_files,
    unread_keys,
    values,
)
from lmi.rules.rule import Rule

_TOPICS = (
    unread_files,
    file_format,
    keys,
    unread_keys,
    values,
    conflicts,
    rolling_batch,
    layout,
    model_source,
    handler,
    async_handler,
    engine,
    entry_point,
    built_in_handler,
    parallel,
    endpoint,
    acknowledgements,
)

RULES: tuple[Rule, ...] = tuple(
    value for topic in _TOPICS for value in vars(topic).values() if isinstance(value, Rule)
)
"""In the order of the documentation: topic by topic, each in the order of its module."""
