"""`lmi catalog`: the data behind `lmi images`."""

import click


@click.group("catalog", short_help="Renew what is known of images from the SageMaker SDK.")
def command() -> None:
    """Renew what is known of images from the SageMaker SDK.

    Example:

    \b
        lmi catalog refresh --check
    """


@command.command("refresh", short_help="Rebuild the SDK's part from the installed SDK.")
@click.option("--check", is_flag=True, help="Write nothing; exit 1 if something would change.")
@click.option(
    "--format",
    "output",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="The changes, one a line, or a JSON document.",
)
def refresh_command(check: bool, output: str) -> None:
    """Rebuild tags, regions and accounts from the installed sagemaker-core, and print what changed.

    Nothing is fetched: update the package first, `pip install -U sagemaker-core`. A tag that the
    SDK returned and returns no longer stays known. Facts kept by hand are left as they are.

    Example:

    \b
        lmi catalog refresh --check
    """
    import json
    from dataclasses import asdict

    from lmi.catalog.refresh import refresh

    done = refresh(check=check)
    lines = list(done.difference.lines())
    if output == "json":
        document = {
            "schema": 1,
            "file": str(done.file),
            "changed": done.changed,
            "written": done.changed and not check,
            "difference": asdict(done.difference),
            "without_facts": done.without_facts,
        }
        click.echo(json.dumps(document, indent=2))
    else:
        version = done.difference.sagemaker_core[1]
        verb = "would change" if check else "changed"
        for line in lines:
            click.echo(line)
        for tag in done.without_facts:
            click.echo(f"to do by hand: {tag} has no engine versions in images.json")
        what = f"{verb}: {done.file}" if done.changed else "nothing changes"
        click.echo(f"sagemaker-core {version}: {what}")
    if check and done.changed:
        raise SystemExit(1)
