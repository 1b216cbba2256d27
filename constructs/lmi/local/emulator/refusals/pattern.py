"""Regular expressions of AWS's schemas and API models, which are in Java's dialect."""

import functools
import re
from typing import Final

_CLASSES: Final = ((r"\p{L}", r"\w"), (r"\p{N}", r"\d"), (r"\p{Z}", r"\s"))


def is_found(pattern: str, value: str) -> bool:
    """Return whether the pattern of a provider schema occurs in *value*."""
    compiled = _compiled(pattern)
    return compiled is None or compiled.search(value) is not None


def is_whole(pattern: str, value: str) -> bool:
    """Return whether the pattern of an API model is all of *value*."""
    compiled = _compiled(pattern)
    return compiled is None or compiled.fullmatch(value) is not None


@functools.cache
def _compiled(pattern: str) -> re.Pattern[str] | None:
    """Return the pattern as Python takes it, or None for one that Python cannot express."""
    for theirs, ours in _CLASSES:
        pattern = pattern.replace(theirs, ours)
    try:
        # In Java's dialect $ is the end; in Python also the place before a last line break.
        return re.compile(re.sub(r"(?<!\\)\$$", r"\\Z", pattern))
    except re.error:
        return None
