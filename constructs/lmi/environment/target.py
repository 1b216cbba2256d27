"""What `ENV` and `ENV/ENDPOINT` on a command line mean."""

from pathlib import Path

from lmi.catalog.nearest import nearest
from lmi.environment import Environment, environment_files, load_environment
from lmi.errors import ConfigError


def find_environment(name: str, directory: Path) -> Environment:
    """Load the environment *name* of *directory*; ConfigError names the nearest one on a miss."""
    return load_environment(find_environment_file(name, directory))


def find_environment_file(name: str, directory: Path) -> Path:
    """Return the file of environment *name*; ConfigError names the nearest one on a miss."""
    known = {path.stem: path for path in environment_files(directory)}
    if name not in known:
        where = f"there is no file {directory / name}.yaml"
        raise ConfigError(f"unknown environment {name!r}: {where}; {_known(name, list(known))}")
    return known[name]


def find_endpoint(target: str, directory: Path) -> tuple[Environment, str]:
    """
    Return the environment and the endpoint key that *target*, ``ENV/ENDPOINT``, names.

    Raises ConfigError if *target* has another form, or names no environment or endpoint.
    """
    name, slash, key = target.partition("/")
    if not slash or not name or not key:
        raise ConfigError(
            f"an endpoint is written ENV/ENDPOINT, such as local/chat, got {target!r}"
        )
    environment = find_environment(name, directory)
    return environment, find_endpoint_in(environment, key)


def find_endpoint_in(environment: Environment, key: str) -> str:
    """Return *key*, that of an endpoint of *environment*; else ConfigError names the nearest."""
    if key not in environment.endpoints:
        raise ConfigError(
            f"unknown endpoint {key!r} in {environment.path}; "
            + _known(key, list(environment.endpoints))
        )
    return key


def names_an_endpoint(target: str) -> bool:
    """Return whether *target*, which is no folder, is written as ``ENV/ENDPOINT``."""
    return target.count("/") == 1 and not target.startswith(("/", ".", "model_artifacts/"))


def _known(name: str, known: list[str]) -> str:
    meant = nearest(name, known, 1)
    hint = f"did you mean {meant[0]!r}? " if meant else ""
    return f"{hint}known: {', '.join(sorted(known)) or 'none'}"
