"""Which engines each DJL Serving version has, and which files it tells them by."""

import pytest

from lmi.djl.engines import Guess, engine_names, guess_engine, runs_python, uses_mpi, versions_of


@pytest.mark.parametrize(
    ("name", "first", "last", "after"),
    [
        ("DeepSpeed", "0.19.0", "0.27.0", "0.28.0"),
        ("FasterTransformer", "0.21.0", "0.24.0", "0.25.0"),
        ("MPI", "0.23.0", "0.36.0", None),
        ("Rust", "0.28.0", "0.36.0", None),
        ("MXNet", "0.19.0", "0.33.0", "0.34.0"),
        ("Llama", "0.26.0", "0.34.0", "0.35.0"),
        ("DLR", "0.19.0", "0.20.0", "0.21.0"),
    ],
)
def test_an_engine_comes_and_goes(name: str, first: str, last: str, after: str | None) -> None:
    assert name in engine_names(first)
    assert name in engine_names(last)
    assert after is None or name not in engine_names(after)


def test_an_engine_that_no_version_has_has_no_versions() -> None:
    assert versions_of("TritonServer") is None
    assert versions_of("python") is None
    assert versions_of("MPI") == ("0.23.0", None)


def test_engines_with_mpirun_run_python() -> None:
    assert [name for name in engine_names("0.24.0") if uses_mpi(name)] == [
        "DeepSpeed",
        "FasterTransformer",
        "MPI",
    ]
    assert runs_python("Python")
    assert runs_python("MPI")
    assert not runs_python("PyTorch")
    assert not runs_python(None)


@pytest.mark.parametrize(
    ("version", "names", "options", "engine"),
    [
        ("0.20.0", {"m.pt"}, {}, "PyTorch"),
        ("0.20.0", {"model.pt"}, {}, "none"),
        ("0.21.0", {"model.pt"}, {}, "PyTorch"),
        ("0.20.0", {"n.pt"}, {"modelName": "n"}, "PyTorch"),
        ("0.21.0", {"n.pt"}, {"modelName": "n"}, "none"),
        ("0.21.0", {"n.pt"}, {"option.modelName": "n"}, "PyTorch"),
        ("0.21.0", {"config.json"}, {}, "none"),
        ("0.22.1", {"config.json"}, {}, "Python"),
        ("0.21.0", set(), {"option.model_id": "gpt2"}, "none"),
        ("0.22.1", set(), {"option.model_id": "gpt2"}, "Python"),
        ("0.27.0", set(), {"option.model_id": "djl://a/b"}, "Python"),
        ("0.28.0", set(), {"option.model_id": "djl://a/b"}, None),
        ("0.24.0", {"metadata.yaml"}, {}, "none"),
        ("0.25.0", {"metadata.yaml"}, {}, None),
        ("0.21.0", {"config.pbtxt"}, {}, "none"),
        ("0.22.1", {"config.pbtxt"}, {}, "TritonServer"),
        ("0.27.0", {"inference.pdmodel"}, {}, "PaddlePaddle"),
        ("0.28.0", {"inference.pdmodel"}, {}, "none"),
        ("0.24.0", {"model.xgb"}, {}, "none"),
        ("0.25.0", {"model.xgb"}, {}, "XGBoost"),
        ("0.34.0", {"model.json"}, {}, "none"),
        ("0.35.0", {"model.json"}, {}, "XGBoost"),
        ("0.34.0", {"model.joblib"}, {}, "none"),
        ("0.35.0", {"model.joblib"}, {}, "Python"),
        ("0.25.0", {"m.gguf"}, {}, "none"),
        ("0.26.0", {"m.gguf"}, {}, "Llama"),
        ("0.35.0", {"m.gguf"}, {}, "none"),
        ("0.20.0", {"MAR-INF/"}, {}, "Python"),
        ("0.20.0", {"MAR-INF"}, {}, "none"),
        ("0.36.0", {"MAR-INF/"}, {}, "Python"),
        ("0.20.0", {"m.so"}, {}, "DLR"),
        ("0.21.0", {"m.so"}, {}, "none"),
        ("0.21.0", {"m-0001.params"}, {}, "none"),
        ("0.22.1", {"m-0001.params"}, {}, "PyTorch"),
        # Where two kinds of files lie there, the order changed.
        ("0.27.0", {"model.py", "model.pt"}, {}, "Python"),
        ("0.28.0", {"model.py", "model.pt"}, {}, "PyTorch"),
    ],
)
def test_files_stand_for_an_engine(
    version: str, names: set[str], options: dict[str, str], engine: str | None
) -> None:
    found = guess_engine(names, options, "m", version)

    assert found == (None if engine == "none" else Guess(engine=engine))
