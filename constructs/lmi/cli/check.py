"""`lmi check`: what would not load, before it is deployed."""

from typing import Literal

import click


@click.command("check", short_help="Find what would not load, or not as it is written.")
@click.argument("targets", metavar="TARGET...", nargs=-1, required=True)
@click.option("--image", metavar="TAG", help="Check for this image, not that of artifact.yaml.")
@click.option(
    "--instance-type", metavar="TYPE", help="Check for this type, such as ml.g5.12xlarge."
)
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["text", "json", "sarif", "github"]),
    default="text",
    show_default=True,
    help="text for people; one JSON or SARIF 2.1.0 document; annotations of GitHub.",
)
@click.pass_context
def command(
    context: click.Context,
    targets: tuple[str, ...],
    image: str | None,
    instance_type: str | None,
    output_format: Literal["text", "json", "sarif", "github"],
) -> None:
    """Check artifacts and endpoints against every rule of docs/rules.md.

    TARGET is an artifact folder, a serving.properties, ENV or ENV/ENDPOINT. An endpoint is checked
    with its options, on its instance type; a finding about an option points into environments/.
    Exit code 1 if there is an error that nobody acknowledged, 2 if a target or an environment file
    cannot be understood.

    Examples:

    \b
        lmi check model_artifacts/gpt-j-6b-deepspeed --instance-type ml.g5.12xlarge
        lmi check dev prod/gpt-j-deepspeed --format github
    """
    from lmi import catalog
    from lmi.errors import ConfigError, LmiError, Problem
    from lmi.rules import Subject, check
    from lmi.rules.report import write
    from lmi.rules.targets import subjects

    try:
        found_image = None if image is None else catalog.image(image)
        host = None if instance_type is None else catalog.instance_type(instance_type)
    except LmiError as error:
        raise ConfigError(str(error)) from error
    checked: list[Subject] = []
    problems: list[Problem] = []
    for target in dict.fromkeys(targets):
        try:
            checked += subjects(target, image=found_image, host=host)
        except ConfigError as error:
            problems += error.problems
    findings = [finding for subject in checked for finding in check(subject)]
    report = write(output_format, findings, [subject.name for subject in checked])
    if report:
        click.echo(report)
    if problems:
        raise ConfigError(*problems)
    errors = [finding for finding in findings if finding.severity == "error" and finding.counts]
    if errors:
        not_understood = any(finding.rule == "environment-file" for finding in errors)
        context.exit(ConfigError.exit_code if not_understood else LmiError.exit_code)
