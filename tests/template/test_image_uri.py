import functools
from collections.abc import Iterator

import aws_cdk as cdk
import pytest
from aws_cdk import region_info
from aws_cdk.assertions import Template

from cdk_lmi import LmiEndpoint
from lmi import catalog
from tests.template.templates import ACCOUNT, IMAGE, container_of, new_app, new_stack, tutorial

REGIONS = catalog.image(IMAGE).regions


@functools.cache
def uri_of_the_sdk(region: str) -> str:
    # Typed nowhere, and slow: only for this.
    from sagemaker.core import image_uris  # type: ignore[import-untyped]

    uri: str = image_uris.retrieve("djl-deepspeed", region, version="0.20.0")
    return uri


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
    assembly: dict[str, str], mapping: dict[str, dict[str, str]], region: str
) -> None:
    row = mapping[region]
    host = f"{row['Account']}.dkr.ecr.{region}.{row['DnsSuffix']}"

    assert assembly[region] == uri_of_the_sdk(region)
    assert f"{host}/djl-inference:{IMAGE}" == uri_of_the_sdk(region)


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
