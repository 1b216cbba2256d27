"""What images hand on to vLLM, and the script that reads vLLM's source."""

import json
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest

from lmi.catalog import Image, image, images
from lmi.properties.option import OptionType
from lmi.properties.options import (
    known_keys_in_image,
    parse_problem,
    uses,
    uses_in,
    uses_in_image,
    vllm_arguments,
)
from scripts import vllm_arguments as script
from scripts.vllm_source import Source

VLLM_0_7_3 = "0.32.0-lmi14.0.0-cu126"
VLLM_0_8_4 = "0.33.0-lmi15.0.0-cu128"
VLLM_0_10_2 = "0.34.0-lmi16.0.0-cu128"
VLLM_0_22_1 = "0.36.0-lmi26.0.0-cu130"
VLLM_0_23_1 = "0.36.0-lmi27.0.0-cu130"


def _arguments(tag: str) -> set[str]:
    found = vllm_arguments(image(tag))
    assert found is not None
    return set(found.arguments)


def test_every_image_of_a_known_vllm_has_its_arguments() -> None:
    missing = [
        candidate.tag
        for candidate in images()
        if candidate.version_numbers >= (0, 32, 0)
        and "vllm" in candidate.framework_versions
        and vllm_arguments(candidate) is None
    ]
    assert missing == []


def test_every_argument_is_of_a_known_type_and_its_default_is_taken() -> None:
    for candidate in images():
        known = vllm_arguments(candidate)
        for name, argument in {} if known is None else known.arguments.items():
            assert argument.type in get_args(OptionType), name
            for use in uses_in_image(f"option.{name}", candidate):
                if not use.passed_through or use.default is None or use.type == "json":
                    continue
                problem = parse_problem(use, use.default)
                assert problem is None or not problem.fatal, (candidate.tag, name)


def test_arguments_are_those_of_the_image_s_version() -> None:
    assert "enable_expert_parallel" not in _arguments(VLLM_0_7_3)
    assert "enable_expert_parallel" in _arguments(VLLM_0_8_4)
    assert "lora_extra_vocab_size" in _arguments(VLLM_0_10_2)
    assert "lora_extra_vocab_size" not in _arguments(VLLM_0_22_1)
    assert "gpu_memory_utilization" in _arguments(VLLM_0_22_1)


def test_images_before_0_32_0_hand_nothing_on() -> None:
    assert vllm_arguments(image("0.31.0-lmi13.0.0-cu124")) is None
    assert uses_in_image("option.swap_space", image("0.31.0-lmi13.0.0-cu124")) == ()
    (use,) = uses_in_image("option.swap_space", image(VLLM_0_7_3))
    assert use.passed_through
    assert use.handlers == ("vllm", "lmi_vllm")


def test_arguments_of_an_unknown_vllm_are_unknown() -> None:
    unknown = replace(image(VLLM_0_22_1), framework_versions={"vllm": "0.99.0"})
    unnamed = replace(image(VLLM_0_22_1), framework_versions={})
    for candidate in (unknown, unnamed):
        assert vllm_arguments(candidate) is None
        assert "option.swap_space" not in known_keys_in_image(candidate)


def test_a_version_without_source_has_what_its_neighbours_share() -> None:
    found = vllm_arguments(image(VLLM_0_23_1))
    assert found is not None
    assert not found.complete
    assert {"max_model_len", "enforce_eager", "speculative_config"} <= set(found.arguments)


def test_only_the_engine_s_own_fields_are_handed_on() -> None:
    # AsyncEngineArgs adds it, and DJL Serving looks at EngineArgs alone.
    assert all("enable_log_requests" not in _arguments(tag) for tag in (VLLM_0_10_2, VLLM_0_22_1))


def test_a_key_that_djl_serving_types_is_not_handed_on_as_well() -> None:
    for key in ("option.dtype", "option.revision", "option.enable_lora", "option.quantization"):
        assert not any(use.passed_through for use in uses_in_image(key, image(VLLM_0_22_1))), key
        assert uses_in_image(key, image(VLLM_0_22_1)) != ()


def _problem(tag: str, key: str, text: str) -> str | None:
    (use,) = (use for use in uses_in_image(key, image(tag)) if use.passed_through)
    problem = parse_problem(use, text)
    return None if problem is None else f"{'error' if problem.fatal else 'warning'}"


@pytest.mark.parametrize(
    ("tag", "key", "text", "expected"),
    [
        (VLLM_0_22_1, "option.max_model_len", "8192", None),
        (VLLM_0_22_1, "option.max_model_len", "16k", None),
        (VLLM_0_22_1, "option.max_model_len", "long", "error"),
        (VLLM_0_22_1, "option.gpu_memory_utilization", "0.9", None),
        (VLLM_0_22_1, "option.gpu_memory_utilization", "most", "error"),
        (VLLM_0_10_2, "option.limit_mm_per_prompt", '{"image": 4}', None),
        (VLLM_0_10_2, "option.limit_mm_per_prompt", "image=4", "error"),
        (VLLM_0_7_3, "option.limit_mm_per_prompt", "image=4", None),
        (VLLM_0_7_3, "option.tokenizer_mode", "fast", "error"),
        (VLLM_0_7_3, "option.block_size", "32", None),
        (VLLM_0_7_3, "option.block_size", "24", "error"),
        (VLLM_0_22_1, "option.enforce_eager", "yes", "error"),
        (VLLM_0_10_2, "option.enforce_eager", "false", None),
        (VLLM_0_10_2, "option.enable_prefix_caching", "false", "warning"),
        (VLLM_0_22_1, "option.enable_prefix_caching", "false", None),
    ],
)
def test_values_are_judged_as_the_image_s_command_line_would(
    tag: str, key: str, text: str, expected: str | None
) -> None:
    assert _problem(tag, key, text) == expected


