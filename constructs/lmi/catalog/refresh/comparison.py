"""What is new between two listings of the SDK, for people and programs."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from lmi.catalog.sdk_listing import ListedImage, SdkListing


@dataclass(frozen=True, kw_only=True, slots=True)
class Moved:
    """A DJL version for which the SDK returns another tag than before; both stay known."""

    framework_key: str
    before: str
    after: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """What changed. Everything is empty where nothing did but the version of the package."""

    sagemaker_core: tuple[str, str]
    """The package's version before and after."""
    added: tuple[str, ...]
    """Tags of DJL versions that had none in this family."""
    moved: tuple[Moved, ...]
    withdrawn: tuple[str, ...]
    """Tags of DJL versions that the SDK no longer has at all; they stay known."""
    regions_added: Mapping[str, tuple[str, ...]] = field(hash=False)
    """New regions by tag, of the tags that were there before."""
    regions_removed: Mapping[str, tuple[str, ...]] = field(hash=False)
    accounts: tuple[str, ...]
    """Changes of the registries, a sentence each."""

    def lines(self) -> Iterator[str]:
        """Yield the changes, one a line."""
        if self.sagemaker_core[0] != self.sagemaker_core[1]:
            yield "sagemaker-core: {} -> {}".format(*self.sagemaker_core)
        for tag in self.added:
            yield f"added: {tag}"
        for moved in self.moved:
            yield f"moved: {moved.framework_key} returns {moved.after}, no longer {moved.before}"
        for tag in self.withdrawn:
            yield f"withdrawn: {tag} is no longer returned; it stays known"
        yield from _regions("regions added", self.regions_added)
        yield from _regions("regions removed", self.regions_removed)
        for change in self.accounts:
            yield f"registry: {change}"


def difference(before: SdkListing, after: SdkListing) -> Difference:
    """Return what *after* has that *before* has not, and the reverse."""
    old, new = _by_tag(before), _by_tag(after)
    returned_before, returned_after = _by_version(before), _by_version(after)
    moved = tuple(
        Moved(framework_key=key[0], before=returned_before[key], after=tag)
        for key, tag in returned_after.items()
        if key in returned_before and returned_before[key] != tag
    )
    both = [tag for tag in new if tag in old]
    return Difference(
        sagemaker_core=(before.sagemaker_core, after.sagemaker_core),
        added=tuple(tag for key, tag in returned_after.items() if key not in returned_before),
        moved=moved,
        withdrawn=tuple(tag for key, tag in returned_before.items() if key not in returned_after),
        regions_added=_more({tag: (old[tag].regions, new[tag].regions) for tag in both}),
        regions_removed=_more({tag: (new[tag].regions, old[tag].regions) for tag in both}),
        accounts=tuple(_accounts(before, after)),
    )


def _by_tag(listing: SdkListing) -> dict[str, ListedImage]:
    return {each.tag: each for each in listing.images}


def _by_version(listing: SdkListing) -> dict[tuple[str, str], str]:
    return {
        (each.framework_key, each.tag.partition("-")[0]): each.tag
        for each in listing.images
        if each.returned
    }


def _more(
    regions: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]],
) -> dict[str, tuple[str, ...]]:
    """Return by tag the regions that the second list has and the first has not."""
    more = {tag: tuple(r for r in now if r not in was) for tag, (was, now) in regions.items()}
    return {tag: found for tag, found in more.items() if found}


def _accounts(before: SdkListing, after: SdkListing) -> Iterator[str]:
    old = {each.region: each.account for each in before.registries}
    new = {each.region: each.account for each in after.registries}
    for region in sorted(old.keys() | new.keys()):
        if region not in old:
            yield f"{region} is new, account {new[region]}"
        elif region not in new:
            yield f"{region} is gone, its account was {old[region]}"
        elif old[region] != new[region]:
            yield f"{region} has the account {new[region]}, no longer {old[region]}"


def _regions(what: str, by_tag: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    """Yield a line for each set of regions: mostly all tags of a family get the same."""
    tags_with: dict[tuple[str, ...], list[str]] = {}
    for tag, regions in by_tag.items():
        tags_with.setdefault(regions, []).append(tag)
    for regions, tags in tags_with.items():
        yield f"{what}: {', '.join(regions)} ({', '.join(tags)})"
