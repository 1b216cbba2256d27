"""The JSON Schemas that editors use: up to date, and of one mind with the reader."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator  # type: ignore[import-untyped] # it has no stubs here

from lmi.environment import environment_files, load_environment
from lmi.errors import ConfigError
from scripts import schemas
from scripts.schemas import FOLDER, generated

ROOT = Path(__file__).resolve().parent.parent.parent
ENVIRONMENTS = environment_files(ROOT / "environments")
ARTIFACTS = sorted((ROOT / "model_artifacts").glob("*/artifact.yaml"))

AWS = "target: aws\n"
CHAT = f"{AWS}endpoints:\n  chat:\n    artifact: a\n    instance_type: ml.g5.xlarge\n"
LOCAL = 'target: local\naccount: "111111111111"\nregion: us-west-2\n'


def validator(name: str) -> Any:
    return Draft202012Validator(yaml.safe_load((FOLDER / name).read_text("utf-8")))


ENVIRONMENT = validator("environment.schema.json")
ARTIFACT = validator("artifact.schema.json")


@pytest.mark.parametrize("name", ["artifact.schema.json", "environment.schema.json"])
def test_a_schema_is_what_scripts_schemas_py_would_write(name: str) -> None:
    assert (FOLDER / name).read_text("utf-8") == generated()[name]


def test_the_written_files_are_named_relative_to_the_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "schemas"
    folder.mkdir()
    monkeypatch.setattr(schemas, "FOLDER", folder)
    schemas.main()
    assert capsys.readouterr().out.splitlines() == [
        "wrote schemas/artifact.schema.json",
        "wrote schemas/environment.schema.json",
    ]
    assert {path.name: path.read_text("utf-8") for path in folder.iterdir()} == generated()


@pytest.mark.parametrize("name", ["artifact.schema.json", "environment.schema.json"])
def test_a_schema_is_valid_itself(name: str) -> None:
    Draft202012Validator.check_schema(validator(name).schema)


@pytest.mark.parametrize("path", ENVIRONMENTS, ids=lambda path: path.stem)
def test_every_environment_fits_its_schema_and_names_it(path: Path) -> None:
    text = path.read_text("utf-8")
    assert text.startswith(
        "# yaml-language-server: $schema=../schemas/environment.schema.json\n\n# "
    )
    ENVIRONMENT.validate(yaml.safe_load(text))


@pytest.mark.parametrize("path", ARTIFACTS, ids=lambda path: path.parent.name)
def test_every_artifact_fits_its_schema_and_names_it(path: Path) -> None:
    text = path.read_text("utf-8")
    assert text.startswith("# yaml-language-server: $schema=../../schemas/artifact.schema.json\n")
    ARTIFACT.validate(yaml.safe_load(text))


def test_the_environments_are_those_of_a_team() -> None:
    loaded = {path.stem: load_environment(path) for path in ENVIRONMENTS}

    assert list(loaded) == ["dev", "local", "prod", "staging"]
    assert [name for name, each in loaded.items() if each.target == "local"] == ["local"]
    assert list(loaded["local"].endpoints) == ["chat", "gpt-j-deepspeed", "gpt-j-accelerate"]
    assert [name for name, each in loaded.items() if each.stack.termination_protection] == ["prod"]
    assert loaded["prod"].endpoints.keys() == loaded["staging"].endpoints.keys()
    # No account: whoever clones the repository deploys to their own.
    assert [name for name, each in loaded.items() if each.account is not None] == ["local"]


@pytest.mark.parametrize("path", ENVIRONMENTS, ids=lambda path: path.stem)
def test_every_endpoint_names_an_artifact_of_this_repository(path: Path) -> None:
    known = {artifact.parent.name for artifact in ARTIFACTS}
    assert {each.artifact for each in load_environment(path).endpoints.values()} <= known


@pytest.mark.parametrize(
    "text",
    [
        AWS,
        LOCAL,
        CHAT,
        f"{CHAT}    options: {{a: 1, b: 0.90, c: true, d: null, e: x}}\n",
        f'{AWS}account: "012345678901"\ntags: {{"a b": "", é: ü}}\n',
        f"{AWS}bootstrap: {{}}\nstack: {{}}\nendpoints: {{}}\ntags: {{}}\n",
        f"{CHAT}    endpoint_name: A--1\n    model_data_download_timeout_seconds: 60\n",
    ],
)
def test_schema_and_reader_both_accept(text: str, tmp_path: Path) -> None:
    path = tmp_path / "dev.yaml"
    path.write_text(text, encoding="utf-8")

    load_environment(path)
    assert not list(ENVIRONMENT.iter_errors(yaml.safe_load(text)))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "region: us-west-2",
        "target: azure",
        "target: null",
        f"{AWS}colour: red",
        f"{AWS}account: 111111111111",
        f'{AWS}account: "11111111111"',
        f"{AWS}account: null",
        f"{AWS}region: us-west2",
        f"{AWS}tags: {{team: 5}}",
        f"{AWS}tags: {{aws:team: nlp}}",
        f"{AWS}tags: {{team: a&b}}",
        f"{AWS}tags: {{team: {'a' * 257}}}",
        f"{AWS}tags: {{{', '.join(f'k{n}: v' for n in range(51))}}}",
        f"{AWS}bootstrap: null",
        f"{AWS}bootstrap: {{qualifier: much-too-long}}",
        f"{AWS}bootstrap: {{kms_key_arn: alias/x}}",
        f"{AWS}bootstrap: {{key: x}}",
        f"{AWS}stack: {{termination_protection: 1}}",
        f"{AWS}stack: {{permissions_boundary: a/b}}",
        f"{AWS}endpoints: []",
        f"{AWS}endpoints: {{chat: null}}",
        f"{AWS}endpoints: {{chat: {{artifact: a}}}}",
        f"{AWS}endpoints: {{Chat: {{artifact: a, instance_type: ml.g5.xlarge}}}}",
        f"{AWS}endpoints: {{chat-: {{artifact: a, instance_type: ml.g5.xlarge}}}}",
        f"{AWS}endpoints: {{chat: {{artifact: a/b, instance_type: ml.g5.xlarge}}}}",
        f"{AWS}endpoints: {{chat: {{artifact: .., instance_type: ml.g5.xlarge}}}}",
        f"{AWS}endpoints: {{chat: {{artifact: a, instance_type: g5.xlarge}}}}",
        f"{AWS}endpoints: {{chat: {{artifact: a, instance_type: ml.c7g.xlarge}}}}",
        f"{AWS}endpoints: {{chat: {{artifact: a, instance_type: ml.p2.xlarge}}}}",
        f"{CHAT}    instance_count: 0",
        f"{CHAT}    instance_count: 1.5",
        f"{CHAT}    instance_count: '2'",
        f"{CHAT}    options: {{a: [1]}}",
        f"{CHAT}    options: {{a: {{b: c}}}}",
        f"{CHAT}    options: {{'': c}}",
        f"{CHAT}    endpoint_name: my_chat",
        f"{CHAT}    endpoint_name: {'x' * 64}",
        f"{CHAT}    endpoint_name: {'x-' * 40}x",
        f"{CHAT}    model_data_download_timeout_seconds: 59",
        f"{CHAT}    container_startup_health_check_timeout_seconds: 3601",
        f"{CHAT}    scaling: {{}}",
        'target: local\naccount: "222222222222"\nregion: us-west-2',
        "target: local\nregion: us-west-2",
        'target: local\naccount: "111111111111"',
    ],
)
def test_schema_and_reader_both_refuse(text: str, tmp_path: Path) -> None:
    path = tmp_path / "dev.yaml"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(ConfigError):
        load_environment(path)
    assert list(ENVIRONMENT.iter_errors(yaml.safe_load(text)))


@pytest.mark.parametrize(
    "text",
    ["{}", "image: latest", "image: 0.36.0-cpu-full\nlayout: nested", "image: 5", "tag: x"],
)
def test_the_artifact_schema_refuses(text: str) -> None:
    assert list(ARTIFACT.iter_errors(yaml.safe_load(text)))
