"""A value of the file as messages show it."""

_MOST = 80


def shown(text: str) -> str:
    """Return *text* in quotes; of more than 80 characters, the first of them and their number."""
    if len(text) <= _MOST:
        return repr(text)
    return f"{text[:_MOST]!r}… ({len(text):,} characters)"
