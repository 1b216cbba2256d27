"""Keeps the rows that all filters keep, and says which filter is to blame where none is left."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from lmi.catalog.nearest import nearest_or
from lmi.errors import ConfigError

Row = TypeVar("Row")


@dataclass(frozen=True, kw_only=True, slots=True)
class Filter(Generic[Row]):
    """One condition, as it was written on the command line."""

    option: str
    """Such as ``--family djl-lmi``."""
    keeps: Callable[[Row], bool]


@dataclass(frozen=True, kw_only=True, slots=True)
class Excluded:
    """What leaving out one filter would change."""

    option: str
    without: int
    """How many rows there would be without it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Selection(Generic[Row]):
    """The rows that are left."""

    rows: tuple[Row, ...]
    excluded: tuple[Excluded, ...]
    """Every filter, where no row is left; else nothing."""

    def why_empty(self, noun: str) -> str:
        """Return, for people, that no *noun* matches, and what could be left out."""
        options = " ".join(each.option for each in self.excluded)
        remedies = [
            f"without {each.option} there would be {each.without}"
            for each in self.excluded
            if each.without
        ]
        hint = "; ".join(remedies) or "leaving out one of them is not enough"
        return f"no {noun} matches {options}; {hint}"


def select(rows: Iterable[Row], filters: Sequence[Filter[Row]]) -> Selection[Row]:
    """Return those of *rows* that every filter keeps, in their order."""
    everything = tuple(rows)
    left = _kept(everything, filters)
    if left:
        return Selection(rows=left, excluded=())
    return Selection(
        rows=(),
        excluded=tuple(
            Excluded(
                option=each.option,
                without=len(_kept(everything, [other for other in filters if other is not each])),
            )
            for each in filters
        ),
    )


def _kept(rows: tuple[Row, ...], filters: Sequence[Filter[Row]]) -> tuple[Row, ...]:
    return tuple(row for row in rows if all(each.keeps(row) for each in filters))


class Conditions(Generic[Row]):
    """Collects the filters that were asked for, and every value that means nothing."""

    def __init__(self) -> None:
        self._filters: list[Filter[Row]] = []
        self._problems: list[str] = []

    def add(self, option: str, value: object, keeps: Callable[[Row], bool]) -> None:
        """Add the filter ``OPTION VALUE``, unless *value* is None."""
        if value is not None:
            self._filters.append(Filter(option=f"{option} {value}", keeps=keeps))

    def add_name(
        self, option: str, value: str | None, known: Iterable[str], keeps: Callable[[Row], bool]
    ) -> None:
        """Add the filter as `add` does; it is a problem if *value* is none of the *known* names."""
        self.add(option, value, keeps)
        names = sorted(set(known))
        if value is not None and value not in names:
            hint = nearest_or(value, names, f"known: {', '.join(names)}")
            self._problems.append(f"{option} {value}: unknown; {hint}")

    def checked(self) -> list[Filter[Row]]:
        """Return the filters. Raises ConfigError with all problems."""
        if self._problems:
            raise ConfigError("\n".join(self._problems))
        return self._filters
