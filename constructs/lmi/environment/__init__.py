"""
The environments: one YAML file each, typed and checked.

A file with mistakes raises lmi.errors.ConfigError, one mistake a line, each with file, line, key
path and what is allowed.
"""

from lmi.environment.reader import environment_files, load_environment
from lmi.environment.settings import Bootstrap, EndpointSettings, Environment, StackSettings

__all__ = [
    "Bootstrap",
    "EndpointSettings",
    "Environment",
    "StackSettings",
    "environment_files",
    "load_environment",
]
