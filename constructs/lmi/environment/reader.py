"""Reads environment files. Nothing downstream reads them again."""

import re
from pathlib import Path
from types import MappingProxyType

from lmi.environment.model import NAME_PATTERN, NAME_RULE, EndpointSection, EnvironmentFile
from lmi.environment.rule import broken_rules, keeps_text
from lmi.environment.settings import Bootstrap, EndpointSettings, Environment, StackSettings
from lmi.errors import ConfigError
from lmi.yaml_file import Document, Problem, placed, read_document, read_section


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
    file = read_section(EnvironmentFile, document, problems=problems, misplaced=_misplaced_option)
    if file is None or problems:
        raise ConfigError(*placed(path, problems))
    return _environment(path, file, document)


def _misplaced_option(key: str) -> str | None:
    belongs = "keys of serving.properties stand below 'options'"
    return belongs if key.startswith("option.") else None


def _environment(path: Path, file: EnvironmentFile, document: Document) -> Environment:
    return Environment(
        name=path.stem,
        path=path,
        target=file.target,
        account=file.account,
        region=file.region,
        tags=file.tags,
        bootstrap=Bootstrap(
            qualifier=file.bootstrap.qualifier, kms_key_arn=file.bootstrap.kms_key_arn
        ),
        stack=StackSettings(
            termination_protection=file.stack.termination_protection,
            permissions_boundary=file.stack.permissions_boundary,
        ),
        endpoints=MappingProxyType(
            {key: _endpoint(key, section) for key, section in file.endpoints.items()}
        ),
        document=document,
    )


def _endpoint(key: str, section: EndpointSection) -> EndpointSettings:
    return EndpointSettings(
        key=key,
        artifact=section.artifact,
        instance_type=section.instance_type,
        instance_count=section.instance_count,
        options=section.options,
        source=None if section.source is None else section.source.source,
        network_isolation=section.network_isolation,
        endpoint_name=section.endpoint_name,
        model_data_download_timeout_seconds=section.model_data_download_timeout_seconds,
        container_startup_health_check_timeout_seconds=(
            section.container_startup_health_check_timeout_seconds
        ),
        acknowledge=section.acknowledge,
    )
