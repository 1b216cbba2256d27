"""What an environment file says, as the rest of the program takes it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from lmi.yaml_file import AcknowledgeSection, Document

if TYPE_CHECKING:
    from lmi.artifact.source import DownloadedSource, ModelSource


@dataclass(frozen=True, kw_only=True, slots=True)
class Bootstrap:
    """How the account was bootstrapped, where that differs from CDK's defaults."""

    qualifier: str | None = None
    """Default: that of cdk.json, or CDK's own."""
    kms_key_arn: str | None = None
    """Key that encrypts the bootstrap bucket. Default: the bucket has no key of its own."""


@dataclass(frozen=True, kw_only=True, slots=True)
class StackSettings:
    """Properties of every stack of an environment."""

    termination_protection: bool = False
    permissions_boundary: str | None = None
    """Name of a managed policy that bounds every role. Default: none."""


@dataclass(frozen=True, kw_only=True, slots=True)
class EndpointSettings:
    """One endpoint of an environment."""

    key: str
    artifact: str
    """Name of a folder below model_artifacts."""
    instance_type: str
    """A type that lmi.catalog knows."""
    instance_count: int = 1
    options: Mapping[str, str | None] = field(default_factory=dict, hash=False)
    """New values of serving.properties as written in the file; None removes a key. Read only."""
    source: "ModelSource | DownloadedSource | None" = None
    """Where SageMaker fetches the model data. Default: as the artifact says."""
    network_isolation: bool | None = None
    """Default: unless the container needs a network."""
    endpoint_name: str | None = None
    """Default: Environment.endpoint_name."""
    model_data_download_timeout_seconds: int | None = None
    """Default: by the size of the artifact, see cdk_lmi.timeouts."""
    container_startup_health_check_timeout_seconds: int | None = None
    """Default: by the copies that load one after the other, see cdk_lmi.timeouts."""
    acknowledge: tuple[AcknowledgeSection, ...] = ()
    """Findings of lmi.rules that are left as they are."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Environment:
    """One environment: a CDK stage, each of its endpoints a stack."""

    name: str
    """The file's name without its suffix."""
    path: Path
    target: Literal["aws", "local"]
    account: str | None
    """Twelve digits. None: the stacks are account-agnostic."""
    region: str | None
    """None: the stacks are region-agnostic."""
    tags: Mapping[str, str] = field(hash=False)
    """Read only."""
    bootstrap: Bootstrap
    stack: StackSettings
    endpoints: Mapping[str, EndpointSettings] = field(hash=False)
    """By key, in the file's order. Read only."""
    document: Document | None = field(default=None, repr=False, compare=False)
    """The file with the places of its keys; None: it was not read from a file."""

    def endpoint_name(self, key: str) -> str:
        """Return the SageMaker name of endpoint *key*: its own, or ``<environment>-<key>``."""
        return self.endpoints[key].endpoint_name or f"{self.name}-{key}"
