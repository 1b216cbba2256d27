"""Makes the listing of the installed SDK out of its entries and the listing there is."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lmi.catalog.records import data_folder, replace_file
from lmi.catalog.refresh.comparison import Difference, difference
from lmi.catalog.refresh.sdk_files import SdkEntry, installed_sdk
from lmi.catalog.sdk_listing import (
    FILE,
    ListedImage,
    ListedRegistry,
    SdkListing,
    in_order,
    listing_of,
)
from lmi.errors import HostError


@dataclass(frozen=True, kw_only=True, slots=True)
class Refreshed:
    """What a refresh did, or would do."""

    file: Path
    changed: bool
    """Whether the file's text is another; also if only the package's version is."""
    difference: Difference
    without_facts: tuple[str, ...]
    """Tags that are returned and of which images.json knows no engine versions."""


def refresh(*, check: bool = False, folder: Path | None = None) -> Refreshed:
    """
    Rebuild sagemaker_sdk.json from the installed sagemaker-core; with *check* only compare.

    It takes effect in the next process: what this one has looked up stays.

    Args:
        check: Default: write.
        folder: Where the catalogue's files are. Default: those of the installed package.

    Raises:
        HostError: sagemaker-core is missing or unknown, or the folder cannot be written.
    """
    place = folder or data_folder()
    file = place / FILE
    try:
        text = file.read_text(encoding="ascii")
        before = listing_of(json.loads(text))
        known = {row["tag"] for row in _images(place) if row["framework_versions"]}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise HostError(
            f"{place}: the catalogue cannot be read: {error}; install cdk-lmi anew"
        ) from error
    version, entries = installed_sdk()
    after = renewed(before, version, entries)
    new_text = after.to_text()
    if new_text != text and not check:
        try:
            replace_file(file, new_text)
        except OSError as error:
            raise HostError(
                f"{file}: cannot be written: {error.strerror or error}; refresh the catalogue of "
                "a checkout of yours, installed with `pip install -e .`, or as the user who owns "
                "the package"
            ) from error
    return Refreshed(
        file=file,
        changed=new_text != text,
        difference=difference(before, after),
        without_facts=tuple(
            each.tag for each in after.images if each.returned and each.tag not in known
        ),
    )


def renewed(before: SdkListing, version: str, entries: Iterable[SdkEntry]) -> SdkListing:
    """
    Return the listing of *entries*, with the tags of *before* that they no longer have.

    Raises HostError where botocore knows no partition for a region.
    """
    entries = tuple(entries)
    returned = {
        entry.tag: ListedImage(
            tag=entry.tag,
            framework_key=entry.framework_key,
            returned=True,
            regions=tuple(sorted(entry.accounts)),
        )
        for entry in entries
    }
    kept = (
        ListedImage(
            tag=each.tag, framework_key=each.framework_key, returned=False, regions=each.regions
        )
        for each in before.images
        if each.tag not in returned
    )
    images = in_order([*returned.values(), *kept])
    accounts = {each.region: each.account for each in before.registries}
    for entry in entries:
        accounts.update(entry.accounts)
    regions = sorted({region for each in images for region in each.regions})
    return SdkListing(
        sagemaker_core=version,
        images=images,
        registries=tuple(_registries(regions, accounts)),
    )


def _registries(regions: list[str], accounts: dict[str, str]) -> list[ListedRegistry]:
    from botocore.loaders import Loader

    partitions = Loader().load_data("partitions")["partitions"]
    found, unknown = [], []
    for region in regions:
        partition = next((p for p in partitions if re.fullmatch(p["regionRegex"], region)), None)
        if partition is None:
            unknown.append(region)
            continue
        found.append(
            ListedRegistry(
                region=region,
                account=accounts[region],
                partition=partition["id"],
                dns_suffix=partition["outputs"]["dnsSuffix"],
            )
        )
    if unknown:
        raise HostError(
            f"botocore knows no partition for {', '.join(unknown)}; run: pip install -U botocore"
        )
    return found


def _images(folder: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads((folder / "images.json").read_text("ascii"))["images"]
    return rows
