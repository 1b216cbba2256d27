"""The option tables: well formed, and right on both sides of a boundary."""

from collections.abc import Iterable
from itertools import pairwise
from typing import get_args

import pytest

from lmi.catalog.version import version_numbers
from lmi.properties.option import OptionType, OptionUse, Parser, Refusal, Scope
from lmi.properties.option_data import TABLES, VERSIONS, read_data, uses_by_key, version_before
from lmi.properties.options import known_keys, parse_problem, uses, uses_in

ALL = [use for found in uses_by_key().values() for use in found]


def _handlers(key: str, version: str) -> set[str]:
    return {name for use in uses_in(key, version) for name in use.handlers}


def _use(key: str, version: str, handler: str) -> OptionUse:
    (found,) = (use for use in uses_in(key, version) if handler in use.handlers)
    return found


def test_every_use_is_of_the_closed_sets_and_has_a_source() -> None:
    wrong = [
        use
        for use in ALL
        if use.type not in get_args(OptionType)
        or use.parser not in get_args(Parser)
        or use.refusal not in get_args(Refusal)
        or use.scope not in get_args(Scope)
        or not use.handlers
        or not use.engines
        or not use.source
        or not use.description.endswith(".")
    ]
    assert wrong == []


def test_every_range_is_of_known_releases_and_not_backwards() -> None:
    for use in ALL:
        assert use.since in VERSIONS, use
        assert use.until is None or use.until in VERSIONS, use
        assert use.until is None or VERSIONS.index(use.since) <= VERSIONS.index(use.until), use


def test_no_handler_reads_a_key_in_two_ways_at_once() -> None:
    for key, found in uses_by_key().items():
        for version in VERSIONS:
            here = [use for use in found if use.applies_to(version)]
            names = [
                (name, engine) for use in here for name in use.handlers for engine in use.engines
            ]
            assert len(names) == len(set(names)), (key, version)


def test_values_are_listed_once_and_the_default_is_one_of_them() -> None:
    for use in ALL:
        for values in (use.values, use.known_values):
            assert values is None or len(values) == len(set(values)) > 0, use
        if use.values is not None and use.default is not None and " " not in use.default:
            assert use.default in use.values, use


def test_defaults_are_read_as_they_are_written() -> None:
    misread = [
        use
        for use in ALL
        if use.default is not None
        and " " not in use.default
        and use.parser != "refused"
        and parse_problem(use, use.default) is not None
    ]
    # -1 means none there, and max is what the server fills in.
    assert {(use.key, use.default) for use in misread} <= {("option.cluster_size", "-1")}


def test_what_took_a_key_s_place_is_itself_a_key() -> None:
    known = set(known_keys())
    named = {use.replaced_by.partition("=")[0] for use in ALL if use.replaced_by}
    named |= {key for use in ALL for key in use.conflicts}
    assert named <= known


def test_a_change_changes_something() -> None:
    for table in TABLES:
        for row in read_data(table)["options"]:
            current = dict(row)
            for change in row.get("changes", []):
                assert {name for name, value in change.items() if current.get(name) != value} >= {
                    name for name in change if name == "since"
                }, row
                assert any(
                    current.get(name) != value for name, value in change.items() if name != "since"
                ), row
                current.update(change)


def test_the_releases_are_in_order() -> None:
    assert list(VERSIONS) == sorted(VERSIONS, key=version_numbers)
    assert version_before("0.22.1") == "0.21.0"
    assert all(version_numbers(a) < version_numbers(b) for a, b in pairwise(VERSIONS))


