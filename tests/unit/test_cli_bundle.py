"""`lmi bundle`, `lmi fetch` and `lmi properties`: exit codes, JSON, messages."""

import hashlib
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from lmi.cli import COMMANDS, main

ENVIRONMENT = """\
target: aws
endpoints:
  gpt-j:
    artifact: gpt-j-6b
    instance_type: ml.g5.12xlarge
    options: {option.low_cpu_mem_usage: true, option.task: null}
"""


@pytest.fixture(name="project", autouse=True)
def _project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "model_artifacts" / "gpt-j-6b"
    folder.mkdir(parents=True)
    (folder / "artifact.yaml").write_text("image: 0.20.0-deepspeed0.7.5-cu116\n")
    (folder / "serving.properties").write_text(
        "engine=DeepSpeed\n"
        "option.entryPoint=djl_python.deepspeed\n"
        "option.model_id=EleutherAI/gpt-j-6B\n"
        "option.tensor_parallel_degree=2\n"
        "option.task=text-generation\n"
    )
    (tmp_path / "environments").mkdir()
    (tmp_path / "environments" / "dev.yaml").write_text(ENVIRONMENT)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def lmi(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def refused(result: Result, exit_code: int) -> str:
    assert result.exit_code == exit_code
    assert isinstance(result.exception, SystemExit)
    assert result.stdout == ""
    return result.stderr


def test_a_folder_is_bundled_and_described_as_json(project: Path) -> None:
    result = lmi("bundle", "model_artifacts/gpt-j-6b", "-o", "x.tar.gz")
    assert result.exit_code == 0
    document = json.loads(result.stdout)
    data = (project / "x.tar.gz").read_bytes()
    assert document == {
        "path": "x.tar.gz",
        "bytes": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
        "content_sha256": document["content_sha256"],
        "members": ["gpt-j-6b/", "gpt-j-6b/serving.properties"],
    }


def test_an_endpoint_is_bundled_with_its_options() -> None:
    plain = json.loads(lmi("bundle", "model_artifacts/gpt-j-6b", "-o", "a.tar.gz").stdout)
    result = lmi("bundle", "dev/gpt-j", "-o", "b.tar.gz")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["content_sha256"] != plain["content_sha256"]


@pytest.mark.parametrize(
    ("target", "exit_code", "message"),
    [
        ("model_artifacts/gpt-j-6", 1, "there is no such folder; did you mean 'model_artifacts/g"),
        ("gpt-j-6b", 1, "gpt-j-6b: there is no such folder"),
        ("dev/gpt-i", 2, "unknown endpoint 'gpt-i' in environments/dev.yaml; did you mean 'gpt-j'"),
        ("def/gpt-j", 2, "unknown environment 'def': there is no file environments/def.yaml"),
    ],
)
def test_fails_on_a_target_that_there_is_not(
    project: Path, target: str, exit_code: int, message: str
) -> None:
    assert message in refused(lmi("bundle", target, "-o", "x.tar.gz"), exit_code)
    assert not (project / "x.tar.gz").exists()


def test_fails_with_every_problem_of_the_folder(project: Path) -> None:
    folder = project / "model_artifacts" / "gpt-j-6b"
    (folder / "artifact.yaml").write_text("imag: x\n")
    (folder / "link").symlink_to("x")
    message = refused(lmi("bundle", "model_artifacts/gpt-j-6b", "-o", "x.tar.gz"), 1)
    assert "link: a link (to 'x') leads to nothing" in message
    assert "artifact.yaml:1: imag: unknown key; did you mean 'image'?" in message
    assert not (project / "x.tar.gz").exists()


def test_fails_on_an_output_in_the_artifacts_folder(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project / "model_artifacts" / "gpt-j-6b")
    for target, output in ((".", "x.tar.gz"), ("../gpt-j-6b", "../gpt-j-6b/x.tar.gz")):
        message = refused(lmi("bundle", target, "-o", output), 1)
        assert f"{output}: must not lie in the artifact's folder" in message
        assert not Path(output).exists()


def test_what_is_left_out_is_told_by_reason_and_our_own_files_are_not(project: Path) -> None:
    folder = project / "model_artifacts" / "gpt-j-6b"
    for name in (".git/HEAD", ".env", "__pycache__/a.pyc", "model.py~", "old/a.bin", "old/b.bin"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).touch()
    (folder / ".lmiignore").write_text("# weights of last year\n/old/\n")
    result = lmi("bundle", "model_artifacts/gpt-j-6b", "-o", "x.tar.gz")
    assert result.stderr == (
        "left out of the tarball:\n"
        "  .env (settings of one machine, often secrets)\n"
        "  .git/ (version control)\n"
        "  __pycache__/ (compiled by another Python than the image's)\n"
        "  model.py~ (editor's backup)\n"
        "  old/ (.lmiignore:2: /old/)\n"
    )
    members = json.loads(result.stdout)["members"]
    assert members == ["gpt-j-6b/", "gpt-j-6b/serving.properties"]


def test_of_many_left_out_only_some_are_named(project: Path) -> None:
    folder = project / "model_artifacts" / "gpt-j-6b"
    for number in range(1012):
        (folder / f"{number:04}.pyc").touch()
    result = lmi("bundle", "model_artifacts/gpt-j-6b", "-o", "x.tar.gz")
    assert "  0000.pyc, 0001.pyc, " in result.stderr
    assert "0009.pyc and 1,002 more (compiled" in result.stderr


def test_nothing_is_said_where_nothing_is_left_out() -> None:
    assert lmi("bundle", "model_artifacts/gpt-j-6b", "-o", "x.tar.gz").stderr == ""


def test_without_the_cache_the_same_tarball_is_written(project: Path) -> None:
    lmi("bundle", "model_artifacts/gpt-j-6b", "-o", "a.tar.gz", "--no-cache")
    assert not (project / ".lmi").exists()
    lmi("bundle", "model_artifacts/gpt-j-6b", "-o", "b.tar.gz")
    assert (project / "a.tar.gz").read_bytes() == (project / "b.tar.gz").read_bytes()


def test_fails_without_an_output_file() -> None:
    assert "Missing option '-o'" in refused(lmi("bundle", "dev/gpt-j"), 2)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "Missing argument 'FOLDER|ENV/ENDPOINT', or --verify FILE"),
        (("dev/gpt-j", "-o", "x", "--image", "0.36.0-cpu-full"), "--image goes with --verify"),
        (("dev/gpt-j", "-o", "x", "--instance-type", "a"), "--instance-type goes with --verify"),
        (("dev/gpt-j", "-o", "x", "--format", "json"), "--format goes with --verify alone"),
        (("--verify", "environments/dev.yaml", "-o", "x"), "--verify FILE takes neither"),
        (("--verify", "none.tar.gz"), "'none.tar.gz' does not exist"),
    ],
)
def test_fails_on_options_that_do_not_go_together(arguments: tuple[str, ...], message: str) -> None:
    assert message in refused(lmi("bundle", *arguments), 2)


