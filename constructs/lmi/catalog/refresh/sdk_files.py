"""The image files that the installed package sagemaker-core carries."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

from lmi.catalog.image_tag import tag_facts
from lmi.errors import HostError

FOLDER = "sagemaker/core/image_uri_config"
REPOSITORY = "djl-inference"


@dataclass(frozen=True, kw_only=True, slots=True)
class SdkEntry:
    """What ``image_uris.retrieve(framework_key, region, version)`` answers, for all regions."""

    framework_key: str
    version: str
    tag: str
    accounts: Mapping[str, str]
    """Account by region."""


def installed_sdk() -> tuple[str, tuple[SdkEntry, ...]]:
    """
    Return the version of the installed sagemaker-core and its entries for djl-inference.

    Raises HostError where the package is missing, or its files are not as this module knows them.
    """
    try:
        found = distribution("sagemaker-core")
    except PackageNotFoundError as error:
        raise HostError(
            "sagemaker-core, which lists the images, is not installed; "
            "run: pip install 'cdk-lmi[catalog]'"
        ) from error
    return found.version, read_sdk(Path(str(found.locate_file(FOLDER))))


def read_sdk(folder: Path) -> tuple[SdkEntry, ...]:
    """Return the entries of djl-*.json in *folder*. Raises HostError with all problems."""
    files = sorted(folder.glob("djl-*.json"))
    if not files:
        raise HostError(
            f"{folder}: there is no file djl-*.json, so this is not the sagemaker-core that is "
            "known (2.27.0); run: pip install 'cdk-lmi[catalog]'"
        )
    entries: list[SdkEntry] = []
    problems: list[str] = []
    for file in files:
        try:
            entries += _entries(file.stem, json.loads(file.read_text(encoding="utf-8")))
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            problems.append(f"{file}: is not as sagemaker-core 2.27.0 has it: {error!r}")
    problems += _contradictions(entries)
    if problems:
        raise HostError("\n".join(problems))
    return tuple(entries)


def _entries(framework_key: str, file: Any) -> Iterator[SdkEntry]:
    for version, entry in file["versions"].items():
        tag, accounts = entry["tag_prefix"], dict(entry["registries"])
        if entry["repository"] != REPOSITORY:
            raise ValueError(f"{version} is in the repository {entry['repository']!r}")
        facts = tag_facts(tag)
        if (facts.framework_key, facts.djl_version) != (framework_key, version):
            raise ValueError(
                f"{version} has the tag {tag!r}, which is of another family or version"
            )
        for region, account in accounts.items():
            if not (isinstance(account, str) and len(account) == 12 and account.isdecimal()):
                raise ValueError(f"{version} has the account {account!r} in {region}")
        yield SdkEntry(framework_key=framework_key, version=version, tag=tag, accounts=accounts)


def _contradictions(entries: list[SdkEntry]) -> Iterator[str]:
    """Yield where two entries disagree: an account is looked up by region alone."""
    first: dict[str, tuple[str, SdkEntry]] = {}
    for entry in entries:
        for region, account in entry.accounts.items():
            known, where = first.setdefault(region, (account, entry))
            if known != account:
                yield (
                    f"sagemaker-core has two accounts in {region}: {known} for {where.tag} and "
                    f"{account} for {entry.tag}; the catalogue looks accounts up by region alone"
                )
