"""`lmi images`: list, filter, one in full."""

import json
from typing import Any

import pytest
from click.testing import CliRunner, Result

from lmi.catalog import image, images
from lmi.cli import main

TUTORIAL = "0.20.0-deepspeed0.7.5-cu116"


def lmi(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["images", *arguments])


def document(*arguments: str) -> dict[str, Any]:
    result = lmi(*arguments, "--format", "json")
    assert result.exit_code == 0, result.stderr
    found: dict[str, Any] = json.loads(result.stdout)
    assert found["schema"] == 1
    return found


def tags(*arguments: str) -> list[str]:
    return [row["tag"] for row in document(*arguments)["images"]]


def columns(line: str) -> str:
    return " ".join(line.split())


def refused(result: Result, exit_code: int) -> str:
    assert result.exit_code == exit_code
    assert isinstance(result.exception, SystemExit)
    assert result.stdout == ""
    return result.stderr


def test_all_images_are_listed_one_a_line_the_newest_last() -> None:
    result = lmi()
    head, *lines = result.stdout.splitlines()

    assert result.exit_code == 0
    assert columns(head) == "TAG FAMILY PYTHON CUDA ENGINES REGIONS LISTED SDK"
    assert [line.split()[0] for line in lines] == [each.tag for each in images()]
    assert columns(lines[-1]) == (
        "0.38.0-lmi29.0.0-cu130 djl-lmi 3.12 13.0 vllm 0.28.0 44 2026-09-22 yes"
    )
    assert not any(line.endswith(" ") for line in lines)


def test_assumed_regions_and_what_is_not_known_are_marked() -> None:
    lines = [columns(line) for line in lmi().stdout.splitlines()]
    assert "0.36.0-cpu-full cpu 3.11 - - ~45 2025-12-17" in lines


@pytest.mark.parametrize(
    ("arguments", "count", "among"),
    [
        (["--family", "cpu"], 11, "0.36.0-cpu-full"),
        (["--family", "djl-fastertransformer"], 4, "0.24.0-fastertransformer5.3.0-cu118"),
        (["--djl-version", "0.36.0"], 12, "0.36.0-lmi18.0.0-cu128"),
        (["--djl-version", "0.36.0", "--accelerator", "cpu"], 1, "0.36.0-cpu-full"),
        (["--accelerator", "neuron"], 9, "0.30.0-neuronx-sdk2.20.1"),
        (["--engine", "vllm"], 25, "0.23.0-deepspeed0.9.5-cu118"),
        (["--engine", "lmi-dist"], 6, "0.27.0-deepspeed0.12.6-cu121"),
        (["--region", "sa-west-1", "--accelerator", "neuron"], 9, "0.29.0-neuronx-sdk2.19.1"),
        (["--region", "us-west-2", "--region", "us-isob-east-1"], 29, "0.38.0-lmi29.0.0-cu130"),
    ],
)
def test_every_filter_must_keep_an_image(arguments: list[str], count: int, among: str) -> None:
    found = tags(*arguments)
    assert among in found
    assert len(found) == count


def test_an_empty_list_says_which_filter_is_to_blame_and_is_no_failure() -> None:
    asked = ["--family", "djl-lmi", "--djl-version", "0.20.0"]
    result = lmi(*asked)

    assert result.exit_code == 0
    assert result.stdout == (
        "no image matches --family djl-lmi --djl-version 0.20.0; "
        "without --family djl-lmi there would be 1; "
        "without --djl-version 0.20.0 there would be 20\n"
    )
    found = document(*asked)
    assert found["images"] == []
    assert found["excluded_by"] == [
        {"option": "--family djl-lmi", "without": 1},
        {"option": "--djl-version 0.20.0", "without": 20},
    ]


def test_an_empty_list_says_when_one_filter_less_is_not_enough() -> None:
    result = lmi("--family", "cpu", "--djl-version", "0.20.0", "--engine", "vllm")
    assert result.stdout.endswith("--engine vllm; leaving out one of them is not enough\n")


