"""The ECR registries that hold djl-inference: one account for each region."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from lmi.catalog.nearest import nearest_or
from lmi.catalog.records import read_records
from lmi.catalog.sdk_listing import ListedRegistry, sdk_listing
from lmi.errors import CatalogError


@dataclass(frozen=True, kw_only=True, slots=True)
class Registry:
    """The registry of one region."""

    region: str
    account: str
    """Twelve digits. A string, because one account begins with a zero."""
    partition: str
    dns_suffix: str
    """What ends the host name of ECR in this partition, such as ``amazonaws.com.cn``."""
    opt_in: bool
    """Whether an AWS account must enable the region before it can be used."""
    cdk_dlc_account: str | None
    """CDK's fact DLC_REPOSITORY_ACCOUNT (aws-cdk-lib 2.275.0); None where CDK has none."""

    @property
    def host(self) -> str:
        """The host name that an image URI begins with."""
        return f"{self.account}.dkr.ecr.{self.region}.{self.dns_suffix}"


def registry(region: str) -> Registry:
    """Return the registry of *region*. Raises CatalogError with the nearest regions."""
    found = _by_region().get(region)
    if found is None:
        known = _by_region()
        hint = nearest_or(region, known, f"known regions: {', '.join(known)}")
        raise CatalogError(f"no djl-inference registry is known in region {region!r}; {hint}")
    return found


def registries() -> tuple[Registry, ...]:
    """Return all registries in the order of their regions' names."""
    return tuple(_by_region().values())


@lru_cache(maxsize=1)
def _by_region() -> dict[str, Registry]:
    kept_by_hand = {row["region"]: row for row in read_records("registries.json")["registries"]}
    return {
        each.region: _registry(each, kept_by_hand.get(each.region))
        for each in sdk_listing().registries
    }


def _registry(listed: ListedRegistry, row: dict[str, Any] | None) -> Registry:
    return Registry(
        region=listed.region,
        account=listed.account,
        partition=listed.partition,
        dns_suffix=listed.dns_suffix,
        # Every region of this partition that began after March 2019 has to be enabled.
        opt_in=listed.partition == "aws" if row is None else row["opt_in"],
        cdk_dlc_account=None if row is None else row["cdk_dlc_account"],
    )
