"""The SDK's part of the catalogue: made from the SDK's files alone, losing nothing."""

import json
import shutil
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from typing import Any

import pytest

from lmi.catalog.records import data_folder, document
from lmi.catalog.refresh import (
    Moved,
    SdkEntry,
    difference,
    installed_sdk,
    read_sdk,
    refresh,
    renewal,
    renewed,
)
from lmi.catalog.sdk_listing import FILE, SdkListing, listing_of, sdk_listing
from lmi.errors import HostError

ACCOUNT = "763104351884"
LMI_27 = "0.36.0-lmi27.0.0-cu130"
LMI_28 = "0.36.0-lmi28.0.0-cu130"
LMI_30 = "0.39.0-lmi30.0.0-cu130"
EMPTY = SdkListing(sagemaker_core="0", images=(), registries=())


def entry(tag: str, *regions: str, **accounts: str) -> SdkEntry:
    return SdkEntry(
        framework_key="djl-lmi",
        version=tag.partition("-")[0],
        tag=tag,
        accounts=dict.fromkeys(regions, ACCOUNT)
        | {region.replace("_", "-"): account for region, account in accounts.items()},
    )


def listing(*entries: SdkEntry, version: str = "1") -> SdkListing:
    return renewed(EMPTY, version, entries)


@pytest.fixture(name="data")
def _data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    for name in (FILE, "images.json"):
        shutil.copy(data_folder() / name, folder)
    return folder


