"""
The command `lmi`: one module per command, loaded only when it is called.

`lmi --help` imports click and this module, nothing else: the one-line helps stand in the table
below, and a test compares them with the commands' own.
"""

import importlib

import click

from lmi.errors import LmiError

COMMANDS = {
    "bundle": "Write the model.tar.gz of an artifact folder or an endpoint.",
    "catalog": "Renew what is known of images from the SageMaker SDK.",
    "check": "Find what would not load, or not as it is written.",
    "fetch": "Fetch the weights that an artifact.yaml names, and check their digests.",
    "images": "List the LMI images, or show one with its URIs.",
    "instances": "List the instance types that run LMI images, or show one.",
    "local": "The embedded AWS on loopback, with real model servers.",
    "mirror": "Put a model's weights into S3, as one prefix.",
    "options": "List the keys of serving.properties, or explain one.",
    "predict": "Send one prompt to an endpoint and print the text.",
    "properties": "Print what Java's Properties class loads from a file, as JSON.",
}


class LazyGroup(click.Group):
    """A group that knows the names of its commands and imports a command when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the commands, sorted."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return the command *cmd_name*, or None if there is none."""
        if cmd_name not in COMMANDS:
            return None
        command = importlib.import_module(f"lmi.cli.{cmd_name}").command
        assert isinstance(command, click.Command)  # noqa: S101 -- tells mypy what the module holds
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands from the table, without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(sorted(COMMANDS.items()))

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; a user's mistake becomes one message on stderr and an exit code."""
        try:
            return super().invoke(ctx)
        except LmiError as error:
            click.echo(f"Error: {error}", err=True)
            ctx.exit(error.exit_code)


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="cdk-lmi", prog_name="lmi")
def main() -> None:
    """Large language models on Amazon SageMaker: build, try, deploy and call LMI endpoints."""
