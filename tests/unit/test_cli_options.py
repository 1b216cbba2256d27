"""`lmi options`: the list, the explanation, and the way out of a miss."""

import json
import subprocess
import sys

import pytest
from click.testing import CliRunner, Result

from lmi.cli import main

OLD = "0.26.0-deepspeed0.12.6-cu121"
NEURON = "0.26.0-neuronx-sdk2.16.0"
NEW = "0.27.0-deepspeed0.12.6-cu121"


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["options", *arguments])


def test_without_a_key_every_key_is_listed_under_its_readers() -> None:
    result = _run()
    assert result.exit_code == 0
    lines = result.output.splitlines()
    assert "Server, for one model" in lines
    assert "Every Python handler" in lines
    assert [line.split()[0] for line in lines if line.startswith("  batch_size ")] == ["batch_size"]
    assert any(line.startswith("  option.tensor_parallel_degree ") for line in lines)
    assert all(len(line) <= 100 for line in lines)


def test_an_image_lists_only_what_it_reads() -> None:
    old, new = _run("--image", OLD).output, _run("--image", NEW).output
    assert "  option.s3url " in old
    assert "  option.s3url " not in new


def test_an_image_lists_nothing_of_handlers_that_it_cannot_run() -> None:
    gpu, neuron = _run("--image", OLD).output, _run("--image", NEURON).output
    assert "  option.triangular_masking " in gpu
    assert "  option.n_positions " not in gpu
    assert "  option.triangular_masking " not in neuron
    assert "  option.n_positions " in neuron
    assert "images: 0.22.1-neuronx-sdk2.10.0 ..." in _run("option.n_positions").output


def test_a_handler_lists_what_it_reads_and_what_all_read() -> None:
    output = _run("--image", OLD, "--handler", "deepspeed").output
    assert "  option.triangular_masking " in output
    assert "  option.model_id " in output
    assert "  option.device_map " not in output


def test_a_key_is_explained_with_type_values_versions_and_images() -> None:
    output = _run("option.dtype", "--handler", "huggingface").output
    assert "huggingface: DJL Serving 0.20.0\n" in output
    assert "values:       auto, fp32, fp16, bf16, int8" in output
    assert "source:       engines/python/setup/djl_python/huggingface.py" in output
    assert "images: 0.20.0-deepspeed0.7.5-cu116 ..." in output


def test_a_key_that_the_image_does_not_read_names_its_versions_and_successor() -> None:
    result = _run("option.s3url", "--image", NEW)
    assert result.exit_code == 0
    assert result.output.splitlines()[0] == (
        f"option.s3url is not read by {NEW}; it is read by DJL Serving 0.20.0 to 0.26.0; "
        "use option.model_id"
    )


def test_a_key_that_is_still_to_come_has_no_successor() -> None:
    first = _run("option.async_mode", "--image", NEW).output.splitlines()[0]
    assert first.endswith("it is read by DJL Serving 0.33.0 and later")


def test_a_key_that_the_handler_does_not_read_names_who_does() -> None:
    first = _run("option.triangular_masking", "--handler", "huggingface").output.splitlines()[0]
    assert first == (
        "option.triangular_masking is not read by huggingface; it is read by deepspeed"
    )


def test_json_is_one_document_with_every_field() -> None:
    answer = json.loads(_run("option.s3url", "--image", NEW, "--format", "json").output)
    assert answer["is_read"] is False
    assert {use["replaced_by"] for use in answer["uses"]} == {"option.model_id"}
    assert answer["uses"][-1]["until"] == "0.26.0"
    assert OLD in answer["images"]
    assert NEW not in answer["images"]


def test_the_list_as_json_has_the_same_keys() -> None:
    document = json.loads(_run("--image", OLD, "--format", "json").output)
    keys = [option["key"] for option in document["options"]]
    assert keys == sorted(keys)
    assert "option.s3url" in keys
    assert document["image"] == OLD


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("opiton.s3url",), "Error: unknown key 'opiton.s3url'; nearest: option.s3url"),
        (("--handler", "deepsped"), "Error: unknown handler 'deepsped'; nearest: deepspeed"),
        (("--image", "0.26.0-deepspeed"), "Error: unknown image tag '0.26.0-deepspeed'"),
    ],
)
def test_fails_on_an_unknown_name_with_the_nearest(
    arguments: tuple[str, ...], message: str
) -> None:
    result = _run(*arguments)
    assert result.exit_code == 1
    assert result.output.startswith(message)


def test_it_loads_neither_pydantic_nor_yaml() -> None:
    code = (
        "import sys\n"
        "from click.testing import CliRunner\n"
        "import lmi.cli\n"
        "result = CliRunner().invoke(lmi.cli.main, ['options', 'option.dtype'])\n"
        "assert result.exit_code == 0, result.output\n"
        "heavy = ('yaml', 'pydantic', 'rich', 'boto3', 'aws_cdk', 'isal')\n"
        "loaded = [name for name in heavy if name in sys.modules]\n"
        "sys.exit(repr(loaded) if loaded else 0)\n"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
