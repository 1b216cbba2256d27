"""`lmi properties`: what Java's Properties class loads from a file."""

from pathlib import Path
from typing import Literal

import click

_MOST_BYTES = 1 << 24
"""A serving.properties has some hundred bytes; what is larger was not meant."""


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

    Of a key that stands there several times, the last value. What Java refuses is an error with its
    line and column.

    Example:

    \b
        lmi properties model_artifacts/gpt-j-6b-deepspeed/serving.properties
    """
    import json

    from lmi.errors import ConfigError
    from lmi.properties import PropertiesFile
    from lmi.regular_file import read_regular_file

    try:
        data = read_regular_file(file, most_bytes=_MOST_BYTES)
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read: {error.strerror}") from error
    mapping = PropertiesFile.parse(data, encoding, name=str(file)).as_mapping()
    click.echo(json.dumps(mapping, indent=2))
