"""Image URIs, held against the SageMaker SDK's own answers and CDK's facts about regions."""

import functools
from collections.abc import Callable, Iterator
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import region_info
from aws_cdk.assertions import Template

from cdk_lmi import LmiEndpoint, ModelArtifact
from lmi import catalog
from tests.template.templates import (
    ACCOUNT,
    IMAGE,
    container_of,
    new_app,
    new_stack,
    tutorial,
    write_artifact,
)

REGIONS = catalog.image(IMAGE).regions
NEWEST = "0.38.0-lmi29.0.0-cu130"
NEURON = "0.29.0-neuronx-sdk2.19.1"

# Where CDK 2.275.0 has no account for the images, so that aws_sagemaker's and aws_ecr_assets' own
# helpers for them fail. sa-west-1 has Neuron images alone, the others all of the newest.
UNKNOWN_TO_CDK = [
    *("af-south-1", "ap-northeast-3", "ap-southeast-5", "ap-southeast-7", "ca-west-1"),
    *("eu-isoe-west-1", "il-central-1", "mx-central-1", "us-gov-east-1", "us-gov-west-1"),
    *("us-iso-east-1", "us-isob-east-1"),
]

UriOfTheSdk = Callable[[str, str, str], str]


@pytest.fixture(scope="module", name="uri_of_the_sdk")
def _uri_of_the_sdk() -> Iterator[UriOfTheSdk]:
    """``image_uris.retrieve`` for a family, region and version, less its reading of files."""
    # Typed nowhere, and slow: only for this.
    from sagemaker.core import image_uris  # type: ignore[import-untyped]

    def retrieve(framework_key: str, region: str, version: str) -> str:
        uri: str = image_uris.retrieve(framework_key, region, version=version)
        return uri

    with pytest.MonkeyPatch.context() as patch:
        for module, name in (
            (image_uris, "config_for_framework"),
            (image_uris.utils, "_botocore_resolver"),
        ):
            patch.setattr(module, name, functools.cache(getattr(module, name)))
        yield retrieve


@pytest.fixture(scope="module")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The image of the tutorial's endpoint in a stack of each region."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("regions"))
        app, artifact = new_app(), tutorial()
        stacks = {}
        for region in REGIONS:
            env = cdk.Environment(account=ACCOUNT, region=region)
            stacks[region] = cdk.Stack(app, region, env=env)
            LmiEndpoint(
                stacks[region], "Endpoint", artifact=artifact, instance_type="ml.g5.12xlarge"
            )
        yield {region: container_of(stack)["Image"] for region, stack in stacks.items()}


@pytest.fixture(scope="module")
def mapping(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, str]]:
    """The Mapping of a stack that knows no region."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("agnostic"))
        stack = new_stack(region=None, account=None)
        LmiEndpoint(stack, "Endpoint", artifact=tutorial(), instance_type="ml.g5.12xlarge")
        (found,) = Template.from_stack(stack).find_mappings("*").values()
        return {str(region): dict(row) for region, row in found.items()}


def test_the_image_of_the_tutorial_is_in_36_regions(mapping: dict[str, dict[str, str]]) -> None:
    assert len(REGIONS) == 36
    assert set(mapping) == set(REGIONS)


@pytest.mark.parametrize("region", REGIONS)
def test_uri_is_that_of_the_sagemaker_sdk(
    assembly: dict[str, str],
    mapping: dict[str, dict[str, str]],
    uri_of_the_sdk: UriOfTheSdk,
    region: str,
) -> None:
    row = mapping[region]
    host = f"{row['Account']}.dkr.ecr.{region}.{row['DnsSuffix']}"
    expected = uri_of_the_sdk("djl-deepspeed", region, "0.20.0")

    assert assembly[region] == expected
    assert f"{host}/djl-inference:{IMAGE}" == expected


def test_the_catalogue_answers_as_the_sdk_for_every_family_region_and_version(
    uri_of_the_sdk: UriOfTheSdk,
) -> None:
    returned = [image for image in catalog.images() if image.in_sagemaker_sdk]
    assert len(returned) == 39
    for image in returned:
        assert image.framework_key is not None
        for region in image.regions:
            assert image.uri(region) == uri_of_the_sdk(
                image.framework_key, region, image.djl_version
            )


@pytest.mark.parametrize("registry", catalog.registries(), ids=lambda each: each.region)
def test_a_registry_is_as_cdk_has_it_where_cdk_has_it(registry: catalog.Registry) -> None:
    facts = region_info.RegionInfo.get(registry.region)

    assert facts.dlc_repository_account == registry.cdk_dlc_account
    assert registry.cdk_dlc_account in (None, registry.account)
    if registry.region != "sa-west-1":  # CDK does not know this region at all.
        assert (facts.domain_suffix, facts.partition) == (registry.dns_suffix, registry.partition)


def test_cdk_lacks_the_account_of_twelve_regions_and_of_the_one_that_has_neuron_alone() -> None:
    lacking = [each.region for each in catalog.registries() if each.cdk_dlc_account is None]
    assert set(lacking) == {*UNKNOWN_TO_CDK, "sa-west-1"}


@pytest.mark.parametrize(
    ("tag", "instance_type", "region"),
    [
        *((NEWEST, "ml.g6.xlarge", region) for region in UNKNOWN_TO_CDK),
        (NEURON, "ml.inf2.xlarge", "sa-west-1"),
    ],
)
def test_an_endpoint_works_where_cdk_knows_no_account(
    uri_of_the_sdk: UriOfTheSdk, tmp_path: Path, tag: str, instance_type: str, region: str
) -> None:
    image, artifact = catalog.image(tag), write_artifact(tmp_path / "model", image=tag)
    stack = new_stack(region=region)
    LmiEndpoint(
        stack,
        "Endpoint",
        artifact=ModelArtifact.from_directory(artifact),
        instance_type=instance_type,
    )
    assert image.framework_key is not None
    assert container_of(stack)["Image"] == uri_of_the_sdk(
        image.framework_key, region, image.djl_version
    )


@pytest.mark.parametrize("region", REGIONS)
def test_account_and_suffix_are_those_of_cdk_where_it_knows_them(
    mapping: dict[str, dict[str, str]], region: str
) -> None:
    facts = region_info.RegionInfo.get(region)

    assert facts.dlc_repository_account in (None, mapping[region]["Account"])
    assert mapping[region]["DnsSuffix"] == facts.domain_suffix


def test_uri_is_looked_up_by_region_where_none_is_known() -> None:
    stack = new_stack(region=None, account=None)
    LmiEndpoint(stack, "Endpoint", artifact=tutorial(), instance_type="ml.g5.12xlarge")

    (name,) = Template.from_stack(stack).find_mappings("*")
    in_this_region = [name, {"Ref": "AWS::Region"}]
    assert container_of(stack)["Image"] == {
        "Fn::Join": [
            "",
            [
                {"Fn::FindInMap": [*in_this_region, "Account"]},
                ".dkr.ecr.",
                {"Ref": "AWS::Region"},
                ".",
                {"Fn::FindInMap": [*in_this_region, "DnsSuffix"]},
                f"/djl-inference:{IMAGE}",
            ],
        ]
    }
