"""Which models a DJL Serving version finds among names."""

from collections.abc import Mapping

import pytest

from lmi.djl.detection import Found, NamedFiles, find_models, options_with_environment


def found(version: str, names: list[str], environment: Mapping[str, str] | None = None) -> Found:
    def read(folder: str) -> Mapping[str, str]:
        return {"engine": "Python"}

    return find_models(NamedFiles(names, read), version, environment or {})


def folders(version: str, *names: str) -> list[str | None]:
    return [model.folder for model in found(version, list(names)).models]


def test_a_store_lists_files_and_folders() -> None:
    store = NamedFiles(["a/b/c.txt", "a/d.txt", "e"], lambda _: {})

    assert store.name == "model"
    assert dict(store.entries("")) == {"a": True, "e": False}
    assert dict(store.entries("a")) == {"b": True, "d.txt": False}
    assert dict(store.entries("nowhere")) == {}


def test_properties_are_only_read_where_there_are_some() -> None:
    store = NamedFiles(["a/serving.properties", "b/x"], lambda folder: {"engine": folder})

    assert store.properties("a") == {"engine": "a"}
    assert store.properties("b") == {}


@pytest.mark.parametrize("version", ["0.20.0", "0.22.1", "0.25.0", "0.36.0"])
def test_a_folder_alone_is_descended_into(version: str) -> None:
    assert folders(version, "a/model.py", "a/x/y") == ["a"]
    assert folders(version, "model.py", "x/y") == [""]


@pytest.mark.parametrize(
    ("version", "expected"),
    [("0.21.0", ["a", "b"]), ("0.22.1", []), ("0.25.0", ["a", "b"]), ("0.36.0", ["a", "b"])],
)
def test_folders_side_by_side(version: str, expected: list[str]) -> None:
    assert folders(version, "a/model.py", "b/model.py") == expected


@pytest.mark.parametrize(
    ("version", "expected"), [("0.25.0", ["a", "b"]), ("0.34.0", ["a", "b"]), ("0.35.0", [])]
)
def test_a_hidden_file_among_folders_hides_them_from_035_on(
    version: str, expected: list[str]
) -> None:
    assert folders(version, "a/model.py", "b/model.py", ".hidden") == expected


@pytest.mark.parametrize(("version", "archives"), [("0.21.0", ("x.zip",)), ("0.22.1", ())])
def test_archives_are_models_of_the_first_versions(version: str, archives: tuple[str, ...]) -> None:
    assert found(version, ["x.zip", "README"]).archives == archives


@pytest.mark.parametrize(("version", "archives"), [("0.34.0", ()), ("0.35.0", ("a/x.zip",))])
def test_a_lone_zip_is_unpacked_from_035_on(version: str, archives: tuple[str, ...]) -> None:
    assert found(version, ["a/x.zip"]).archives == archives


@pytest.mark.parametrize(("version", "stops"), [("0.21.0", False), ("0.22.1", True)])
def test_a_folder_without_a_model_stops_later_versions(version: str, stops: bool) -> None:
    result = found(version, ["a/README"])

    assert result.models == ()
    assert [(each.name, each.folder) for each in result.undetected] == [("a", "a")] * stops


@pytest.mark.parametrize(("version", "number"), [("0.21.0", 0), ("0.22.1", 1)])
def test_the_environment_adds_a_model_of_the_hub(version: str, number: int) -> None:
    models = found(version, [], {"HF_MODEL_ID": "a/b"}).models

    assert [(model.name, model.folder) for model in models] == [("a_b", None)] * number


@pytest.mark.parametrize(
    ("version", "merged"),
    [
        ("0.22.1", {}),
        ("0.23.0", {"option.dtype": "fp16", "option.entrypoint": "e", "option.engine": "MPI"}),
        ("0.24.0", {"option.dtype": "fp16", "option.entryPoint": "e", "option.engine": "MPI"}),
        ("0.27.0", {"option.dtype": "fp16", "option.entryPoint": "e", "engine": "MPI"}),
    ],
)
def test_the_environment_sets_options(version: str, merged: dict[str, str]) -> None:
    environment = {
        "OPTION_DTYPE": "fp16",
        "OPTION_ENTRYPOINT": "e",
        "OPTION_ENGINE": "MPI",
        "OPTION_EMPTY": "",
        "OTHER": "x",
    }
    assert options_with_environment({}, version, environment) == merged


def test_the_file_wins_over_the_environment() -> None:
    merged = options_with_environment({"option.dtype": "a"}, "0.36.0", {"OPTION_DTYPE": "b"})

    assert merged == {"option.dtype": "a"}
