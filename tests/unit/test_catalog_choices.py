"""What follows from an image: the host SageMaker must start, the server that stands in here."""

from typing import Any

import pytest
from botocore.loaders import Loader

from lmi.catalog import (
    default_driver,
    driver_finding,
    hosts_on_request,
    image,
    images,
    inference_ami_version,
    inference_amis,
    instance_type,
    instance_types,
    local_server,
    why_no_image_runs,
)
from lmi.catalog.records import read_records

CUDA_11 = "0.20.0-deepspeed0.7.5-cu116"
CUDA_12 = "0.27.0-deepspeed0.12.6-cu121"
CUDA_12_9 = "0.36.0-lmi24.0.0-cu129"
CUDA_13 = "0.36.0-lmi28.0.0-cu130"
DRIVER_550 = "al2-ami-sagemaker-inference-gpu-3-1"
DRIVER_580 = "al2023-ami-sagemaker-inference-gpu-4-1"


@pytest.mark.parametrize(
    ("tag", "instance", "expected"),
    [
        # Driver 470 is older than CUDA 11.6 but of the same major version.
        (CUDA_11, "ml.g5.12xlarge", None),
        (CUDA_11, "ml.g4dn.xlarge", None),
        (CUDA_11, "ml.p4d.24xlarge", None),
        # Drivers run older CUDA.
        (CUDA_11, "ml.g6.xlarge", None),
        (CUDA_11, "ml.p5en.48xlarge", None),
        # CUDA 12 needs driver 525.
        (CUDA_12, "ml.g5.12xlarge", DRIVER_550),
        (CUDA_12, "ml.g4dn.xlarge", DRIVER_550),
        (CUDA_12, "ml.p4d.24xlarge", DRIVER_550),
        (CUDA_12, "ml.p4de.24xlarge", DRIVER_550),
        (CUDA_12_9, "ml.g5.xlarge", DRIVER_550),
        (CUDA_12, "ml.g6.xlarge", None),
        (CUDA_12, "ml.g6e.xlarge", None),
        (CUDA_12_9, "ml.p5.48xlarge", None),
        (CUDA_12_9, "ml.p5e.48xlarge", None),
        # CUDA 13 needs driver 580, which no documented host has by default.
        (CUDA_13, "ml.g4dn.xlarge", DRIVER_580),
        (CUDA_13, "ml.g5.12xlarge", DRIVER_580),
        (CUDA_13, "ml.g6.xlarge", DRIVER_580),
        (CUDA_13, "ml.g6e.xlarge", DRIVER_580),
        (CUDA_13, "ml.p4d.24xlarge", DRIVER_580),
        (CUDA_13, "ml.p5.4xlarge", DRIVER_580),
        (CUDA_13, "ml.p5en.48xlarge", DRIVER_580),
        # Families of which nothing is publicly known, and one that takes no other host.
        (CUDA_13, "ml.g7e.2xlarge", None),
        (CUDA_13, "ml.p6-b200.48xlarge", None),
        (CUDA_12, "ml.p3.2xlarge", None),
        # Nothing to choose.
        (CUDA_13, "ml.c6i.2xlarge", None),
        (CUDA_13, "ml.inf2.xlarge", None),
        ("0.36.0-cpu-full", "ml.g5.xlarge", None),
        ("0.29.0-neuronx-sdk2.19.1", "ml.inf2.xlarge", None),
    ],
)
def test_a_newer_host_is_asked_for_exactly_where_the_default_driver_is_too_old(
    tag: str, instance: str, expected: str | None
) -> None:
    assert inference_ami_version(image(tag), instance_type(instance)) == expected


@pytest.mark.parametrize(
    ("tag", "instance", "certain"),
    [
        # No other host has a newer driver, and neither can the image bridge the difference.
        (CUDA_13, "ml.p3.2xlarge", True),
        (CUDA_12_9, "ml.p3.2xlarge", True),
        # The image may bridge it.
        (CUDA_12, "ml.p3.2xlarge", False),
        # No known default driver is new enough, and that of the family is unknown.
        (CUDA_13, "ml.g7e.2xlarge", False),
        (CUDA_13, "ml.p6-b200.48xlarge", False),
        # The default driver or the host that is chosen suffices, or there is no driver.
        (CUDA_12, "ml.g7e.2xlarge", None),
        (CUDA_11, "ml.p3.2xlarge", None),
        (CUDA_13, "ml.g5.xlarge", None),
        (CUDA_12, "ml.g6.xlarge", None),
        (CUDA_13, "ml.c6i.2xlarge", None),
        ("0.36.0-cpu-full", "ml.p3.2xlarge", None),
    ],
)
def test_a_driver_that_is_too_old_or_unknown_is_told(
    tag: str, instance: str, certain: bool | None
) -> None:
    found = driver_finding(image(tag), instance_type(instance))

    assert (None if found is None else found.certain) == certain
    if found is not None:
        assert repr(tag) in found.message
        assert instance in found.message


