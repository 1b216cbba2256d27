"""The names that a misspelt one may have meant."""

from collections.abc import Iterable


def nearest(name: str, known: Iterable[str], count: int = 3, cutoff: float = 0.6) -> list[str]:
    """
    Return up to *count* of the *known* names that resemble *name*, best first.

    Args:
        name: What was written.
        known: The names there are.
        count: How many to name.
        cutoff: How like a name must be, from 0, any, to 1, equal.
    """
    # Not needed until something is misspelt.
    from difflib import get_close_matches

    return get_close_matches(name, sorted(known), n=count, cutoff=cutoff)


def nearest_or(name: str, known: Iterable[str], otherwise: str) -> str:
    """Return ``nearest: a, b, c`` for a message, or *otherwise* where nothing resembles *name*."""
    names = nearest(name, known)
    return f"nearest: {', '.join(names)}" if names else otherwise
