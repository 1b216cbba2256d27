"""What a tag says by itself, and what the catalogue makes of a tag that it has no facts about."""

from collections.abc import Iterator

import pytest

from lmi.catalog import container_image, ecr_registry, image, images, registry
from lmi.catalog.image_tag import TagFacts, tag_facts
from lmi.catalog.refresh import SdkEntry, renewed
from lmi.catalog.sdk_listing import SdkListing, sdk_listing
from lmi.errors import CatalogError

NEW = "0.39.0-lmi30.0.0-cu131"


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("0.36.0-lmi28.0.0-cu130", ("0.36.0", "djl-lmi", "28.0.0", "gpu", "13.0")),
        ("0.20.0-deepspeed0.7.5-cu116", ("0.20.0", "djl-deepspeed", None, "gpu", "11.6")),
        ("0.33.0-tensorrtllm0.21.0-cu128", ("0.33.0", "djl-tensorrtllm", None, "gpu", "12.8")),
        ("0.30.0-neuronx-sdk2.20.1", ("0.30.0", "djl-neuronx", None, "neuron", None)),
        ("0.36.0-cpu-full", ("0.36.0", None, None, "cpu", None)),
    ],
)
def test_a_tag_names_version_family_accelerator_and_cuda(
    tag: str, expected: tuple[str | None, ...]
) -> None:
    found = tag_facts(tag)
    assert found == TagFacts(
        djl_version=found.djl_version,
        framework_key=found.framework_key,
        lmi_version=found.lmi_version,
        accelerator=found.accelerator,
        cuda=found.cuda,
    )
    assert (
        found.djl_version,
        found.framework_key,
        found.lmi_version,
        found.accelerator,
        found.cuda,
    ) == expected


@pytest.mark.parametrize(
    "tag", ["", "latest", "0.36.0", "0.36-cpu-full", "0.36.0-lmi28.0.0", "0.36.0-sglang1-cu130"]
)
def test_fails_on_a_tag_of_no_known_form(tag: str) -> None:
    with pytest.raises(ValueError, match="is not of the form VERSION-ENGINE"):
        tag_facts(tag)


@pytest.fixture(name="renewed_catalogue")
def _renewed_catalogue(monkeypatch: pytest.MonkeyPatch) -> Iterator[SdkListing]:
    """The catalogue after a refresh from an SDK that returns one new tag in two regions."""
    entry = SdkEntry(
        framework_key="djl-lmi",
        version="0.39.0",
        tag=NEW,
        accounts={"us-west-2": "763104351884", "eu-west-9": "111111111111"},
    )
    listing = renewed(sdk_listing(), "2.99.0", [entry])
    for module in (container_image, ecr_registry):
        monkeypatch.setattr(module, "sdk_listing", lambda: listing)
    caches = (container_image._by_tag, ecr_registry._by_region)
    for cache in caches:
        cache.cache_clear()
    yield listing
    for cache in caches:
        cache.cache_clear()


@pytest.mark.usefixtures("renewed_catalogue")
def test_a_tag_that_only_the_sdk_knows_is_an_image_with_what_its_name_says() -> None:
    found = image(NEW)

    assert images()[-1] == found
    assert (found.djl_version, found.lmi_version, found.cuda) == ("0.39.0", "30.0.0", "13.1")
    assert (found.accelerator, found.framework_key) == ("gpu", "djl-lmi")
    assert (found.container_python, dict(found.framework_versions)) == (None, {})
    assert found.regions == ("eu-west-9", "us-west-2")
    assert (found.in_sagemaker_sdk, found.regions_are_assumed) == (True, False)
    assert found.source == "sagemaker-core 2.99.0: image_uri_config"
    assert (
        found.uri("eu-west-9")
        == f"111111111111.dkr.ecr.eu-west-9.amazonaws.com/djl-inference:{NEW}"
    )


@pytest.mark.usefixtures("renewed_catalogue")
def test_a_region_that_only_the_sdk_knows_must_be_enabled_as_all_new_ones() -> None:
    found = registry("eu-west-9")

    assert (found.partition, found.opt_in, found.cdk_dlc_account) == ("aws", True, None)


@pytest.mark.usefixtures("renewed_catalogue")
def test_an_image_that_the_sdk_no_longer_returns_keeps_its_facts_and_regions() -> None:
    found = image("0.20.0-deepspeed0.7.5-cu116")

    assert not found.in_sagemaker_sdk
    assert found.container_python == "3.8"
    assert len(found.regions) == 36
    assert not any(each.in_sagemaker_sdk for each in images()[:-1])


def test_an_image_outside_the_sdk_is_where_the_version_before_it_is() -> None:
    found, before = image("0.30.0-neuronx-sdk2.20.1"), image("0.29.0-neuronx-sdk2.19.1")

    assert (found.regions, found.regions_are_assumed) == (before.regions, True)


@pytest.mark.parametrize(
    ("tag", "use"),
    [
        ("0.21.0-deepspeed0.8.0-cu117", "0.21.0-deepspeed0.8.3-cu117"),
        ("0.30.0-tensorrtllm0.12.0", "0.30.0-tensorrtllm0.12.0-cu125"),
    ],
)
def test_fails_on_a_superseded_tag_with_the_one_in_its_place(tag: str, use: str) -> None:
    with pytest.raises(CatalogError, match=rf"image tag '{tag}' was superseded; use '{use}'"):
        image(tag)


def test_the_newest_image_has_the_versions_of_its_pull_request() -> None:
    found = image("0.38.0-lmi29.0.0-cu130")

    assert dict(found.framework_versions) == {"vllm": "0.28.0", "torch": "2.13.0"}
    assert (found.container_python, found.first_listed, found.last_listed) == (
        "3.12",
        "2026-09-22",
        None,
    )


def test_days_are_in_order() -> None:
    for found in images():
        assert found.first_listed is not None
        assert found.last_listed is None or found.first_listed < found.last_listed, found.tag


def test_images_of_one_version_are_in_the_order_of_their_lmi_numbers() -> None:
    numbers = [found.lmi_version for found in images() if found.lmi_version]
    assert numbers == [f"{number}.0.0" for number in range(10, 30)]