@pytest.mark.parametrize(
    ("key", "last_without", "first_with"),
    [
        ("batch_size", "0.20.0", "0.21.0"),
        ("max_batch_delay", "0.20.0", "0.21.0"),
        ("max_idle_time", "0.20.0", "0.21.0"),
        ("load_on_devices", "0.20.0", "0.21.0"),
        ("job_queue_size", "0.19.0", "0.20.0"),
        ("max_dynamic_batch_size", "0.26.0", "0.27.0"),
        ("log_request_metric", "0.26.0", "0.27.0"),
        ("option.s3url", "0.19.0", "0.20.0"),
        ("option.rolling_batch", "0.22.1", "0.23.0"),
        ("option.async_mode", "0.32.0", "0.33.0"),
        ("option.lmcache_auto_config", "0.35.0", "0.36.0"),
    ],
)
def test_a_key_is_not_read_before_its_time(key: str, last_without: str, first_with: str) -> None:
    assert uses_in(key, last_without) == ()
    assert uses_in(key, first_with) != ()
    assert key in known_keys(first_with)
    assert key not in known_keys(last_without)


@pytest.mark.parametrize(
    ("key", "last_with", "first_without"),
    [
        ("option.s3url", "0.26.0", "0.27.0"),
        ("log_model_metric", "0.26.0", "0.27.0"),
        ("option.max_new_tokens", "0.19.0", "0.20.0"),
        ("option.triangular_masking", "0.27.0", "0.28.0"),
        ("option.paged_attention", "0.25.0", "0.26.0"),
        ("option.on_device_embedding_config", "0.29.0", "0.30.0"),
        ("option.decoding_strategy", "0.32.0", "0.33.0"),
        ("option.n_positions", "0.34.0", "0.35.0"),
    ],
)
def test_a_key_is_not_read_after_its_time(key: str, last_with: str, first_without: str) -> None:
    assert uses_in(key, last_with) != ()
    assert uses_in(key, first_without) == ()


def test_a_key_that_is_gone_names_its_successor() -> None:
    assert {use.replaced_by for use in uses("option.s3url")} == {"option.model_id"}
    assert {use.replaced_by for use in uses("log_model_metric")} == {"log_request_metric"}
    old = _use("option.data_type", "0.19.0", "deepspeed")
    assert old.replaced_by == "option.dtype"


def test_max_is_a_degree_from_0_24_0_on() -> None:
    (before,) = uses_in("option.tensor_parallel_degree", "0.23.0")
    (after,) = uses_in("option.tensor_parallel_degree", "0.24.0")
    assert parse_problem(before, "max") is not None
    assert parse_problem(after, "max") is None


def _taken(use: OptionUse, values: Iterable[str]) -> set[str]:
    return {value for value in values if parse_problem(use, value) is None}


def test_the_first_huggingface_handler_takes_no_short_name_of_a_type() -> None:
    names = ("auto", "fp32", "fp16", "bf16", "int8", "float16")
    first = _use("option.dtype", "0.20.0", "huggingface")
    second = _use("option.dtype", "0.21.0", "huggingface")
    assert _taken(first, names) == {"auto"}
    assert _taken(second, names) == {"auto", "fp32", "fp16", "bf16", "int8"}


def test_vllm_takes_long_names_of_types_from_0_32_0_on() -> None:
    before = _use("option.dtype", "0.31.0", "vllm")
    after = _use("option.dtype", "0.32.0", "vllm")
    assert parse_problem(before, "float16") is not None
    assert parse_problem(after, "float16") is None


def test_quantization_by_deepspeed_came_in_0_24_0_and_by_huggingface_in_0_25_0() -> None:
    assert "deepspeed" not in _handlers("option.quantize", "0.23.0")
    assert "deepspeed" in _handlers("option.quantize", "0.24.0")
    assert "huggingface" not in _handlers("option.quantize", "0.24.0")
    assert "huggingface" in _handlers("option.quantize", "0.25.0")


