"""The images and registries, held against the SageMaker SDK's own files and CDK's account facts."""

import json
from dataclasses import FrozenInstanceError
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import pytest

from lmi.catalog import Image, image, images, registries, registry
from lmi.errors import CatalogError

FRAMEWORK_KEYS = [
    "djl-deepspeed",
    "djl-fastertransformer",
    "djl-lmi",
    "djl-neuronx",
    "djl-tensorrtllm",
]
TUTORIAL = "0.20.0-deepspeed0.7.5-cu116"


def sdk_versions(framework_key: str) -> dict[str, Any]:
    name = f"sagemaker/core/image_uri_config/{framework_key}.json"
    path = Path(str(distribution("sagemaker-core").locate_file(name)))
    versions: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))["versions"]
    return versions


@pytest.mark.parametrize("framework_key", FRAMEWORK_KEYS)
def test_every_image_of_the_sagemaker_sdk_is_known_with_its_regions_and_accounts(
    framework_key: str,
) -> None:
    for version, entry in sdk_versions(framework_key).items():
        found = image(entry["tag_prefix"])

        assert found.framework_key == framework_key
        assert found.djl_version == version
        assert found.repository == entry["repository"]
        assert found.in_sagemaker_sdk
        assert not found.regions_are_assumed
        assert found.regions == tuple(sorted(entry["registries"]))
        assert {region: registry(region).account for region in found.regions} == entry["registries"]


def test_no_other_image_is_said_to_be_in_the_sagemaker_sdk() -> None:
    listed = {e["tag_prefix"] for key in FRAMEWORK_KEYS for e in sdk_versions(key).values()}
    assert {found.tag for found in images() if found.in_sagemaker_sdk} == listed


def test_later_tags_of_one_djl_version_are_where_the_sdk_lists_that_version() -> None:
    lmi = sdk_versions("djl-lmi")
    for found in images():
        if found.framework_key == "djl-lmi":
            assert found.regions == tuple(sorted(lmi[found.djl_version]["registries"])), found.tag


@pytest.mark.parametrize("found", images(), ids=lambda found: found.tag)
def test_every_image_has_a_uri_in_each_of_its_regions_and_nowhere_else(found: Image) -> None:
    for each in registries():
        if each.region in found.regions:
            assert found.uri(each.region) == (
                f"{each.account}.dkr.ecr.{each.region}.{each.dns_suffix}/djl-inference:{found.tag}"
            )
        else:
            with pytest.raises(CatalogError, match=f"not published in region '{each.region}'"):
                found.uri(each.region)


def test_the_tutorials_image_has_the_uri_that_the_sdk_returns() -> None:
    assert image(TUTORIAL).uri("us-west-2") == (
        "763104351884.dkr.ecr.us-west-2.amazonaws.com/djl-inference:0.20.0-deepspeed0.7.5-cu116"
    )
    assert len(image(TUTORIAL).regions) == 36


@pytest.mark.parametrize(
    ("region", "host"),
    [
        ("cn-north-1", "727897471807.dkr.ecr.cn-north-1.amazonaws.com.cn"),
        ("us-gov-west-1", "442386744353.dkr.ecr.us-gov-west-1.amazonaws.com"),
        ("us-iso-east-1", "886529160074.dkr.ecr.us-iso-east-1.c2s.ic.gov"),
        ("us-isob-east-1", "094389454867.dkr.ecr.us-isob-east-1.sc2s.sgov.gov"),
        ("eusc-de-east-1", "204133271717.dkr.ecr.eusc-de-east-1.amazonaws.eu"),
    ],
)
def test_a_registry_has_the_host_of_its_partition(region: str, host: str) -> None:
    assert registry(region).host == host


def test_every_account_is_twelve_digits_with_its_leading_zero() -> None:
    assert all(len(each.account) == 12 and each.account.isdecimal() for each in registries())
    assert registry("us-isob-east-1").account == "094389454867"


def test_cdk_and_the_sdk_agree_on_the_account_wherever_both_have_one() -> None:
    both = [each for each in registries() if each.cdk_dlc_account is not None]
    assert len(both) == 32
    assert all(each.cdk_dlc_account == each.account for each in both)


def test_images_outside_the_sdk_are_in_all_registry_regions_and_say_that_this_is_assumed() -> None:
    every_region = tuple(each.region for each in registries())
    cpu = [found for found in images() if found.tag.endswith("-cpu-full")]

    assert len(cpu) == 11
    for found in cpu:
        assert (found.regions, found.regions_are_assumed) == (every_region, True)
        assert (found.accelerator, found.cuda, found.framework_key) == ("cpu", None, None)


def test_a_gpu_image_has_the_cuda_version_of_its_tag() -> None:
    for found in images():
        assert (found.cuda is None) == (found.accelerator != "gpu"), found.tag
        if found.cuda is not None:
            assert found.tag.endswith(f"-cu{found.cuda.replace('.', '')}")


def test_an_lmi_image_has_the_lmi_version_of_its_tag() -> None:
    for found in images():
        if found.lmi_version is not None:
            assert f"-lmi{found.lmi_version}-" in found.tag
        assert (found.lmi_version is None) == ("-lmi" not in found.tag)


def test_every_row_names_a_public_source() -> None:
    assert all(found.source for found in images())


def test_fails_on_an_unknown_tag_with_the_nearest_ones() -> None:
    with pytest.raises(CatalogError) as raised:
        image("0.20.0-deepspeed0.7.5-cu117")
    assert str(raised.value).startswith(
        "unknown image tag '0.20.0-deepspeed0.7.5-cu117'; nearest: 0.20.0-deepspeed0.7.5-cu116, "
    )


def test_fails_on_a_tag_like_no_other_with_the_newest_ones() -> None:
    with pytest.raises(CatalogError, match=r"unknown image tag 'latest'; the newest are .*-lmi29"):
        image("latest")


def test_fails_on_an_unknown_region_with_the_nearest_ones() -> None:
    with pytest.raises(CatalogError, match=r"in region 'us-west2'; nearest: us-west-2, "):
        registry("us-west2")


def test_fails_on_a_region_that_is_like_no_other_with_all_of_them() -> None:
    with pytest.raises(CatalogError, match=r"known regions: af-south-1, .*, us-west-2$"):
        registry("x")


def test_nothing_that_a_look_up_returns_can_be_changed() -> None:
    found = image(TUTORIAL)
    with pytest.raises(FrozenInstanceError):
        found.tag = "other"  # type: ignore[misc]
    with pytest.raises(TypeError):
        found.framework_versions["deepspeed"] = "0"  # type: ignore[index]
    with pytest.raises(FrozenInstanceError):
        registry("us-west-2").account = "111111111111"  # type: ignore[misc]


def test_images_can_be_members_of_a_set() -> None:
    assert len(set(images())) == len(images()) == 61


def test_versions_compare_as_numbers_and_not_as_text() -> None:
    newest = image("0.36.0-lmi28.0.0-cu130")

    assert newest.version_numbers == (0, 36, 0)
    assert image(TUTORIAL).version_numbers < image("0.22.1-deepspeed0.9.2-cu118").version_numbers
    assert [found.version_numbers for found in images()] == sorted(
        found.version_numbers for found in images()
    )
