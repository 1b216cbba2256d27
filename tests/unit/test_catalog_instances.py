"""The hosting types, held against the lists that AWS's own tools carry."""

import json
from dataclasses import FrozenInstanceError

import pytest

from lmi.catalog import instance_type, instance_types, registries
from lmi.errors import CatalogError
from scripts.catalog import DATA, described_by_ec2, generated, hosting_type_names

EXCLUDED = [
    "ml.dl1.24xlarge",
    "ml.p2.16xlarge",
    "ml.p2.8xlarge",
    "ml.p2.xlarge",
    "ml.p6e-gb200.36xlarge",
]


def test_every_hosting_type_of_the_api_is_known_or_excluded_with_a_reason() -> None:
    known = {found.name for found in instance_types()}
    assert known | set(EXCLUDED) == set(hosting_type_names())
    assert not known & set(EXCLUDED)


@pytest.mark.parametrize("name", EXCLUDED)
def test_fails_on_an_excluded_type_with_the_reason(name: str) -> None:
    with pytest.raises(CatalogError, match=rf"^instance type '{name}' has .*; take another type$"):
        instance_type(name)


@pytest.mark.parametrize("file", ["cpu_instances.json", "hosting_regions.json"])
def test_the_generated_rows_are_those_of_the_installed_packages(file: str) -> None:
    ours, fresh = json.loads((DATA / file).read_text()), json.loads(generated()[file])
    del ours["about"], fresh["about"]
    assert ours == fresh


def test_the_tutorials_instance_has_four_gpus_of_the_size_that_ec2_reports() -> None:
    found = instance_type("ml.g5.12xlarge")

    assert (found.family, found.architecture) == ("g5", "x86_64")
    assert (found.accelerator, found.accelerator_model) == ("gpu", "NVIDIA A10G")
    assert (found.accelerator_count, found.memory_per_accelerator_mib) == (4, 22888)
    assert (found.vcpu, found.memory_mib) == (48, 196608)
    assert (found.has_local_nvme, found.volume_size_allowed) == (True, False)
    assert found.local_nvme_gb == 3800
    assert "us-west-2" in found.hosting_regions
    assert found.usd_per_hour == 7.09


def test_the_local_models_instance_has_no_accelerator() -> None:
    found = instance_type("ml.c6i.2xlarge")

    assert (found.family, found.architecture) == ("c6i", "x86_64")
    assert (found.accelerator, found.accelerator_model) == (None, None)
    assert (found.accelerator_count, found.memory_per_accelerator_mib) == (0, None)
    assert (found.vcpu, found.memory_mib) == (8, 16384)
    assert (found.has_local_nvme, found.volume_size_allowed) == (False, True)
    assert found.usd_per_hour is None


def test_accelerated_types_are_what_ec2_describes() -> None:
    described = described_by_ec2()
    for found in (each for each in instance_types() if each.accelerator):
        ec2 = described.get(found.name.removeprefix("ml."))
        if ec2 is None:
            assert found.family == "p3"
            continue
        devices = [*ec2.get("GpuInfo", {}).get("Gpus", ())]
        devices += ec2.get("NeuronInfo", {}).get("NeuronDevices", ())

        assert found.vcpu == ec2["VCpuInfo"]["DefaultVCpus"], found.name
        assert found.memory_mib == ec2["MemoryInfo"]["SizeInMiB"], found.name
        assert found.has_local_nvme == ec2["InstanceStorageSupported"], found.name
        storage = ec2.get("InstanceStorageInfo", {})
        assert found.local_nvme_gb == storage.get("TotalSizeInGB"), found.name
        assert found.accelerator_count == sum(device["Count"] for device in devices), found.name
        # EC2 says 512 GiB for a Trainium2 chip; its data sheet says 96.
        if found.family != "trn2":
            memory = {device["MemoryInfo"]["SizeInMiB"] for device in devices}
            assert memory == {found.memory_per_accelerator_mib}, found.name


@pytest.mark.parametrize(
    ("name", "accelerator", "count", "memory_mib"),
    [
        ("ml.g4dn.12xlarge", "gpu", 4, 16384),
        ("ml.g6e.48xlarge", "gpu", 8, 45776),
        ("ml.p4d.24xlarge", "gpu", 8, 40960),
        ("ml.p5.4xlarge", "gpu", 1, 81920),
        ("ml.inf2.48xlarge", "neuron", 12, 32768),
        ("ml.trn1.32xlarge", "neuron", 16, 32768),
        ("ml.trn2.48xlarge", "neuron", 16, 98304),
    ],
)
def test_an_accelerated_type_counts_its_accelerators(
    name: str, accelerator: str, count: int, memory_mib: int
) -> None:
    found = instance_type(name)
    assert (found.accelerator, found.accelerator_count) == (accelerator, count)
    assert found.memory_per_accelerator_mib == memory_mib


def test_every_type_is_either_with_accelerators_or_without() -> None:
    for found in instance_types():
        facts = (found.accelerator, found.accelerator_model, found.memory_per_accelerator_mib)
        assert all(fact is None for fact in facts) == (found.accelerator_count == 0), found.name
        assert found.source
        assert found.name == f"ml.{found.family}.{found.name.rsplit('.', 1)[1]}"


def test_graviton_types_are_arm_and_no_accelerated_one_is() -> None:
    arm = {found.family for found in instance_types() if found.architecture == "arm64"}
    assert arm == {
        *("c6g", "c6gd", "c6gn", "c7g", "c8g", "m6g", "m6gd", "m8g"),
        *("r6g", "r6gd", "r7gd", "r8g"),
    }
    assert all(found.architecture == "x86_64" for found in instance_types() if found.accelerator)


def test_every_hosting_region_has_a_registry() -> None:
    known = {each.region for each in registries()}
    assert {region for found in instance_types() for region in found.hosting_regions} <= known


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("g5.12xlarge", "did you mean 'ml.g5.12xlarge'?"),
        ("ml.g5.13xlarge", "nearest: ml.g5.16xlarge, ml.g5.12xlarge, ml.g5.xlarge"),
        ("ml.g9.xlarge", "nearest: ml.g6.xlarge, ml.g5.xlarge, "),
        ("gpu", "a type is ml.FAMILY.SIZE, FAMILY one of c4, c5, "),
    ],
)
def test_fails_on_an_unknown_type_with_the_nearest_ones(name: str, hint: str) -> None:
    with pytest.raises(CatalogError) as raised:
        instance_type(name)
    assert str(raised.value).startswith(f"unknown instance type '{name}'; {hint}")


def test_an_instance_type_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        instance_type("ml.g5.xlarge").vcpu = 1  # type: ignore[misc]