@pytest.fixture(name="sdk")
def _sdk(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    def install(*entries: SdkEntry, version: str = "2.28.0") -> None:
        monkeypatch.setattr(renewal, "installed_sdk", lambda: (version, entries))

    return install


def test_the_listing_in_the_package_is_that_of_the_installed_sdk() -> None:
    version, entries = installed_sdk()

    assert renewed(sdk_listing(), version, entries) == sdk_listing()
    assert sdk_listing().to_text() == (data_folder() / FILE).read_text("ascii")


def test_a_listing_is_read_as_it_was_written() -> None:
    assert listing_of(json.loads(sdk_listing().to_text())) == sdk_listing()


def test_a_moved_tag_stays_known_and_says_that_it_is_not_returned() -> None:
    before = listing(entry(LMI_27, "us-east-1", "us-west-2"))
    after = renewed(before, "2", [entry(LMI_28, "us-west-2")])

    assert [(each.tag, each.returned, each.regions) for each in after.images] == [
        (LMI_27, False, ("us-east-1", "us-west-2")),
        (LMI_28, True, ("us-west-2",)),
    ]
    assert [each.region for each in after.registries] == ["us-east-1", "us-west-2"]
    assert difference(before, after).moved == (
        Moved(framework_key="djl-lmi", before=LMI_27, after=LMI_28),
    )
    # Once more, with the same SDK: nothing is forgotten.
    assert renewed(after, "2", [entry(LMI_28, "us-west-2")]) == after


def test_a_tag_that_is_returned_again_says_so() -> None:
    before = renewed(listing(entry(LMI_27, "us-west-2")), "2", [entry(LMI_28, "us-west-2")])
    after = renewed(before, "3", [entry(LMI_27, "us-west-2")])

    assert [(each.tag, each.returned) for each in after.images] == [(LMI_27, True), (LMI_28, False)]


def test_every_change_is_told() -> None:
    before = listing(
        entry(LMI_27, "us-east-1", "us-west-2"), entry("0.34.0-lmi16.0.0-cu128", "eu-west-1")
    )
    after = renewed(
        before,
        "2",
        [entry(LMI_27, "us-west-2", ap_east_2="975050140332"), entry(LMI_30, "us-west-1")],
    )

    assert list(difference(before, after).lines()) == [
        "sagemaker-core: 1 -> 2",
        f"added: {LMI_30}",
        "withdrawn: 0.34.0-lmi16.0.0-cu128 is no longer returned; it stays known",
        f"regions added: ap-east-2 ({LMI_27})",
        f"regions removed: us-east-1 ({LMI_27})",
        "registry: ap-east-2 is new, account 975050140332",
        "registry: us-east-1 is gone, its account was 763104351884",
        "registry: us-west-1 is new, account 763104351884",
    ]


def test_a_changed_account_is_told() -> None:
    before = listing(entry(LMI_27, "us-west-2"))
    after = renewed(before, "1", [entry(LMI_27, us_west_2="111111111111")])

    assert list(difference(before, after).lines()) == [
        "registry: us-west-2 has the account 111111111111, no longer 763104351884"
    ]


def test_equal_listings_differ_in_nothing() -> None:
    assert list(difference(sdk_listing(), sdk_listing()).lines()) == []


def test_partition_and_suffix_of_a_new_region_are_those_of_botocore() -> None:
    found = listing(entry(LMI_27, "cn-north-9", "us-isof-east-7", "eu-west-9")).registries

    assert [(each.region, each.partition, each.dns_suffix) for each in found] == [
        ("cn-north-9", "aws-cn", "amazonaws.com.cn"),
        ("eu-west-9", "aws", "amazonaws.com"),
        ("us-isof-east-7", "aws-iso-f", "csp.hci.ic.gov"),
    ]


def test_fails_on_regions_of_no_known_partition() -> None:
    with pytest.raises(HostError, match=r"no partition for moon-east, xx-west-1; run: pip inst"):
        listing(entry(LMI_27, "xx-west-1", "us-west-2", "moon-east"))


def test_the_file_is_rewritten_and_the_facts_kept_by_hand_are_not(
    data: Path, sdk: Callable[..., None]
) -> None:
    by_hand = (data / "images.json").read_bytes()
    sdk(entry(LMI_28, "us-west-2"), entry(LMI_30, "us-west-2"))

    done = refresh(folder=data)

    assert done.changed
    assert done.without_facts == (LMI_30,)
    assert (data / "images.json").read_bytes() == by_hand
    assert sorted(path.name for path in data.iterdir()) == ["images.json", FILE]
    written = listing_of(json.loads((data / FILE).read_text()))
    assert {each.tag for each in written.images if each.returned} == {LMI_28, LMI_30}
    assert len(written.images) == len(sdk_listing().images) + 2
    assert not refresh(folder=data).changed


def test_a_check_writes_nothing(data: Path, sdk: Callable[..., None]) -> None:
    before = (data / FILE).read_bytes()
    sdk(entry(LMI_28, "us-west-2"))

    assert refresh(check=True, folder=data).changed
    assert (data / FILE).read_bytes() == before
    assert sorted(path.name for path in data.iterdir()) == ["images.json", FILE]


def test_fails_where_the_folder_cannot_be_written_and_leaves_nothing_half_written(
    data: Path, sdk: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    # The tests may run as root, whom no mode stops.
    def refuse(self: Path, target: Path) -> Path:
        raise PermissionError(13, "Permission denied")

    before = (data / FILE).read_bytes()
    sdk(entry(LMI_28, "us-west-2"))
    monkeypatch.setattr(Path, "replace", refuse)

    with pytest.raises(HostError, match=r"cannot be written: Permission denied; refresh the cat"):
        refresh(folder=data)
    assert (data / FILE).read_bytes() == before
    assert sorted(path.name for path in data.iterdir()) == ["images.json", FILE]


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"sagemaker_core": 1}'])
def test_fails_on_a_catalogue_that_cannot_be_read(data: Path, text: str) -> None:
    (data / FILE).write_text(text)
    with pytest.raises(HostError, match=r"the catalogue cannot be read: .*; install cdk-lmi anew"):
        refresh(folder=data)


def test_fails_without_the_sdk(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise PackageNotFoundError(name)

    monkeypatch.setattr("lmi.catalog.refresh.sdk_files.distribution", missing)
    with pytest.raises(HostError, match=r"not installed; run: pip install 'cdk-lmi\[catalog\]'"):
        installed_sdk()


def test_fails_on_a_folder_without_image_files(tmp_path: Path) -> None:
    with pytest.raises(HostError, match=r"there is no file djl-\*\.json"):
        read_sdk(tmp_path)


def sdk_file(tag: str = LMI_27, version: str = "0.36.0", **changes: Any) -> str:
    row = {"repository": "djl-inference", "tag_prefix": tag, "registries": {"us-west-2": ACCOUNT}}
    return json.dumps({"versions": {version: row | changes}})


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "Expecting value"),
        ("{}", "KeyError('versions')"),
        ("[]", "TypeError"),
        (sdk_file(tag="latest"), "'latest' is not of the form VERSION-ENGINE"),
        (sdk_file(version="0.37.0"), "which is of another family or version"),
        (sdk_file(tag="0.36.0-deepspeed0.1.0-cu130"), "which is of another family or version"),
        (sdk_file(repository="djl-serving"), "0.36.0 is in the repository 'djl-serving'"),
        (sdk_file(registries={"us-west-2": 763104351884}), "has the account 763104351884 in us-"),
        (sdk_file(registries={"us-west-2": "94389454867"}), "has the account '94389454867' in us-"),
    ],
)
def test_fails_on_a_file_that_is_not_as_the_sdk_has_it(
    tmp_path: Path, text: str, problem: str
) -> None:
    (tmp_path / "djl-lmi.json").write_text(text)
    with pytest.raises(HostError) as raised:
        read_sdk(tmp_path)
    assert f"{tmp_path / 'djl-lmi.json'}: is not as sagemaker-core 2.27.0 has it" in str(
        raised.value
    )
    assert problem in str(raised.value)


def test_fails_with_every_problem_of_the_sdk(tmp_path: Path) -> None:
    (tmp_path / "djl-lmi.json").write_text(sdk_file())
    (tmp_path / "djl-neuronx.json").write_text("")
    (tmp_path / "djl-deepspeed.json").write_text(
        sdk_file("0.27.0-deepspeed0.12.6-cu121", "0.27.0", registries={"us-west-2": "1" * 12})
    )
    with pytest.raises(HostError) as raised:
        read_sdk(tmp_path)
    first, second = str(raised.value).splitlines()
    assert "djl-neuronx.json" in first
    assert second.startswith(
        "sagemaker-core has two accounts in us-west-2: 111111111111 for 0.27.0-deepspeed0.12.6-"
    )


def test_a_document_has_one_row_a_line() -> None:
    text = document({"about": "x"}, {"rows": [{"a": 1}, {"a": 2}]})
    assert text == '{\n  "about": "x",\n  "rows": [\n    {"a": 1},\n    {"a": 2}\n  ]\n}\n'
