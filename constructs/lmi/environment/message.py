"""Pydantic's findings in an environment file in the words of this project."""

from dataclasses import replace

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from lmi import yaml_file
from lmi.environment.model import BootstrapSection, EndpointSection, EnvironmentFile, StackSection
from lmi.yaml_file import AcknowledgeSection, Document, KeyPath, Problem


def problem_of(detail: ErrorDetails, document: Document) -> Problem:
    """Return *detail*, one of ValidationError.errors(), with its place in *document*."""
    problem = yaml_file.problem_of(detail, document, _section)
    if detail["type"] == "extra_forbidden" and problem.path[-1].startswith("option."):
        misplaced = "unknown key; keys of serving.properties stand below 'options'"
        return replace(problem, message=misplaced)
    return problem


def _section(path: KeyPath) -> type[BaseModel]:
    match path:
        case ("bootstrap",):
            return BootstrapSection
        case ("stack",):
            return StackSection
        case ("endpoints", _):
            return EndpointSection
        case ("endpoints", _, "acknowledge", _):
            return AcknowledgeSection
        case _:
            return EnvironmentFile
