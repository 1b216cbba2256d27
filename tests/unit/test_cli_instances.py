"""`lmi instances`: list, filter, one in full."""

import json
from typing import Any

import pytest
from click.testing import CliRunner, Result

from lmi.catalog import instance_type, instance_types
from lmi.cli import main

M5 = [f"ml.m5.{size}" for size in ("large", "xlarge", *(f"{n}xlarge" for n in (2, 4, 12, 24)))]


def lmi(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["instances", *arguments])


def document(*arguments: str) -> dict[str, Any]:
    result = lmi(*arguments, "--format", "json")
    assert result.exit_code == 0, result.stderr
    found: dict[str, Any] = json.loads(result.stdout)
    assert found["schema"] == 1
    return found


def columns(line: str) -> str:
    return " ".join(line.split())


def refused(result: Result, exit_code: int) -> str:
    assert result.exit_code == exit_code
    assert isinstance(result.exception, SystemExit)
    assert result.stdout == ""
    return result.stderr


def test_the_types_that_lmi_images_run_on_are_listed_one_a_line() -> None:
    result = lmi()
    head, *lines = result.stdout.splitlines()

    assert result.exit_code == 0
    assert head.split()[:3] == ["NAME", "ACCELERATORS", "GIB"]
    assert [line.split()[0] for line in lines] == [
        found.name for found in instance_types() if found.architecture == "x86_64"
    ]
    rows = [columns(line) for line in lines]
    assert "ml.g5.12xlarge 4 x NVIDIA A10G 22.4 48 192 yes 470 19 7.090 2026-08" in rows
    assert "ml.c6i.2xlarge - - 8 16 - 23 ?" in rows


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--family", "g4dn", "--gpus", "4"], ["ml.g4dn.12xlarge"]),
        (["--family", "p5", "--gpus", "1"], ["ml.p5.4xlarge"]),
        (
            ["--gpus", "8", "--min-gpu-memory", "80", "--region", "sa-east-1"],
            ["ml.p5.48xlarge"],
        ),
        (["--min-gpu-memory", "200"], ["ml.p6-b300.48xlarge"]),
        (["--accelerator", "neuron", "--family", "trn2"], ["ml.trn2.48xlarge"]),
        (["--accelerator", "none", "--family", "m5", "--region", "me-south-1"], M5),
    ],
)
def test_every_filter_must_keep_a_type(arguments: list[str], expected: list[str]) -> None:
    found = [row["name"] for row in document(*arguments)["instances"]]
    assert found == expected


def test_gpu_memory_is_what_the_driver_reports() -> None:
    least = [row["name"] for row in document("--min-gpu-memory", "22")["instances"]]
    assert "ml.g5.xlarge" in least
    least = [row["name"] for row in document("--min-gpu-memory", "24")["instances"]]
    assert "ml.g5.xlarge" not in least


def test_an_empty_list_says_which_filter_is_to_blame_and_is_no_failure() -> None:
    result = lmi("--family", "g5", "--gpus", "3")

    assert result.exit_code == 0
    assert result.stdout == (
        "no instance type matches --family g5 --gpus 3; without --gpus 3 there would be 8\n"
    )
    found = document("--family", "g5", "--gpus", "3")
    assert found["instances"] == []
    assert found["excluded_by"] == [
        {"option": "--family g5", "without": 0},
        {"option": "--gpus 3", "without": 8},
    ]


def test_one_type_is_shown_with_all_that_is_known() -> None:
    lines = [columns(line) for line in lmi("ml.g5.12xlarge").stdout.splitlines()]

    assert lines[:4] == [
        "ml.g5.12xlarge",
        "runs LMI images yes",
        "accelerators 4 x NVIDIA A10G, 22.4 GiB each",
        "GPU driver 470 by default",
    ]
    assert "disk NVMe of the host; an endpoint must not set VolumeSizeInGB" in lines
    assert any(line.startswith("price 7.09 USD/h in us-east-1, hosting, 2026-08") for line in lines)


def test_a_type_that_no_image_runs_on_is_shown_with_the_reason() -> None:
    result = lmi("ml.c7g.xlarge")
    assert result.exit_code == 0
    assert "runs LMI images  instance type 'ml.c7g.xlarge' has an Arm processor" in result.stdout


def test_what_is_not_publicly_known_is_said() -> None:
    text = lmi("ml.g7.2xlarge").stdout
    assert "not publicly known by default" in text
    assert "price            unknown" in text


def test_a_row_of_the_document_has_every_field_of_the_type() -> None:
    (row,) = document("ml.g6.2xlarge")["instances"]
    found = instance_type("ml.g6.2xlarge")
    assert row == {
        "name": "ml.g6.2xlarge",
        "family": "g6",
        "architecture": "x86_64",
        "why_no_image_runs": None,
        "accelerator": "gpu",
        "accelerator_model": "NVIDIA L4",
        "accelerator_count": 1,
        "memory_per_accelerator_mib": 22888,
        "vcpu": 8,
        "memory_mib": 32768,
        "has_local_nvme": True,
        "volume_size_allowed": False,
        "default_gpu_driver": 535,
        "inference_ami_versions": ["al2023-ami-sagemaker-inference-gpu-4-1"],
        "hosting_regions": list(found.hosting_regions),
        "price": {
            "usd_per_hour": 1.222,
            "basis": "hosting",
            "region": "us-east-1",
            "date": "2026-08",
            "source": row["price"]["source"],
        },
        "ec2_price": {
            "usd_per_hour": 0.9776,
            "basis": "ec2",
            "region": "us-east-1",
            "date": "2026-07-20",
            "source": row["ec2_price"]["source"],
        },
        "source": found.source,
    }


def test_fails_with_every_value_that_is_unknown() -> None:
    message = refused(lmi("--family", "g55", "--accelerator", "gpus", "--region", "eu-west"), 2)
    assert message.splitlines() == [
        "Error: --region eu-west: unknown; nearest: eu-west-3, eu-west-2, eu-west-1",
        "--family g55: unknown; nearest: g5",
        "--accelerator gpus: unknown; nearest: gpu",
    ]


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("ml.g5.13xlarge", "nearest: ml.g5.16xlarge, ml.g5.12xlarge"),
        ("g5.xlarge", "did you mean 'ml.g5.xlarge'?"),
        ("ml.p2.xlarge", "has NVIDIA K80 GPUs"),
    ],
)
def test_fails_on_a_name_that_there_is_not(name: str, hint: str) -> None:
    assert hint in refused(lmi(name), 2)


def test_fails_on_a_name_with_filters() -> None:
    message = refused(lmi("ml.g5.xlarge", "--gpus", "1"), 2)
    assert "names one instance type; leave out all filters" in message
