"""Version strings as numbers, so that they can be compared."""

from functools import cache


@cache
def version_numbers(version: str) -> tuple[int, ...]:
    """Return ``0.22.1`` as ``(0, 22, 1)``. Raises ValueError where a part is no number."""
    return tuple(int(number) for number in version.split("."))
