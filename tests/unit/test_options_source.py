"""The script that compares the option tables with DJL Serving's typed fields."""

import subprocess
from pathlib import Path

import pytest

from scripts import djl_options
from scripts.djl_options import class_fields, differences

SOURCE = """
class RollingBatchEnum(str, Enum):
    vllm = "vllm"

class DeepSpeedProperties(Properties):
    max_tokens: int = 1024
    ds_config: Optional[Any] = Field(default={}, alias="deepspeed_config_path")

    def validate(cls, value):
        local: int = 3
"""


def test_annotated_fields_of_classes_are_read() -> None:
    assert class_fields(SOURCE) == {
        "RollingBatchEnum": {},
        "DeepSpeedProperties": {"max_tokens": "int", "ds_config": "Optional[Any]"},
    }


def test_a_field_without_a_row_is_a_difference() -> None:
    found = differences("0.30.0", {"HuggingFaceProperties": {"task": "str", "new_option": "int"}})
    assert "0.30.0: HuggingFaceProperties.new_option is in no table" in list(found)


def test_a_field_of_another_handler_does_not_count() -> None:
    found = list(differences("0.26.0", {"SchedulerRbProperties": {"max_loras": "int"}}))
    assert "0.26.0: SchedulerRbProperties.max_loras is in no table" in found


@pytest.mark.parametrize("annotation", ["Optional[int]", "int"])
def test_a_field_of_another_type_is_a_difference(annotation: str) -> None:
    found = list(differences("0.30.0", {"LmiDistRbProperties": {"enforce_eager": annotation}}))
    assert (
        f"0.30.0: LmiDistRbProperties.enforce_eager is {annotation}, not pydantic-boolean" in found
    )


def test_a_row_without_a_field_is_a_difference() -> None:
    found = list(differences("0.30.0", {"Properties": {"revision": "Optional[str]"}}))
    assert "0.30.0: option.device_map of huggingface is no field" in found
    assert not any("option.revision" in difference for difference in found)


def test_a_version_before_the_classes_has_nothing_to_compare() -> None:
    assert list(differences("0.24.0", {})) == []


def test_fails_on_a_clone_without_the_release_branches(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
    with pytest.raises(SystemExit, match=r"has no branch 0\.19\.0-dlc"):
        djl_options.main([str(tmp_path)])


def test_fails_on_a_call_without_a_clone() -> None:
    with pytest.raises(SystemExit, match="usage"):
        djl_options.main([])
