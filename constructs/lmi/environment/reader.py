"""Reads environment files. Nothing downstream reads them again."""

import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from pydantic import ValidationError

from lmi.environment.message import problem_of
from lmi.environment.model import NAME_PATTERN, NAME_RULE, EndpointSection, EnvironmentFile
from lmi.environment.rule import broken_rules, keeps_text
from lmi.environment.settings import Bootstrap, EndpointSettings, Environment, StackSettings
from lmi.errors import ConfigError
from lmi.yaml_file import Document, Problem, placed, read_document


def environment_files(directory: Path) -> tuple[Path, ...]:
    """
    Return the environment files of *directory*, sorted by name.

    Raises ConfigError if there is no such directory, or a file there ends in ``.yml``.
    """
    if not directory.is_dir():
        raise ConfigError(f"{directory}: no such folder; environment files lie there")
    misnamed = sorted(directory.glob("*.yml"))
    if misnamed:
        raise ConfigError(
            "\n".join(
                f"{path}: must end in .yaml; rename it to {path.stem}.yaml" for path in misnamed
            )
        )
    return tuple(sorted(directory.glob("*.yaml")))


def load_environment(path: Path) -> Environment:
    """
    Return the environment in the file *path*.

    Raises ConfigError with every problem of the file, one a line. Whether the artifact's folder
    exists is not checked.
    """
    document = read_document(path, keeps_text=keeps_text, error_type=ConfigError)
    problems = [*document.problems]
    if not re.fullmatch(NAME_PATTERN, path.stem):
        named = f"the file's name is the environment's and must {NAME_RULE}, got {path.stem!r}"
        problems.append(Problem(line=1, path=(), message=named))

    if not isinstance(document.data, dict):
        shape = "is empty; it needs at least" if document.data is None else "must be a mapping with"
        problems.append(Problem(line=1, path=(), message=f"{shape} the key 'target'"))
        raise ConfigError(*placed(path, problems))

    problems += broken_rules(document, environment=path.stem)
    try:
        file = EnvironmentFile.model_validate(document.data)
    except ValidationError as error:
        explained = {problem.path for problem in problems}
        found = (problem_of(detail, document) for detail in error.errors())
        problems += [problem for problem in found if problem.path not in explained]
    if problems:
        raise ConfigError(*placed(path, problems))
    return _environment(path, file, document)


def _environment(path: Path, file: EnvironmentFile, document: Document) -> Environment:
    return Environment(
        name=path.stem,
        path=path,
        target=file.target,
        account=file.account,
        region=file.region,
        tags=MappingProxyType(file.tags),
        bootstrap=Bootstrap(**file.bootstrap.model_dump()),
        stack=StackSettings(**file.stack.model_dump()),
        endpoints=MappingProxyType(
            {key: _endpoint(key, section) for key, section in file.endpoints.items()}
        ),
        document=document,
    )


def _endpoint(key: str, section: EndpointSection) -> EndpointSettings:
    options: Mapping[str, str | None] = {
        name: None if value is None else str(value) for name, value in section.options.items()
    }
    fields = section.model_dump(exclude={"options", "acknowledge"})
    return EndpointSettings(
        key=key,
        options=MappingProxyType(options),
        acknowledge=section.acknowledge,
        **fields,
    )