def test_methods_of_quantization_are_those_of_the_version_and_handler() -> None:
    methods = ("bitsandbytes", "awq", "gptq", "squeezellm", "deepspeedfp", "fp8", "anything")
    found = {
        version: _taken(_use("option.quantize", version, "vllm"), methods)
        for version in ("0.26.0", "0.27.0", "0.28.0", "0.29.0", "0.31.0")
    }
    assert found == {
        "0.26.0": {"awq"},
        "0.27.0": {"awq", "gptq", "squeezellm"},
        "0.28.0": {"awq", "gptq", "squeezellm", "deepspeedfp"},
        "0.29.0": {"awq", "gptq", "squeezellm", "deepspeedfp", "fp8"},
        "0.31.0": set(methods),
    }


def test_rolling_batch_can_be_disabled_from_0_25_0_on() -> None:
    before = _use("option.rolling_batch", "0.24.0", "huggingface")
    after = _use("option.rolling_batch", "0.25.0", "huggingface")
    assert parse_problem(before, "disable") is not None
    assert parse_problem(after, "disable") is None


def test_tensorrt_llm_cannot_do_without_rolling_batch_until_0_27_0() -> None:
    before = _use("option.rolling_batch", "0.26.0", "tensorrt_llm")
    after = _use("option.rolling_batch", "0.27.0", "tensorrt_llm")
    assert parse_problem(before, "disable") is not None
    assert parse_problem(after, "disable") is None


def test_the_scheduler_went_with_0_33_0() -> None:
    before = _use("option.rolling_batch", "0.32.0", "huggingface")
    after = _use("option.rolling_batch", "0.33.0", "huggingface")
    assert parse_problem(before, "scheduler") is None
    assert parse_problem(after, "scheduler") is not None


@pytest.mark.parametrize(
    ("entry_point", "since", "until"),
    [
        ("djl_python.fastertransformer", "0.22.1", "0.24.0"),
        ("djl_python.transformers-neuronx", "0.22.1", "0.23.0"),
        ("djl_python.transformers_neuronx", "0.24.0", "0.34.0"),
        ("djl_python.deepspeed", "0.19.0", "0.27.0"),
        ("djl_python.stable-diffusion", "0.20.0", "0.27.0"),
        ("djl_python.tensorrt_llm", "0.25.0", None),
        ("djl_python.tensorrt_llm_python", "0.27.0", "0.31.0"),
        ("djl_python.lmi_vllm.vllm_async_service", "0.33.0", None),
        ("djl_python.huggingface", "0.19.0", None),
    ],
)
def test_built_in_entry_points_have_their_versions(
    entry_point: str, since: str, until: str | None
) -> None:
    found = [
        version
        for version in VERSIONS
        for use in uses_in("option.entryPoint", version)
        if entry_point in (use.known_values or ())
    ]
    last = VERSIONS[-1] if until is None else until
    assert found == list(VERSIONS[VERSIONS.index(since) : VERSIONS.index(last) + 1])


def test_a_true_that_only_the_first_handler_sees_in_any_text() -> None:
    early = _use("option.load_in_8bit", "0.22.1", "huggingface")
    late = _use("option.load_in_8bit", "0.23.0", "huggingface")
    assert (early.parser, late.parser) == ("python-truth", "python-true")


def test_names_of_vllm_that_djl_serving_has_its_own_for_are_refused() -> None:
    for key in ("tensor_parallel_size", "pipeline_parallel_size", "max_num_seqs"):
        use = _use(f"option.{key}", "0.33.0", "vllm")
        problem = parse_problem(use, "4")
        assert problem is not None
        assert problem.fatal
        assert use.replaced_by in use.conflicts


def test_keys_of_the_server_name_the_variable_that_works_on_sagemaker() -> None:
    (use,) = uses_in("max_request_size", "0.30.0")
    assert use.scope == "config.properties"
    assert use.handlers == ("server",)
    assert use.environment_variable == "SERVING_MAX_REQUEST_SIZE"


def test_an_unknown_key_has_no_use() -> None:
    assert uses("opiton.s3url") == ()
    assert uses_in("option.S3url", "0.20.0") == ()
