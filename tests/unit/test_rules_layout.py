"""Which folders hold a model, for the DJL Serving of their image."""

import pytest

from lmi.rules import Example, Finding, subject_of_example
from lmi.rules.topics.layout import model_in_subfolder, no_model, several_models, unread_properties

OLD = "0.20.0-deepspeed0.7.5-cu116"
NEW = "0.36.0-cpu-full"


def found(rule: object, image: str, files: dict[str, str], **rest: object) -> list[Finding]:
    example = Example(files=files, image=image, **rest)  # type: ignore[arg-type]
    return list(rule.findings(subject_of_example(example)))  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("image", "properties", "name"),
    [
        (OLD, "engine=DeepSpeed", "serving.properties"),
        (OLD, "", "model.py"),
        (OLD, "", "example.py"),
        (OLD, "a=b", "MAR-INF/MANIFEST.json"),
        (OLD, "modelName=m", "m.onnx"),
        (OLD, "", "a/model.py"),
        (NEW, "option.model_id=a/b", "serving.properties"),
        (NEW, "", "config.json"),
        (NEW, "", "saved_model.pb"),
        (NEW, "", "model.joblib"),
        (NEW, "", "metadata.yaml"),
        (NEW, "", "weights.zip"),
    ],
)
def test_a_folder_that_djl_serving_finds_a_model_in_passes(
    image: str, properties: str, name: str
) -> None:
    files = {name: "", **({"serving.properties": properties} if properties else {})}
    assert found(no_model, image, files) == []


@pytest.mark.parametrize(
    ("image", "files", "says"),
    [
        (OLD, {}, "starts without a model and answers every call with 400"),
        (OLD, {"serving.properties": "option.model_id=a/b"}, "does not guess it from option.model"),
        (OLD, {"config.json": "{}"}, "it finds no model here"),
        (OLD, {"metadata.yaml": ""}, "it finds no model here"),
        (OLD, {"MAR-INF/MANIFEST.json": "{}"}, "it finds no model here"),
        (OLD, {"serving.properties": "Engine=Python"}, "but 'Engine', which is another key"),
        (OLD, {"serving.properties": "option.engine=Python"}, "but 'option.engine', which is"),
        (NEW, {"weights.safetensors": "", "sub/model.py": ""}, "DJL Serving 0.36.0 stops"),
        (NEW, {"a/x": "", "b/x": ""}, "DJL Serving 0.36.0 stops"),
        (NEW, {"model.pdmodel": ""}, "DJL Serving 0.36.0 stops"),
    ],
)
def test_fails_on_a_folder_without_a_model(image: str, files: dict[str, str], says: str) -> None:
    (finding,) = found(no_model, image, files)
    assert says in finding.message
    assert finding.severity == "error"
    assert finding.location.file == "serving.properties"


def test_fails_with_the_folder_that_lies_too_deep() -> None:
    (finding,) = found(no_model, NEW, {"README.md": "", "a/b/model.py": ""})
    assert finding.fix == "move what is in 'a/b/' to the top of the folder"


def test_fails_on_overrides_that_end_the_descent() -> None:
    files = {"a/serving.properties": "engine=Python\n"}
    assert found(no_model, OLD, files) == []
    (finding,) = found(no_model, OLD, files, options={"option.dtype": "fp16"})
    assert "it finds no model here" in finding.message


def test_the_environment_can_name_a_model() -> None:
    environment = {"environment": {"HF_MODEL_ID": "a/b"}}
    assert found(no_model, "0.36.0-lmi27.0.0-cu130", {}, hosting=environment) == []


@pytest.mark.parametrize(
    ("image", "number"), [(OLD, 2), ("0.23.0-deepspeed0.9.5-cu118", 0), (NEW, 2)]
)
def test_folders_side_by_side_are_models_of_some_versions(image: str, number: int) -> None:
    files = {"a/model.py": "", "b/model.py": ""}
    findings = found(several_models, image, files, layout="flat")
    assert [f"DJL Serving finds {number} models" in each.message for each in findings] == [
        True
    ] * bool(number)


def test_the_folder_that_the_model_is_in_is_named() -> None:
    (finding,) = found(model_in_subfolder, OLD, {"a/serving.properties": "engine=Python\n"})
    assert finding.message == "the model is what lies in 'a/'"
    assert finding.location.file == "a/serving.properties"


def test_of_several_serving_properties_those_of_models_are_read() -> None:
    files = {
        "a/serving.properties": "engine=Python",
        "b/serving.properties": "engine=Python",
        "b/c/serving.properties": "engine=Python",
    }
    findings = found(unread_properties, NEW, files, layout="flat")
    assert [finding.location.file for finding in findings] == ["b/c/serving.properties"]
