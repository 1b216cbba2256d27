"""Entry point of the CDK app: reads the outside world, composes stages, does nothing else."""

import re
import sys
from pathlib import Path

import aws_cdk as cdk

from lmi.environment import environment_files, load_environment
from lmi.errors import ConfigError, LmiError
from stacks import BrokenEnvironmentStage, EnvironmentStage

# The CDK CLI runs the app in the folder of cdk.json.
ENVIRONMENTS = Path("environments")
MODEL_ARTIFACTS = Path("model_artifacts")

STAGE_NAME = re.compile(r"[a-z][a-z0-9-]+", re.IGNORECASE)
"""What can be a stage at all (aws-cdk-lib 2.275.0: core/lib/stage.js)."""


def main() -> None:
    """Define a stage for each environment, or for those of the context key `environments`."""
    app = cdk.App(analytics_reporting=False)
    for path in _selected(
        environment_files(ENVIRONMENTS), app.node.try_get_context("environments")
    ):
        _define_stage(app, path)
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


def _define_stage(app: cdk.App, path: Path) -> None:
    try:
        environment = load_environment(path)
    except ConfigError as error:
        if not STAGE_NAME.fullmatch(path.stem):
            # Without a name for it there is no place for its error.
            raise
        BrokenEnvironmentStage(app, path.stem, error=error)
        _tell(f"{path.stem}/*")
        return
    if not STAGE_NAME.fullmatch(environment.name):
        raise ConfigError(f"{path}: the name of a CDK stage must have two characters, got one")
    stage = EnvironmentStage(app, environment=environment, model_artifacts=MODEL_ARTIFACTS)
    for stack in stage.stacks:
        if stack.error is not None:
            _tell(stack.node.path)


def _tell(stacks: str) -> None:
    # A bare `cdk synth` shows no stack of a stage, and so none of their errors.
    print(f"note: {stacks} cannot be deployed; cdk synth '{stacks}' says why", file=sys.stderr)  # noqa: T201


def _add_nag(app: cdk.App) -> None:
    # Only where asked for: with it, a synthesis takes a third longer.
    from cdk_nag import AwsSolutionsChecks

    cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app))


if __name__ == "__main__":
    try:
        main()
    except LmiError as error:
        print(error, file=sys.stderr)  # noqa: T201
        sys.exit(error.exit_code)
