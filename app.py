"""Entry point of the CDK app: reads the outside world, composes stages, does nothing else."""

import re
import sys
from pathlib import Path

import aws_cdk as cdk

from lmi.environment import environment_files, load_environment
from lmi.errors import ConfigError, LmiError
from stacks import BrokenEnvironmentStage, EnvironmentStage, UnnamedEnvironmentsStack

# The CDK CLI runs the app in the folder of cdk.json.
ENVIRONMENTS = Path("environments")
MODEL_ARTIFACTS = Path("model_artifacts")

STAGE_NAME = re.compile(r"[a-z][a-z0-9-]*", re.IGNORECASE)
"""What can be a stage with stacks (aws-cdk-lib 2.275.0: core/lib/stage.js, core/lib/stack.js)."""


def main() -> None:
    """Define a stage for each environment, or for those of the context key `environments`."""
    app = cdk.App(analytics_reporting=False)
    selected = _selected(environment_files(ENVIRONMENTS), app.node.try_get_context("environments"))
    unnamed = [error for path in selected if (error := _define_stage(app, path)) is not None]
    if unnamed:
        UnnamedEnvironmentsStack(app, "UnnamedEnvironments", errors=unnamed)
    if app.node.try_get_context("nag") != "false":
        _add_nag(app)
    app.synth()


def _selected(files: tuple[Path, ...], names: str | None) -> list[Path]:
    """Return the files of the comma-separated environment *names*, all where none are given."""
    if names is None:
        return list(files)
    by_name = {path.stem: path for path in files}
    wanted = [name.strip() for name in names.split(",") if name.strip()]
    unknown = [name for name in wanted if name not in by_name]
    if unknown or not wanted:
        what = f"knows no {', '.join(map(repr, unknown))}" if unknown else "names none"
        known = ", ".join(by_name)
        raise ConfigError(f"-c environments={names} {what}; {ENVIRONMENTS} has {known}")
    return [by_name[name] for name in dict.fromkeys(wanted)]


def _define_stage(app: cdk.App, path: Path) -> ConfigError | None:
    """Define the environment in *path*. Return its error where no stage can have its name."""
    try:
        environment = load_environment(path)
    except ConfigError as error:
        if not STAGE_NAME.fullmatch(path.stem):
            _print(str(error))
            return error
        BrokenEnvironmentStage(app, path.stem, error=error)
        _tell(f"{path.stem}/*")
        return None
    stage = EnvironmentStage(app, environment=environment, model_artifacts=MODEL_ARTIFACTS)
    for stack in stage.stacks:
        if stack.error is not None:
            _tell(stack.node.path)
    return None


def _tell(stacks: str) -> None:
    # A bare `cdk synth` shows no stack of a stage, and so none of their errors.
    _print(f"note: {stacks} cannot be deployed; cdk synth '{stacks}' says why")


def _print(message: str) -> None:
    print(message, file=sys.stderr)  # noqa: T201 - the CDK CLI passes on what the app writes here


def _add_nag(app: cdk.App) -> None:
    # Here, because the import alone takes time that `-c nag=false` saves.
    from cdk_nag import AwsSolutionsChecks

    cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app))


if __name__ == "__main__":
    try:
        main()
    except LmiError as error:
        _print(str(error))
        sys.exit(error.exit_code)