def test_one_image_is_shown_with_all_that_is_known() -> None:
    result = lmi(TUTORIAL, "--region", "us-west-2")

    assert result.exit_code == 0
    assert result.stdout.startswith(f"{TUTORIAL}\n")
    text = columns(result.stdout)
    assert "DJL Serving 0.20.0" in text
    assert "built for gpu, CUDA 11.6" in text
    assert "listed by AWS since 2022-12-16 to 2023-07-19" in text
    assert f"sagemaker-core 2.27.0 returns {TUTORIAL} for djl-deepspeed 0.20.0" in text
    assert f"URI in us-west-2 {image(TUTORIAL).uri('us-west-2')}" in text


def test_an_image_that_the_sdk_passed_over_names_the_one_it_returns() -> None:
    assert (
        "returns 0.36.0-lmi27.0.0-cu130 for djl-lmi 0.36.0" in lmi("0.36.0-lmi28.0.0-cu130").stdout
    )
    assert "has no image for cpu 0.36.0" in lmi("0.36.0-cpu-full").stdout


def test_one_image_has_its_uri_in_each_region_that_is_asked_for() -> None:
    (row,) = document(TUTORIAL, "--region", "us-west-2", "--region", "cn-north-1")["images"]
    assert row["uris"] == {
        "us-west-2": image(TUTORIAL).uri("us-west-2"),
        "cn-north-1": image(TUTORIAL).uri("cn-north-1"),
    }
    (row,) = document(TUTORIAL, "--region", "all")["images"]
    assert list(row["uris"]) == list(image(TUTORIAL).regions)
    (row,) = document(TUTORIAL)["images"]
    assert row["uris"] == {}


def test_a_row_of_the_document_has_every_field_of_the_image() -> None:
    (row,) = document("0.36.0-lmi28.0.0-cu130")["images"]
    assert row == {
        "tag": "0.36.0-lmi28.0.0-cu130",
        "repository": "djl-inference",
        "family": "djl-lmi",
        "djl_version": "0.36.0",
        "lmi_version": "28.0.0",
        "accelerator": "gpu",
        "cuda": "13.0",
        "container_python": "3.12",
        "framework_versions": {"vllm": "0.26.0", "torch": "2.11.0"},
        "regions": list(image("0.36.0-lmi28.0.0-cu130").regions),
        "regions_are_assumed": False,
        "in_sagemaker_sdk": False,
        "first_listed": "2026-08-11",
        "last_listed": None,
        "superseded_tags": [],
        "local_server": {
            "image_version": "0.36.0",
            "server_version": "0.34.0",
            "exact": False,
            "reason": row["local_server"]["reason"],
        },
        "uris": {},
        "note": row["note"],
        "source": row["source"],
    }


def test_fails_with_every_value_that_is_unknown() -> None:
    message = refused(
        lmi(
            *("--family", "lmi", "--djl-version", "0.3", "--accelerator", "tpu"),
            *("--engine", "vlm", "--region", "us-west2"),
        ),
        2,
    )
    assert message.splitlines() == [
        "Error: --region us-west2: unknown; nearest: us-west-2, us-west-1, us-east-2",
        "--family lmi: unknown; nearest: djl-lmi",
        "--djl-version 0.3: unknown; nearest: 0.38.0, 0.36.0, 0.35.0",
        "--accelerator tpu: unknown; nearest: gpu, cpu",
        "--engine vlm: unknown; nearest: vllm",
    ]


def test_fails_with_every_mistake_about_one_image() -> None:
    message = refused(lmi("0.20.0-deepspeed", "--region", "us-west2", "--family", "cpu"), 2)
    first, second, third = message.splitlines()
    assert first.startswith("Error: unknown image tag '0.20.0-deepspeed'; nearest: 0.20.0-deepsp")
    assert second.startswith("no djl-inference registry is known in region 'us-west2'; nearest: ")
    assert third == "TAG '0.20.0-deepspeed' names one image; leave out --family"


def test_fails_on_regions_that_the_image_is_not_in() -> None:
    message = refused(lmi(TUTORIAL, "--region", "ap-east-2", "--region", "sa-west-1"), 1)
    assert [line.rpartition(";")[0] for line in message.splitlines()] == [
        f"Error: image {TUTORIAL!r} is not published in region 'ap-east-2'",
        f"image {TUTORIAL!r} is not published in region 'sa-west-1'",
    ]
