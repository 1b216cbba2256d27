"""The names that a misspelt one may have meant."""

from collections.abc import Iterable
from difflib import get_close_matches


def nearest(name: str, known: Iterable[str], count: int = 3) -> list[str]:
    """Return up to *count* of the *known* names that resemble *name*, best first."""
    return get_close_matches(name, sorted(known), n=count, cutoff=0.6)


def nearest_or(name: str, known: Iterable[str], otherwise: str) -> str:
    """Return ``nearest: a, b, c`` for a message, or *otherwise* where nothing resembles *name*."""
    names = nearest(name, known)
    return f"nearest: {', '.join(names)}" if names else otherwise
