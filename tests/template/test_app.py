"""app.py as the CDK CLI runs it: in the project's folder, told by the environment."""

import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path

import aws_cdk

from tests.template.templates import CONTEXT, ROOT, write_artifact

DEV = "target: aws\nregion: us-west-2\nendpoints:\n"
CHAT = "  chat: {artifact: tiny, instance_type: ml.g5.xlarge}\n"


def start(project: Path, **context: str) -> subprocess.Popen[str]:
    """Run the app in *project*, by default without cdk-nag, with its output in cdk.out."""
    return subprocess.Popen(
        [sys.executable, str(ROOT / "app.py")],
        cwd=project,
        env={
            **os.environ,
            "CDK_OUTDIR": str(project / "cdk.out"),
            "CDK_APP_MODE": "process",
            "CDK_CONTEXT_JSON": json.dumps({**CONTEXT, "nag": "false", **context}),
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def project_of(folder: Path, **environments: str) -> Path:
    """Make a project with these environments and one artifact."""
    write_artifact(folder / "model_artifacts" / "tiny")
    (folder / "environments").mkdir()
    for name, text in environments.items():
        (folder / "environments" / f"{name}.yaml").write_text(text)
    return folder


def files_of(folder: Path) -> dict[str, bytes]:
    """Return every file below *folder*."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def test_two_folders_give_the_same_bytes(tmp_path: Path) -> None:
    projects = [
        project_of(tmp_path / name, dev=DEV + CHAT, prod=DEV.replace("us-", "eu-") + CHAT)
        for name in ("one", "a-folder-with-a-longer-name")
    ]
    for running in [start(project) for project in projects]:
        _, errors = running.communicate()
        assert running.returncode == 0, errors

    first, second = (files_of(project / "cdk.out") for project in projects)
    assert first == second
    assert sum(name.endswith(".template.json") for name in first) == 2
    assert sum(name.endswith(".tar.gz") for name in first) == 1
    assert not any(str(tmp_path).encode() in content for content in first.values())
    assert not any(b"Analytics" in content for content in first.values())


def test_broken_environment_leaves_the_others_as_they_are(tmp_path: Path) -> None:
    broken = DEV + CHAT.replace("instance_type", "instance_typ")
    missing = DEV + CHAT.replace("tiny", "tinny")
    project = project_of(tmp_path / "project", dev=broken, prod=DEV + CHAT, staging=missing)
    # With cdk-nag, which reports beside the app.
    running = start(project, nag="true")
    _, errors = running.communicate()

    notes = [line for line in errors.splitlines() if line.startswith("note: ")]
    assert notes == [
        "note: dev/* cannot be deployed; cdk synth 'dev/*' says why",
        "note: staging/chat cannot be deployed; cdk synth 'staging/chat' says why",
    ]
    assert "Traceback" not in errors
    report = json.loads((project / "cdk.out" / "validation-report.json").read_text())
    found = [each for plugin in report["pluginReports"] for each in plugin["violations"]]
    assert [each["violatingConstructs"][0]["constructPath"] for each in found] == [
        "dev/broken",
        "staging/chat",
    ]
    assert "did you mean 'instance_type'?" in found[0]["description"]
    assert "did you mean 'model_artifacts/tiny'?" in found[1]["description"]
    assert (project / "cdk.out" / "assembly-prod").is_dir()


def test_fails_in_one_line_on_an_unknown_environment(tmp_path: Path) -> None:
    project = project_of(tmp_path / "project", dev=DEV + CHAT)
    running = start(project, environments="dev,prd")
    output, errors = running.communicate()

    (line,) = (line for line in errors.splitlines() if not line.startswith("b'!!"))
    assert "knows no 'prd'; environments has dev" in line
    assert (running.returncode, output) == (2, "")
    assert not (project / "cdk.out" / "manifest.json").exists()


def test_files_that_can_name_no_stage_stop_a_bare_synth(tmp_path: Path) -> None:
    project = project_of(
        tmp_path / "project", **{"1st": DEV + CHAT, "Dev_1": DEV + CHAT, "p": DEV + CHAT}
    )
    cdk = [str(Path(sys.executable).with_name("cdk")), "synth", "--quiet", "--app"]
    command = [*cdk, f"{sys.executable} {ROOT / 'app.py'}", "-c", "nag=false"]
    bare = subprocess.run(command, cwd=project, capture_output=True, text=True)

    assert bare.returncode == 1
    told = bare.stdout + bare.stderr
    assert "environments/1st.yaml:1: the file's name is the environment's" in told
    assert "environments/Dev_1.yaml:1: the file's name is the environment's" in told
    assert (project / "cdk.out" / "assembly-p").is_dir()


def test_context_limits_the_environments(tmp_path: Path) -> None:
    project = project_of(tmp_path / "project", dev=DEV + CHAT, prod=DEV + CHAT)
    running = start(project, environments="prod")
    _, errors = running.communicate()

    assert running.returncode == 0, errors
    assert (project / "cdk.out" / "assembly-prod").is_dir()
    assert not (project / "cdk.out" / "assembly-dev").exists()


def test_cdk_json_has_the_recommended_feature_flags() -> None:
    (library,) = (Path(aws_cdk.__file__).parent / "_jsii").glob("aws-cdk-lib@*.jsii.tgz")
    with tarfile.open(library) as archive:
        file = archive.extractfile("package/recommended-feature-flags.json")
        assert file is not None
        recommended = json.load(file)

    assert json.loads((ROOT / "cdk.json").read_text())["context"] == recommended