def test_a_typed_field_of_old_becomes_an_argument() -> None:
    typed = [use for use in uses_in("option.max_model_len", "0.31.0") if "vllm" in use.handlers]
    handed_on = [use for use in uses("option.max_model_len") if use.since == "0.33.0"]
    assert [use.parser for use in typed] == ["pydantic-integer"]
    assert [use.parser for use in handed_on] == ["vllm-integer"]


def _first(candidates: tuple[Image, ...], version: str) -> Image:
    return next(found for found in candidates if found.framework_versions.get("vllm") == version)


def test_the_lmi_release_decides_within_one_djl_version() -> None:
    early, late = _first(images(), "0.12.0"), _first(images(), "0.14.0")
    assert early.djl_version == late.djl_version == "0.36.0"
    assert uses_in_image("option.lmcache_auto_config", early) == ()
    assert uses_in_image("option.lmcache_auto_config", late) != ()


# --- the script ---------------------------------------------------------------------------------

CONFIG = """
from typing import Literal, Optional
Kind = Literal["auto", "fast"]
class CacheConfig:
    block_size: Optional[int] = None
    kind: Kind = "auto"
    cpu: float = Field(default=0.5, ge=0)
"""

ENGINE = """
@dataclass
class EngineArgs:
    model: str = "facebook/opt-125m"
    kind: Kind = CacheConfig.kind
    block_size: int = CacheConfig.block_size
    cpu: float = get_field(CacheConfig, "cpu")
    names: list[str] | None = None
    limits: dict[str, int] | None = None
    eager: Optional["bool"] = None
    cache: CacheConfig = None
    odd: Something = None
    mode: str = "slow"

    @staticmethod
    def add_cli_args(parser):
        parser.add_argument("--mode", choices=["slow", "fast"])
        parser.add_argument("--eager", action="store_true")
        parser.add_argument("--block-size", **cache_kwargs["block_size"])

@dataclass
class AsyncEngineArgs(EngineArgs):
    log_requests: bool = False
"""


def _source(folder: Path, engine: str = ENGINE) -> Path:
    for name, text in (("engine/arg_utils.py", engine), ("config/cache.py", CONFIG)):
        path = folder / "vllm" / name
        path.parent.mkdir(parents=True)
        path.write_text(text)
    return folder


def test_the_script_reads_the_source_without_importing_it(tmp_path: Path) -> None:
    source = Source(_source(tmp_path))
    assert {name: argument.fields() for name, argument in source.arguments.items()} == {
        "model": {"name": "model", "type": "string", "default": "facebook/opt-125m"},
        "kind": {"name": "kind", "type": "string", "values": ["auto", "fast"], "default": "auto"},
        "block_size": {"name": "block_size", "type": "integer", "optional": True},
        "cpu": {"name": "cpu", "type": "number", "default": "0.5"},
        "names": {"name": "names", "type": "list of strings", "optional": True},
        "limits": {"name": "limits", "type": "json", "optional": True},
        "eager": {"name": "eager", "type": "boolean"},
        "cache": {"name": "cache", "type": "json"},
        "odd": {"name": "odd", "type": "any"},
        "mode": {"name": "mode", "type": "string", "values": ["slow", "fast"], "default": "slow"},
    }
    assert [problem.split(":")[0] for problem in source.unread] == ["odd"]


def test_the_script_writes_a_row_for_each_stretch_of_versions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shorter = ENGINE.replace('    mode: str = "slow"\n', "")
    folders = {
        "0.9.1": _source(tmp_path / "a"),
        "0.10.0": _source(tmp_path / "b"),
        "0.10.0.post1": _source(tmp_path / "c", shorter),
    }
    monkeypatch.setattr(script, "DATA", tmp_path)
    script.main([f"{version}={folder}" for version, folder in reversed(folders.items())])
    written = json.loads((tmp_path / "vllm_arguments.json").read_text())
    assert written["versions"] == list(folders)
    (mode,) = (row for row in written["arguments"] if row["name"] == "mode")
    assert (mode["since"], mode["until"]) == ("0.9.1", "0.10.0")
    assert "not read: vllm 0.9.1: odd" in capsys.readouterr().out


def test_fails_on_a_folder_that_is_no_source_of_vllm(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"0\.9\.1=.*must be VERSION=FOLDER"):
        script.main([f"0.9.1={tmp_path}"])
