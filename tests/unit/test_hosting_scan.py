"""What DJL Serving of each version would find in a model store."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from lmi.errors import ArtifactError
from lmi.local.hosting.scan import ModelNotFound, find_models

ENGINE = "engine=DeepSpeed\n"
MPI = "engine=MPI\n"
HANDLER = "def handle(inputs): ...\n"

ROOTED = {"gpt-j/serving.properties": ENGINE}
FLAT = {"serving.properties": ENGINE, "model.py": HANDLER}


def lay(store: Path, files: Mapping[str, str]) -> Path:
    store.mkdir()
    for name, content in files.items():
        path = store / name
        if name.endswith("/"):
            path.mkdir(parents=True)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
    return store


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "model"


@pytest.mark.parametrize(
    ("version", "files", "found"),
    [
        ("0.20.0", ROOTED, [("gpt_j", "DeepSpeed", "gpt-j")]),
        ("0.20.0", FLAT, [("model", "DeepSpeed", ".")]),
        ("0.20.0", {"a/b/serving.properties": ENGINE}, [("a", "DeepSpeed", "a/b")]),
        ("0.20.0", {**ROOTED, ".cache": ""}, [("gpt_j", "DeepSpeed", "gpt-j")]),
        ("0.20.0", {"serving.properties": ENGINE}, [("model", "DeepSpeed", ".")]),
        ("0.20.0", {"model.py": HANDLER}, [("model", "Python", ".")]),
        ("0.20.0", {"gpt/gpt.py": HANDLER}, [("gpt", "Python", "gpt")]),
        ("0.20.0", {"MAR-INF/MANIFEST.json": "{}", "x": ""}, [("model", "Python", ".")]),
        ("0.20.0", {"README": "", "a/model.py": HANDLER}, [("a", "Python", "a")]),
        (
            "0.20.0",
            {"b/model.py": HANDLER, "a/model.py": HANDLER, "c/x": ""},
            [("a", "Python", "a"), ("b", "Python", "b")],
        ),
        ("0.22.1", {"config.json": "{}"}, [("model", "Python", ".")]),
        ("0.22.1", {"serving.properties": "option.model_id=m"}, [("model", "Python", ".")]),
        ("0.22.1", {"model-0001.params": ""}, [("model", "PyTorch", ".")]),
        ("0.23.0", {"m/serving.properties": MPI}, [("m", "MPI", "m")]),
        ("0.25.0", ROOTED, [("gpt_j", "DeepSpeed", "gpt-j")]),
        ("0.25.0", {"a/b/serving.properties": ENGINE}, [("b", "DeepSpeed", "a/b")]),
        (
            "0.25.0",
            {"a/model.py": HANDLER, "b/config.json": "{}", ".git/HEAD": "", "c/": ""},
            [("a", "Python", "a"), ("b", "Python", "b")],
        ),
        ("0.34.0", FLAT | {"serving.properties": MPI}, [("model", "MPI", ".")]),
        ("0.36.0", {"model.py": HANDLER}, [("model", "Python", ".")]),
        ("0.36.0", {"model.joblib": ""}, [("model", "Python", ".")]),
        ("0.36.0", {"model.onnx": ""}, [("model", "OnnxRuntime", ".")]),
    ],
)
def test_finds_what_the_server_would_load(
    store: Path, version: str, files: dict[str, str], found: list[tuple[str, str, str]]
) -> None:
    models = find_models(lay(store, files), version, {})

    assert [
        (model.name, model.engine, str(model.directory.relative_to(store))) for model in models
    ] == found


@pytest.mark.parametrize(
    ("version", "files", "says"),
    [
        ("0.20.0", {}, "it holds nothing"),
        ("0.20.0", {"serving.properties": "option.dtype=fp16\n"}, "it holds serving.properties"),
        ("0.20.0", {"a/serving.properties": "option.model_id=x\n"}, "it holds a/"),
        ("0.20.0", {"config.json": "{}"}, "it holds config.json"),
        ("0.20.0", {"a/b/c/d/model.py": HANDLER}, "it holds a/"),
        ("0.20.0", {".hidden/model.py": HANDLER}, "it holds .hidden/"),
        ("0.20.0", {"inner.tar.gz": "", "x": ""}, r"archives inside it \(inner.tar.gz\)"),
        ("0.25.0", {".hidden/model.py": HANDLER}, "it holds .hidden/"),
        ("0.36.0", {"a/": "", "b/": ""}, "it holds a/, b/"),
    ],
)
def test_fails_without_a_model_where_the_server_would_start_all_the_same(
    store: Path, version: str, files: dict[str, str], says: str
) -> None:
    with pytest.raises(ModelNotFound, match=f"no model found: .*{says}") as failure:
        find_models(lay(store, files), version, {})

    assert failure.value.passes_health_check


@pytest.mark.parametrize(
    ("version", "files", "says"),
    [
        (
            "0.22.1",
            {"serving.properties": "option.dtype=fp16\n"},
            "'model', which holds serving.pr",
        ),
        ("0.24.0", {"a/model.py": HANDLER, "b/model.py": HANDLER}, "'model', which holds a/, b/"),
        ("0.25.0", {"a/model.py": HANDLER, "b/x": ""}, "'b', which holds x"),
        (
            "0.25.0",
            {"a/model.py": HANDLER, "b/model.py": HANDLER, "x": ""},
            "which holds a/, b/, x",
        ),
        ("0.36.0", {"model.safetensors": ""}, "which holds model.safetensors"),
        ("0.36.0", {"a/b/c/d/model.py": HANDLER}, "'b', which holds d/"),
    ],
)
def test_fails_where_the_server_would_stop(
    store: Path, version: str, files: dict[str, str], says: str
) -> None:
    with pytest.raises(ModelNotFound, match=f"fails to detect the engine .*{says}") as failure:
        find_models(lay(store, files), version, {})

    assert not failure.value.passes_health_check


@pytest.mark.parametrize(
    ("version", "engine", "says"),
    [
        ("0.20.0", "MPI", "has no engine 'MPI'; it knows Python, DeepSpeed, PyTorch"),
        ("0.20.0", "python", "has no engine 'python'; did you mean 'Python'?"),
        ("0.20.0", "FasterTransformer", "has no engine 'FasterTransformer'"),
        ("0.25.0", "FasterTransformer", "has no engine 'FasterTransformer'"),
        ("0.28.0", "DeepSpeed", "DJL Serving 0.28.0 has no engine 'DeepSpeed'"),
        ("0.36.0", "Python # for Accelerate", "did you mean 'Python'|has no engine 'Python # for"),
    ],
)
def test_fails_on_an_engine_that_the_version_does_not_know(
    store: Path, version: str, engine: str, says: str
) -> None:
    files = {"m/serving.properties": f"engine={engine}\n"}

    with pytest.raises(ModelNotFound, match=says) as failure:
        find_models(lay(store, files), version, {})

    assert not failure.value.passes_health_check


@pytest.mark.parametrize(
    ("version", "environment", "engines"),
    [
        ("0.22.1", {"HF_MODEL_ID": "a/b"}, ["Python"]),
        ("0.23.0", {"OPTION_MODEL_ID": "a/b"}, ["Python"]),
        ("0.27.0", {"OPTION_ENGINE": "MPI"}, ["MPI"]),
    ],
)
def test_the_environment_can_name_a_model(
    store: Path, version: str, environment: dict[str, str], engines: list[str]
) -> None:
    files: dict[str, str] = {} if "HF_MODEL_ID" in environment else {"serving.properties": "# \n"}

    models = find_models(lay(store, files), version, environment)

    assert [model.engine for model in models] == engines


@pytest.mark.parametrize(
    ("version", "environment"),
    [
        ("0.21.0", {"HF_MODEL_ID": "a/b"}),
        ("0.22.1", {"OPTION_MODEL_ID": "a/b"}),
        ("0.26.0", {"OPTION_ENGINE": "MPI"}),
    ],
)
def test_fails_where_the_version_does_not_read_the_environment(
    store: Path, version: str, environment: dict[str, str]
) -> None:
    with pytest.raises(ModelNotFound):
        find_models(lay(store, {"serving.properties": "# \n"}), version, environment)


def test_the_file_wins_over_the_environment(store: Path) -> None:
    files = {"serving.properties": "engine=Python\n"}

    (model,) = find_models(lay(store, files), "0.36.0", {"OPTION_ENGINE": "MPI"})

    assert model.engine == "Python"


def test_fails_on_properties_that_java_refuses(store: Path) -> None:
    with pytest.raises(ArtifactError):
        find_models(lay(store, {"serving.properties": "engine=\\u00\n"}), "0.36.0", {})
