"""Which module answers a model's requests, in each DJL Serving version."""

from collections.abc import Mapping

import pytest

from lmi import catalog
from lmi.djl.entry_points import (
    BUILT_IN,
    EntryPoint,
    built_in,
    built_in_names,
    find_entry_point,
    kind_of,
)

DEEPSPEED = "0.27.0-deepspeed0.12.6-cu121"
VLLM = "0.36.0-lmi27.0.0-cu130"
MODEL = {"option.model_id": "gpt2"}


def found(
    tag: str,
    options: Mapping[str, str] | None = None,
    names: tuple[str, ...] = (),
    engine: str | None = "Python",
    environment: Mapping[str, str] | None = None,
) -> EntryPoint | None:
    image = catalog.image(tag)
    return find_entry_point(options or {}, names, engine, image, environment or {})


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("deepspeed", "0.19.0", "0.27.0"),
        ("stable-diffusion", "0.20.0", "0.27.0"),
        ("fastertransformer", "0.22.1", "0.24.0"),
        ("transformers-neuronx", "0.22.1", "0.23.0"),
        ("transformers_neuronx", "0.24.0", "0.34.0"),
        ("stable_diffusion_inf2", "0.22.1", "0.34.0"),
    ],
)
def test_a_handler_comes_and_goes(name: str, first: str, last: str) -> None:
    assert f"djl_python.{name}" in built_in_names(first)
    assert f"djl_python.{name}" in built_in_names(last)
    assert f"djl_python.{name}" not in built_in_names("0.18.0")
    assert f"djl_python.{name}" not in built_in_names("0.35.0")


def test_the_handler_for_tensorrt_was_away_for_one_version() -> None:
    name = "djl_python.lmi_trtllm.trtllm_async_service"
    versions = ("0.32.0", "0.33.0", "0.34.0", "0.35.0", "0.36.0")

    assert [name in built_in_names(version) for version in versions] == [
        False,
        True,
        False,
        True,
        True,
    ]


def test_a_handler_is_known_with_its_package_and_without() -> None:
    assert built_in("huggingface") is built_in("djl_python.huggingface") is BUILT_IN[0]
    assert built_in("hugging_face") is None


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("model.py", "file"),
        ("model", "module"),
        ("huggingface", "module"),
        ("djl_python.huggingface", "built-in"),
        ("HTTPS://example.com/model.py", "url"),
        ("/opt/ml/model/model.py", "outside"),
    ],
)
def test_a_value_means_a_file_or_a_module(value: str, kind: str) -> None:
    assert kind_of(value) == kind


def test_what_is_written_comes_first() -> None:
    written = found(VLLM, {"option.entryPoint": "a.py"}, ("model.py",))

    assert written == EntryPoint(value="a.py", kind="file", is_written=True)
    by_variable = found(VLLM, names=("model.py",), environment={"DJL_ENTRY_POINT": "b"})
    assert by_variable == EntryPoint(value="b", kind="module", is_written=True)


@pytest.mark.parametrize(
    ("tag", "fallback"),
    [("0.28.0-lmi10.0.0-cu124", None), ("0.29.0-lmi11.0.0-cu124", "djl_python.huggingface")],
)
def test_a_model_file_can_have_a_handler_behind_it_since_029(
    tag: str, fallback: str | None
) -> None:
    assert found(tag, MODEL, ("model.py",)) == EntryPoint(
        value="model.py", kind="file", is_written=False, fallback=fallback
    )


def test_a_torchserve_archive_has_its_own() -> None:
    entry_point = found(VLLM, MODEL, ("MAR-INF/MANIFEST.json", "model.py"))

    assert entry_point is not None
    assert entry_point.kind == "torchserve"


@pytest.mark.parametrize(
    ("tag", "options", "names", "engine", "value"),
    [
        ("0.21.0-deepspeed0.8.3-cu117", MODEL, (), "Python", None),
        ("0.21.0-deepspeed0.8.3-cu117", MODEL, (), "DeepSpeed", None),
        ("0.22.1-deepspeed0.9.2-cu118", MODEL, (), "Python", "huggingface"),
        ("0.22.1-deepspeed0.9.2-cu118", {}, (), "DeepSpeed", "deepspeed"),
        (
            "0.22.1-fastertransformer5.3.0-cu118",
            {},
            (),
            "FasterTransformer",
            "fastertransformer",
        ),
        ("0.23.0-neuronx-sdk2.12.0", MODEL, (), "Python", "transformers-neuronx"),
        ("0.24.0-neuronx-sdk2.14.1", MODEL, (), "Python", "transformers_neuronx"),
        ("0.26.0-deepspeed0.12.6-cu121", {"option.s3url": "s3://b/"}, (), None, "huggingface"),
        (DEEPSPEED, {"option.s3url": "s3://b/"}, (), None, None),
        (DEEPSPEED, {}, ("config.json",), "Python", None),
        ("0.28.0-lmi10.0.0-cu124", {}, ("config.json",), "Python", "huggingface"),
        ("0.27.0-tensorrtllm0.8.0-cu122", {}, (), "MPI", "tensorrt_llm"),
        (
            "0.33.0-tensorrtllm0.21.0-cu128",
            {},
            (),
            "Python",
            "lmi_trtllm.trtllm_async_service",
        ),
        ("0.33.0-lmi15.0.0-cu128", {}, (), "Python", "lmi_vllm.vllm_async_service"),
        ("0.34.0-lmi16.0.0-cu128", {}, (), "Python", None),
        (VLLM, MODEL, (), "Python", "huggingface"),
        (VLLM, {"option.async_mode": "True"}, (), "Python", "lmi_vllm.vllm_async_service"),
        ("0.36.0-cpu-full", {}, ("model.joblib",), None, "sklearn_handler"),
        ("0.36.0-cpu-full", {}, (), "Python", None),
    ],
)
def test_without_one_a_version_takes_its_own(
    tag: str,
    options: dict[str, str],
    names: tuple[str, ...],
    engine: str | None,
    value: str | None,
) -> None:
    entry_point = found(tag, options, names, engine)

    expected = None if value is None else f"djl_python.{value}"
    assert (entry_point and entry_point.value) == expected
