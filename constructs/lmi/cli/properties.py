"""`lmi properties`: what Java's Properties class loads from a file."""

from pathlib import Path
from typing import Literal

import click


@click.command(
    "properties", short_help="Print what Java's Properties class loads from a file, as JSON."
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--encoding",
    type=click.Choice(["latin-1", "utf-8"]),
    default="latin-1",
    show_default=True,
    help="How Java decodes the file: as a stream of bytes, or through a UTF-8 reader.",
)
def command(file: Path, encoding: Literal["latin-1", "utf-8"]) -> None:
    """Print a JSON object of the keys and values that Java's Properties class loads from FILE.

    What Java refuses is an error with its line and column.

    Example:

    \b
        lmi properties model_artifacts/gpt-j-6b-deepspeed/serving.properties
    """
    import json

    from lmi.errors import ArtifactError
    from lmi.properties import PropertiesFile

    try:
        data = file.read_bytes()
    except OSError as error:
        raise ArtifactError(f"{file}: cannot be read: {error.strerror}") from error
    mapping = PropertiesFile.parse(data, encoding, name=str(file)).as_mapping()
    click.echo(json.dumps(mapping, indent=2))
