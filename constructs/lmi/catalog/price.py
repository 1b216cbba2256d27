"""
What instance types cost, each price with its date and source.

SageMaker's own list of prices is not at hand here, so these are figures that others quote from it:
a guide to compare types with, no quote.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from lmi.catalog.records import read_records

Basis = Literal["hosting", "training", "notebook", "batch transform", "ec2"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Price:
    """The on-demand price of one instance type in one region."""

    usd_per_hour: float
    basis: Basis
    """
    What the price is asked for. Where SageMaker's rates for hosting and for another use are both
    known, they are equal; ``ec2`` is the machine without SageMaker.
    """
    region: str | None
    """None where the source does not say."""
    date: str
    """When it was in force or read, in ISO 8601: a day, a month, or an interval of months."""
    source: str


def sagemaker_price(name: str) -> Price | None:
    """Return what SageMaker asks for the instance type *name*; None: unknown."""
    return _sagemaker().get(name)


def ec2_price(name: str) -> Price | None:
    """Return what EC2 asks for the machine of the instance type *name*; None: unknown."""
    return _ec2().get(name)


@lru_cache(maxsize=1)
def _sagemaker() -> dict[str, Price]:
    return {name: price for name, price in _prices() if price.basis != "ec2"}


@lru_cache(maxsize=1)
def _ec2() -> dict[str, Price]:
    return {name: price for name, price in _prices() if price.basis == "ec2"}


def _prices() -> list[tuple[str, Price]]:
    return [
        (
            name,
            Price(
                usd_per_hour=usd,
                basis=each["basis"],
                region=each["region"],
                date=each["date"],
                source=each["source"],
            ),
        )
        for each in read_records("prices.json")["lists"]
        for name, usd in each["usd_per_hour"].items()
    ]
