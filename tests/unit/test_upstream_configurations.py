"""Reading the configurations of a test suite out of a git repository, without running it."""

import subprocess
from pathlib import Path

import pytest

from scripts.upstream_configurations import configurations, main

BRANCH = "0.27.0-dlc"

PREPARE = """
import argparse
import os
import shutil

parser = argparse.ArgumentParser()
args = parser.parse_args()

small_list = {
    "first": {"option.model_id": "example/first", "option.tensor_parallel_degree": 2},
    "second": {"option.model_id": "example/second", "option.dtyp": "fp16"},
}
own_list = {"own": {"option.tensor_parallel_degree": 1}}
benchmark_list = {"fast": {"option.model_id": "example/fast"}, "elsewhere": {}}
trtllm_list = {"compiled": {"option.model_id": "example/compiled"}}


def write_model_artifacts(properties, requirements=None):
    os.makedirs("models")


def build_small(model):
    if model not in small_list:
        raise ValueError(model)
    options = small_list[model]
    options["engine"] = "Python"
    write_model_artifacts(options)


def build_own(model):
    options = own_list[model]
    options["engine"] = "Python"
    write_model_artifacts(options)
    shutil.copyfile("llm/handler.py", "models/test/model.py")


def build_benchmark(model):
    options = benchmark_list[model]
    if args.engine is None:
        raise ValueError("needs an engine")
    options["engine"] = "Python"
    write_model_artifacts(options)


def build_trtllm(model):
    write_model_artifacts(trtllm_list[model])


supported_handler = {
    "small": build_small,
    "own": build_own,
    "benchmark": build_benchmark,
    "trtllm": build_trtllm,
}
"""


def git(folder: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=test", "-c", "user.email=test@example.com")
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    folder = tmp_path / "tests" / "integration" / "llm"
    folder.mkdir(parents=True)
    (folder / "prepare.py").write_text(PREPARE)
    (folder / "handler.py").write_text("def handle(inputs):\n    return None\n")
    git(tmp_path, "init", "-q", "-b", BRANCH)
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "--no-verify", "-m", "tests")
    return tmp_path


def test_a_configuration_is_what_its_builder_would_write(checkout: Path) -> None:
    found = {each.name.rpartition(" ")[2]: each for each in configurations(checkout, BRANCH)}

    assert set(found) == {"first", "second", "own", "fast", "compiled"}
    assert found["first"].text == (
        "option.model_id=example/first\noption.tensor_parallel_degree=2\nengine=Python\n"
    )
    assert found["own"].files == (("model.py", "def handle(inputs):\n    return None\n"),)
    assert found["first"].image == "0.27.0-deepspeed0.12.6-cu121"
    assert found["compiled"].image == "0.27.0-tensorrtllm0.8.0-cu122"


def test_nothing_of_the_script_is_run(checkout: Path, tmp_path: Path) -> None:
    list(configurations(checkout, BRANCH))

    assert not (tmp_path / "models").exists()


def test_what_the_rules_say_is_printed_with_rule_and_source(
    checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main([str(checkout), "--branch", BRANCH])
    out = capsys.readouterr().out

    assert "small second: warning: unknown key 'option.dtyp'" in out
    assert "[unknown-key; " in out
    assert "5 configurations: 0 errors, 1 warnings in 1 of them, 0.200 warnings each" in out


def test_mistakes_are_counted_by_kind(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main([str(checkout), "--branch", BRANCH, "--edits", "14", "--seed", "3"])
    out = capsys.readouterr().out

    assert "   2 of    2 letters swapped" in out
    assert "of 14 noticed" in out


def test_fails_on_a_branch_that_is_not_there(checkout: Path) -> None:
    with pytest.raises(SystemExit, match=r"0\.1\.0-dlc"):
        list(configurations(checkout, "0.1.0-dlc"))
