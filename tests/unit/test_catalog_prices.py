"""Prices: dated, sourced, and plausible next to each other."""

import re

import pytest

from lmi.catalog import Price, instance_type, instance_types
from lmi.catalog.records import read_records


def test_the_tutorials_instance_has_a_price_with_its_day_and_source() -> None:
    price = instance_type("ml.g5.12xlarge").price

    assert price is not None
    assert (price.usd_per_hour, price.basis, price.region) == (7.09, "hosting", "us-east-1")
    assert price.date == "2026-08"
    assert "AmazonSageMaker/current/us-east-1/index.json" in price.source


def test_the_price_of_the_machine_is_told_apart() -> None:
    found = instance_type("ml.g5.12xlarge").ec2_price

    assert found == Price(
        usd_per_hour=5.672,
        basis="ec2",
        region="us-east-1",
        date="2026-07-20",
        source="aws/karpenter-provider-aws@1d927085: pkg/providers/pricing/"
        "zz_generated.pricing_aws.go",
    )


@pytest.mark.parametrize("rows", [read_records("prices.json")["lists"]])
def test_every_price_has_a_date_a_source_and_a_type_that_there_is(
    rows: list[dict[str, object]],
) -> None:
    names = {found.name for found in instance_types()}
    for each in rows:
        assert re.fullmatch(r"\d{4}-\d\d(-\d\d|/\d{4}-\d\d)?", str(each["date"]))
        assert each["source"]
        assert isinstance(each["usd_per_hour"], dict)
        assert set(each["usd_per_hour"]) <= names


def test_no_type_has_two_prices_of_sagemaker() -> None:
    lists = [row for row in read_records("prices.json")["lists"] if row["basis"] != "ec2"]
    priced = [name for row in lists for name in row["usd_per_hour"]]
    assert len(priced) == len(set(priced)) == 53


def test_sagemaker_asks_a_tenth_to_a_half_more_than_ec2() -> None:
    # A figure outside is mostly EC2's own, printed as SageMaker's.
    for found in instance_types():
        if found.price is not None and found.ec2_price is not None:
            ratio = found.price.usd_per_hour / found.ec2_price.usd_per_hour
            assert 1.1 < ratio < 1.5, found.name


def test_an_unknown_price_is_none() -> None:
    assert instance_type("ml.p5e.48xlarge").price is None
    assert instance_type("ml.p5e.48xlarge").usd_per_hour is None
    assert instance_type("ml.p5e.48xlarge").ec2_price is None
