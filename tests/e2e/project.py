"""A copy of the app in a folder of its own, for tests that run the real commands in it."""

import contextlib
import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sagemaker import SageMakerClient

ROOT = Path(__file__).resolve().parent.parent.parent
BIN = ROOT / ".venv" / "bin"
ACCOUNT = "111111111111"
REGION = "us-west-2"
TIMEOUT_SECONDS = 300


@dataclass(frozen=True, kw_only=True, slots=True)
class Project:
    """The app in *root*, and the variables under which its commands run."""

    root: Path
    variables: Mapping[str, str]

    def run(self, *command: str, **more: str) -> subprocess.CompletedProcess[str]:
        """Run *command* in the project, with the environment variables *more* besides."""
        return subprocess.run(
            command,
            cwd=self.root,
            env={**self.variables, **more},
            capture_output=True,
            text=True,
            timeout=TIMEOUT_SECONDS,
        )

    def cdk(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the real CDK CLI."""
        return self.run(str(BIN / "cdk"), *arguments)

    def lmi(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the command `lmi`."""
        return self.run(str(BIN / "lmi"), *arguments)

    def succeed(self, *command: str) -> str:
        """Run *command*, which must exit 0, and return what it printed."""
        result = self.run(*command)
        output = result.stdout + result.stderr
        assert result.returncode == 0, f"{' '.join(command)}\n{output}"
        return output

    def deploy(self, selector: str, *, assembly: str) -> subprocess.CompletedProcess[str]:
        """Deploy the stacks of *selector* from the synthesized *assembly*."""
        return self.cdk("deploy", selector, "--app", assembly, "--require-approval", "never")

    def synth(self, environment: str, *, output: str) -> str:
        """
        Synthesize one environment into the folder *output* and return that.

        It is what app.py does, in this process and without cdk-nag, because `cdk synth` takes
        seconds to start. Tests of app.py itself run it with the CDK CLI.
        """
        import aws_cdk as cdk

        from lmi.environment import load_environment
        from stacks import EnvironmentStage

        with contextlib.chdir(self.root):
            app = cdk.App(
                analytics_reporting=False, context=_context(), outdir=str(self.root / output)
            )
            stage = EnvironmentStage(
                app,
                environment=load_environment(Path("environments", f"{environment}.yaml")),
                model_artifacts=Path("model_artifacts"),
            )
            assert [stack.error for stack in stage.stacks] == [None] * len(stage.stacks)
            app.synth()
        return output

    def write(self, path: str, text: str) -> Path:
        """Write *text* to *path* in the project, with the folders that takes."""
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
        return target

    def s3(self) -> "S3Client":
        """Return a client of the embedded S3."""
        client: S3Client = self._client("s3")
        return client

    def cloudformation(self) -> "CloudFormationClient":
        """Return a client of the embedded CloudFormation."""
        client: CloudFormationClient = self._client("cloudformation")
        return client

    def sagemaker(self) -> "SageMakerClient":
        """Return a client of the embedded SageMaker."""
        client: SageMakerClient = self._client("sagemaker")
        return client

    def ssm(self) -> Any:
        """Return a client of the embedded Parameter Store."""
        return self._client("ssm")

    def _client(self, service: str) -> Any:
        return boto3.client(
            service,
            region_name=REGION,
            endpoint_url=self.variables["AWS_ENDPOINT_URL"],
            aws_access_key_id=self.variables["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=self.variables["AWS_SECRET_ACCESS_KEY"],
        )


def _context() -> dict[str, Any]:
    """Return the context of cdk.json, with what the CDK CLI adds to it."""
    context: dict[str, Any] = json.loads((ROOT / "cdk.json").read_text())["context"]
    return {
        **context,
        "aws:cdk:enable-path-metadata": True,
        "aws:cdk:enable-asset-metadata": True,
    }


def copy_app(target: Path) -> Path:
    """
    Copy what the app is made of to *target*, without what was built or deployed here before.

    The virtual environment, the installed model server, its Python and its AWS CLI are linked: they
    are what set-up made, and tests only read them.
    """
    target.mkdir(parents=True)
    for name in ("app.py", "cdk.json"):
        shutil.copy2(ROOT / name, target / name)
    for name in ("stacks", "environments"):
        shutil.copytree(ROOT / name, target / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "model_artifacts", target / "model_artifacts", copy_function=_copy)
    (target / ".venv").symlink_to(ROOT / ".venv")
    home = target / ".lmi"
    home.mkdir()
    for name in ("djl", "server-python", "aws-cli"):
        assert (ROOT / ".lmi" / name).is_dir(), f".lmi/{name} is missing: run make setup"
        (home / name).symlink_to(ROOT / ".lmi" / name)
    return target


def _copy(source: str, target: str) -> None:
    # Weights are large and never written to; the bundler refuses symbolic links.
    if source.endswith(".gguf"):
        with contextlib.suppress(OSError):
            os.link(source, target)
            return
    shutil.copy2(source, target)


def clean_environment(home: Path) -> dict[str, str]:
    """Return the variables of this process without any that could lead to a real account."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return {
        **kept,
        "CDK_HOME": str(home / "cdk-home"),
        "CDK_DISABLE_CLI_TELEMETRY": "1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "NO_COLOR": "1",
    }
