"""`lmi check`: targets, exit codes, formats, acknowledgements, and where a finding points."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from lmi.cli import main

ROOT = Path(__file__).resolve().parent.parent.parent

UNNEEDED = (
    *("aws_cdk", "boto3", "botocore", "isal", "moto", "rich", "difflib", "tarfile"),
    *("lmi.artifact.bundle", "lmi.artifact.artifact", "lmi.environment", "lmi.local"),
)
"""What `lmi check` of an artifact in order must not load: its time is mostly that of imports."""

FIRST = "0.20.0-deepspeed0.7.5-cu116"
NEWEST = "0.36.0-lmi24.0.0-cu129"
GOOD = (
    "engine=Python\noption.entryPoint=djl_python.huggingface\noption.model_id=gpt2\n"
    "option.task=text-generation\n"
)
ENVIRONMENT = """\
target: aws
endpoints:
  good:
    artifact: good
    instance_type: ml.g5.xlarge
  bad:
    artifact: good
    instance_type: ml.g5.xlarge
    options:
      option.model_id: gpt2
      engine: Pythn
"""


@pytest.fixture(name="project", autouse=True)
def _project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    artifact(tmp_path, "good", GOOD)
    artifact(tmp_path, "bad", "engine=Pythn\noption.model_id=gpt2\n")
    (tmp_path / "environments").mkdir()
    (tmp_path / "environments" / "dev.yaml").write_text(ENVIRONMENT)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def artifact(root: Path, name: str, properties: str, manifest: str = "") -> Path:
    folder = root / "model_artifacts" / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "artifact.yaml").write_text(f"image: {FIRST}\n{manifest}")
    (folder / "serving.properties").write_text(properties)
    return folder


def lmi(*arguments: str) -> Result:
    result = CliRunner().invoke(main, ["check", *arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result


def findings(*arguments: str, exit_code: int = 0) -> list[dict[str, Any]]:
    result = lmi(*arguments, "--format", "json")
    assert result.exit_code == exit_code, result.output
    found: list[dict[str, Any]] = json.loads(result.stdout)["findings"]
    return found


def rules(*arguments: str, exit_code: int = 0) -> list[str]:
    return [found["rule"] for found in findings(*arguments, exit_code=exit_code)]


@pytest.mark.parametrize(
    "target", ["model_artifacts/good", "model_artifacts/good/serving.properties", "dev/good"]
)
def test_a_target_without_findings_ends_with_0(target: str) -> None:
    result = lmi(target)
    assert result.exit_code == 0
    assert result.stdout == "1 target checked: 0 errors, 0 warnings\n"


@pytest.mark.parametrize(
    "target", ["model_artifacts/bad", "model_artifacts/bad/serving.properties", "dev/bad", "dev"]
)
def test_an_error_ends_with_1(target: str) -> None:
    assert "unknown-engine" in rules(target, exit_code=1)


def test_a_target_that_is_named_twice_is_checked_once() -> None:
    result = lmi("dev/good", "dev/good", "model_artifacts/good", "dev")
    assert result.stdout.endswith("4 targets checked: 1 error, 0 warnings\n")


def test_a_finding_in_serving_properties_has_the_fields_of_the_contract(project: Path) -> None:
    (found,) = findings("model_artifacts/bad", exit_code=1)
    assert (found["file"], found["line"], found["column"]) == (
        "model_artifacts/bad/serving.properties",
        1,
        8,
    )
    assert (found["artifact"], found["endpoint"], found["key"]) == ("bad", None, "engine")
    assert found["fix"]
    assert found["source"]


def test_a_finding_about_an_override_points_into_the_environment_file() -> None:
    (found,) = findings("dev/bad", exit_code=1)
    assert (found["file"], found["line"], found["column"]) == ("environments/dev.yaml", 11, 15)
    assert (found["artifact"], found["endpoint"], found["key"]) == ("good", "dev/bad", "engine")


def test_the_text_shows_the_line_of_an_override_with_a_caret() -> None:
    lines = lmi("dev/bad").stdout.splitlines()
    assert lines[0].startswith("environments/dev.yaml:11:15: error: ")
    assert lines[0].endswith("[unknown-engine] (dev/bad)")
    assert lines[1:3] == ["  11 |       engine: Pythn", "     |               ^^^^^"]
    assert lines[3].startswith("  fix: ")


def test_a_bare_file_says_that_no_image_is_known(project: Path) -> None:
    path = project / "serving.properties"
    path.write_text("engine=Python # x\noption.trust_remote_cod=true\n")
    assert rules("serving.properties") == ["image-unknown", "inline-comment"]
    (unknown,) = [f for f in findings("serving.properties") if f["rule"] == "image-unknown"]
    assert (unknown["severity"], unknown["line"]) == ("info", None)
    assert "image-unknown" not in rules("serving.properties", "--image", NEWEST, exit_code=1)


def test_an_image_makes_a_folder_without_artifact_yaml_an_artifact(project: Path) -> None:
    folder = artifact(project, "plain", GOOD)
    (folder / "artifact.yaml").unlink()
    assert rules("model_artifacts/plain", exit_code=1) == ["artifact-file"]
    assert rules("model_artifacts/plain", "--image", FIRST) == []


def test_an_image_stands_in_for_that_of_artifact_yaml(project: Path) -> None:
    text = GOOD.replace("Python", "DeepSpeed").replace("huggingface", "deepspeed")
    artifact(project, "renamed", f"{text}option.tensor_parallel_degree=1\n")
    assert "unknown-engine" not in rules("model_artifacts/renamed")
    assert "unknown-engine" in rules("model_artifacts/renamed", "--image", NEWEST, exit_code=1)


def test_an_instance_type_brings_the_rules_about_it(project: Path) -> None:
    artifact(project, "wide", f"{GOOD}option.tensor_parallel_degree=4\n")
    assert rules("model_artifacts/wide") == []
    found = findings("model_artifacts/wide", "--instance-type", "ml.g5.xlarge", exit_code=1)
    assert [each["key"] for each in found] == ["option.tensor_parallel_degree"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["dev/god"], "unknown endpoint 'god' in environments/dev.yaml; did you mean 'good'?"),
        (["def"], "unknown environment 'def': there is no file environments/def.yaml"),
        (["model_artifacts/gud/"], "no such file or folder; a target is an artifact's folder"),
        (["nowhere/serving.properties"], "no such file or folder"),
        (["./x"], "no such file or folder"),
        (["-"], "unknown environment '-'"),
        ([""], "unknown environment ''"),
        (["x" * 5000], "File name too long"),
        (["/dev/null"], "must be a regular file or a folder"),
        (["model_artifacts/good", "--image", "0.20.0"], "unknown image tag '0.20.0'"),
        (["model_artifacts/good", "--instance-type", "ml.g5.huge"], "unknown instance type"),
        (["model_artifacts/good", "--format", "xml"], "'xml' is not one of"),
        ([], "Missing argument"),
    ],
)
def test_fails_with_2_on_what_cannot_be_understood(arguments: list[str], message: str) -> None:
    result = lmi(*arguments)
    assert result.exit_code == 2
    assert message in result.stderr
    assert "Traceback" not in result.output


def test_what_can_be_checked_is_printed_when_something_cannot(project: Path) -> None:
    (project / "environments" / "broken.yaml").write_text("target: aws\nendpoint: {}\nx: 1\n")
    result = lmi("model_artifacts/bad", "broken", "nothing", "dev/good")
    assert result.exit_code == 2
    assert "[unknown-engine]" in result.stdout
    assert "environments/broken.yaml:2: error: unknown key" in result.stdout
    assert "environments/broken.yaml:3: error: unknown key" in result.stdout
    assert result.stdout.endswith("3 targets checked: 3 errors, 0 warnings\n")
    assert "unknown environment 'nothing'" in result.stderr


def test_a_finding_is_acknowledged_in_artifact_yaml(project: Path) -> None:
    text = "acknowledge:\n  - {rule: unknown-engine, key: engine, reason: it is a test}\n"
    artifact(project, "bad", "engine=Pythn\noption.model_id=gpt2\n", text)
    (found,) = findings("model_artifacts/bad")
    assert (found["rule"], found["acknowledged"]) == ("unknown-engine", "it is a test")
    result = lmi("model_artifacts/bad")
    assert "acknowledged error: " in result.stdout
    assert "  left: it is a test\n" in result.stdout
    assert result.stdout.endswith("0 errors, 0 warnings, 1 acknowledged\n")


def test_a_finding_is_acknowledged_in_the_environment_file(project: Path) -> None:
    path = project / "environments" / "dev.yaml"
    path.write_text(
        f"{ENVIRONMENT}    acknowledge:\n      - rule: unknown-engine\n        reason: a test\n"
    )
    (found,) = findings("dev/bad")
    assert found["acknowledged"] == "a test"
    # Only there: the artifact alone, and other endpoints, are not covered.
    assert rules("model_artifacts/bad", exit_code=1) == ["unknown-engine"]


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ("unknown-engine", "rule 'unknown-engine' has no finding here"),
        ("unknown-engin", "there is no rule 'unknown-engin'; did you mean 'unknown-engine'?"),
    ],
)
def test_an_acknowledgement_that_covers_nothing_is_a_finding(
    project: Path, rule: str, message: str
) -> None:
    artifact(project, "good", GOOD, f"acknowledge:\n  - {{rule: {rule}, reason: x}}\n")
    (found,) = findings("model_artifacts/good")
    assert found["rule"] == "unused-acknowledgement"
    assert (found["file"], found["line"]) == ("model_artifacts/good/artifact.yaml", 3)
    assert found["message"] == message
    # An endpoint's override may have mended what the artifact acknowledges.
    assert rules("dev/good") == []


@pytest.mark.parametrize("output", ["text", "json", "sarif", "github"])
@pytest.mark.parametrize(("target", "exit_code"), [("dev/good", 0), ("model_artifacts/bad", 1)])
def test_every_format_has_the_same_exit_code(output: str, target: str, exit_code: int) -> None:
    result = lmi(target, "--format", output)
    assert result.exit_code == exit_code
    assert result.stderr == ""
    if output in {"json", "sarif"}:
        assert isinstance(json.loads(result.stdout), dict)
    elif output == "github":
        assert result.stdout.startswith("::error file=model_artifacts/bad") is bool(exit_code)
    assert ("Pythn" in result.stdout) is bool(exit_code)


def test_a_check_loads_only_what_it_needs() -> None:
    target = ROOT / "model_artifacts" / "gpt-j-6b-deepspeed"
    code = (
        "import sys\n"
        "from click.testing import CliRunner\n"
        "import lmi.cli\n"
        f"result = CliRunner().invoke(lmi.cli.main, ['check', {str(target)!r}])\n"
        "assert result.exit_code == 0, result.output\n"
        f"sys.exit(repr([name for name in {UNNEEDED!r} if name in sys.modules]))\n"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert result.stderr.strip() == "[]"