def test_every_choice_is_one_that_the_api_takes() -> None:
    model = Loader().load_service_model("sagemaker", "service-2")
    taken = set(model["shapes"]["ProductionVariantInferenceAmiVersion"]["enum"])

    chosen = {inference_ami_version(i, t) for i in images() for t in instance_types()}
    assert chosen == {None, DRIVER_550, DRIVER_580}
    assert chosen - {None} <= taken


def test_a_chosen_host_has_a_driver_that_suffices() -> None:
    rows: list[dict[str, Any]] = read_records("drivers.json")["cuda"]
    assert [row["major"] for row in rows] == ["11", "12", "13"]
    for row in rows:
        assert row["reason"]
        if row["inference_ami_version"] is not None:
            assert row["ami_driver"] >= row["minimum_driver"]


def test_every_gpu_image_has_a_known_cuda_requirement() -> None:
    known = {row["major"] for row in read_records("drivers.json")["cuda"]}
    assert {found.cuda.split(".")[0] for found in images() if found.cuda} <= known


@pytest.mark.parametrize(
    ("tag", "server"),
    [
        ("0.19.0-deepspeed0.7.3-cu113", "0.20.0"),
        (CUDA_11, "0.20.0"),
        ("0.22.1-deepspeed0.9.2-cu118", "0.20.0"),
        ("0.23.0-deepspeed0.9.5-cu118", "0.25.0"),
        ("0.25.0-deepspeed0.11.0-cu118", "0.25.0"),
        ("0.29.0-lmi11.0.0-cu124", "0.25.0"),
        ("0.30.0-lmi12.0.0-cu124", "0.34.0"),
        ("0.34.0-lmi16.0.0-cu128", "0.34.0"),
        ("0.36.0-cpu-full", "0.34.0"),
        ("0.38.0-lmi29.0.0-cu130", "0.34.0"),
    ],
)
def test_the_nearest_published_engine_serves(tag: str, server: str) -> None:
    found = local_server(image(tag))

    assert found.server_version == server
    assert found.image_version == image(tag).djl_version
    assert found.exact == (found.image_version == server)


def test_the_reason_says_where_the_server_differs_from_the_image() -> None:
    assert local_server(image("0.36.0-cpu-full")).reason == (
        "image 0.36.0-cpu-full has DJL 0.36.0, which could not be fetched from Maven Central "
        "(tried 2026-11-22); the nearest that could, 0.34.0, serves it here and may differ"
    )
    assert local_server(image(CUDA_11)).reason == (
        "image 0.20.0-deepspeed0.7.5-cu116 is served by its own DJL version, 0.20.0, "
        "from Maven Central"
    )


def test_every_image_has_a_server() -> None:
    assert {local_server(found).server_version for found in images()} == {
        "0.20.0",
        "0.25.0",
        "0.34.0",
    }


def test_the_hosts_on_request_are_those_that_the_api_describes() -> None:
    shapes = Loader().load_service_model("sagemaker", "service-2")["shapes"]
    variant = shapes["ProductionVariant"]["members"]["InferenceAmiVersion"]["documentation"]
    assert {found.name for found in inference_amis()} == set(
        shapes["ProductionVariantInferenceAmiVersion"]["enum"]
    )
    for found in inference_amis():
        described = variant.partition(f"<dt>{found.name}</dt>")[2].partition("</dd>")[0]
        assert f"driver version: {found.driver}" in described
        assert (found.cuda is None) == ("CUDA version" not in described)
        assert found.cuda is None or f"CUDA version: {found.cuda}" in described
        if found.accelerator == "gpu":
            assert found.mounts_cuda_compat == ("disabled CUDA-compat mounting" not in described)


@pytest.mark.parametrize(
    ("instance", "driver", "hosts"),
    [
        ("ml.g5.12xlarge", 470, [DRIVER_550, DRIVER_580]),
        ("ml.g6.xlarge", 535, [DRIVER_580]),
        ("ml.p3.2xlarge", 470, []),
        ("ml.g7e.2xlarge", None, []),
        ("ml.c6i.2xlarge", None, []),
    ],
)
def test_an_instance_type_has_a_driver_and_takes_hosts(
    instance: str, driver: int | None, hosts: list[str]
) -> None:
    found = instance_type(instance)
    assert default_driver(found.family) == driver
    assert [host.name for host in hosts_on_request(found)] == hosts


def test_no_image_runs_on_an_arm_processor_and_the_reason_names_the_type() -> None:
    assert why_no_image_runs(instance_type("ml.g5.xlarge")) is None
    assert why_no_image_runs(instance_type("ml.c7g.xlarge")) == (
        "instance type 'ml.c7g.xlarge' has an Arm processor (Graviton), and every LMI image is "
        "built for x86-64"
    )