def test_properties_are_printed_as_java_loads_them(project: Path) -> None:
    (project / "x.properties").write_bytes(b"a = 1 \nb=\\u00e9\na=2 # x")
    result = lmi("properties", "x.properties")
    assert (result.exit_code, json.loads(result.stdout)) == (0, {"a": "2 # x", "b": "é"})


def test_properties_are_decoded_as_asked(project: Path) -> None:
    (project / "x.properties").write_bytes("a=é".encode())
    assert json.loads(lmi("properties", "x.properties").stdout) == {"a": "Ã©"}
    result = lmi("properties", "x.properties", "--encoding", "utf-8")
    assert json.loads(result.stdout) == {"a": "é"}


def test_fails_on_properties_that_java_refuses(project: Path) -> None:
    (project / "x.properties").write_bytes(b"a=1\nb=\\u12")
    assert refused(lmi("properties", "x.properties"), 1).startswith("Error: x.properties:2:3: \\u")


def test_fails_on_a_properties_file_that_there_is_not() -> None:
    assert "does not exist" in refused(lmi("properties", "none"), 2)


def test_fetch_says_what_it_does_on_stderr() -> None:
    result = lmi("fetch", "model_artifacts/gpt-j-6b")
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == "model_artifacts/gpt-j-6b: nothing to fetch\n"


def test_fails_to_fetch_for_a_folder_that_is_no_artifact() -> None:
    assert "artifact.yaml: there is no such file" in refused(lmi("fetch", "environments"), 1)


@pytest.mark.parametrize("name", ["bundle", "fetch", "properties"])
def test_the_help_has_an_example_and_the_line_of_the_command_list(name: str) -> None:
    command = main.get_command(None, name)  # type: ignore[arg-type]
    assert command is not None
    assert command.short_help == COMMANDS[name]
    assert f"  lmi {name} " in lmi(name, "--help").stdout
