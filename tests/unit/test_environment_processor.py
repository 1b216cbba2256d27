"""The instance types whose processor runs an LMI image, and why others do not."""

import pytest

from lmi.catalog import instance_type, why_no_image_runs
from lmi.environment.processor import hosting_instance_type, hosting_instance_types
from lmi.errors import CatalogError

WHY = "has an Arm processor \\(Graviton\\), and every LMI image is built for x86-64"


def test_images_run_on_x86_64_alone() -> None:
    assert {found.architecture for found in hosting_instance_types()} == {"x86_64"}
    assert why_no_image_runs(instance_type("ml.g5.xlarge")) is None
    assert hosting_instance_type("ml.g5.xlarge") == instance_type("ml.g5.xlarge")


def test_fails_on_an_arm_processor_with_the_nearest_types_that_do() -> None:
    with pytest.raises(CatalogError, match=f"'ml.c7g.xlarge' {WHY}; nearest: ml.c7i.xlarge, "):
        hosting_instance_type("ml.c7g.xlarge")
