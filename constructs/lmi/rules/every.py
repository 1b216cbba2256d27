"""All rules."""

from lmi.rules.rule import Rule
from lmi.rules.topics import (
    acknowledgements,
    async_handler,
    built_in_handler,
    conflicts,
    disk,
    endpoint,
    engine,
    entry_point,
    file_format,
    handler,
    handler_options,
    image_unknown,
    keys,
    layout,
    model_source,
    names,
    parallel,
    requirements,
    rolling_batch,
    secrets,
    size,
    source,
    tarball,
    unread_files,
    unread_keys,
    values,
)

TOPICS = (
    unread_files,
    image_unknown,
    file_format,
    keys,
    unread_keys,
    values,
    conflicts,
    rolling_batch,
    handler_options,
    layout,
    model_source,
    source,
    handler,
    async_handler,
    engine,
    entry_point,
    built_in_handler,
    parallel,
    requirements,
    secrets,
    size,
    disk,
    names,
    tarball,
    endpoint,
    acknowledgements,
)
"""The modules, in the order of the documentation; their docstrings are its headings."""

RULES: tuple[Rule, ...] = tuple(
    value for topic in TOPICS for value in vars(topic).values() if isinstance(value, Rule)
)
"""In the order of the documentation: topic by topic, each in the order of its module."""
