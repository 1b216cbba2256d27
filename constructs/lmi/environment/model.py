"""The keys of an environment file. scripts/schemas.py makes the JSON Schema from these classes."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Literal

from lmi.artifact.source_section import SourceSection
from lmi.catalog import registries, registry
from lmi.environment.processor import hosting_instance_type, hosting_instance_types
from lmi.yaml_file import AcknowledgeList, Section
from lmi.yaml_file.constraint import AnyScalar, Between, Characters, Entries, Known, Matches

NAME_PATTERN = r"^[a-z]([a-z0-9-]*[a-z0-9])?$"
"""Of environments and endpoint keys. They become the names of CloudFormation stacks."""

NAME_RULE = "begin with a lower-case letter, hold only a-z, 0-9 and '-', and not end in '-'"

NAME_LENGTH = 63
"""Of ``<environment>-<endpoint>``: the limit of endpoint names (botocore 1.44.5, EndpointName)."""

_EndpointKey = Annotated[str, Matches(NAME_PATTERN, NAME_RULE)]
_TimeoutSeconds = Annotated[int, Between(60, 3600)]

# botocore 1.44.5, TagKey, without \p{L}, which Python's re does not know.
_TAG_CHARACTER = r"[^\x00-\x1f!-*,;<>?\[-^`{-\x7f]"

_TagKey = Annotated[
    str,
    Characters(most=128),
    Matches(
        rf"^(?![aA][wW][sS]:){_TAG_CHARACTER}+$",
        "hold letters, digits, blanks and _.:/=+-@ only, and not begin with 'aws:'",
    ),
]
_TagValue = Annotated[
    str,
    Characters(most=256),
    Matches(rf"^{_TAG_CHARACTER}*$", "hold letters, digits, blanks and _.:/=+-@ only"),
]


# The reader hands on the text that stands in the file, or None.
_OptionValue = Annotated[str | None, AnyScalar()]


class BootstrapSection(Section):
    """How the account was bootstrapped, where that differs from CDK's defaults."""

    qualifier: (
        # aws-cdk's bootstrap-template.yaml, parameter Qualifier
        Annotated[str, Matches(r"^[A-Za-z0-9_-]{1,10}$", "be 1 to 10 letters, digits, '_' or '-'")]
        | None
    ) = None
    """Qualifier of the bootstrap stack."""

    kms_key_arn: (
        Annotated[
            str,
            Matches(
                r"^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+$",
                "be the ARN of a key, arn:PARTITION:kms:REGION:ACCOUNT:key/ID (not of an alias)",
            ),
        ]
        | None
    ) = None
    """ARN of the KMS key that encrypts the bootstrap bucket."""


class StackSection(Section):
    """Properties of every stack of the environment."""

    termination_protection: bool = False
    """Whether CloudFormation refuses to delete the stacks."""

    permissions_boundary: (
        Annotated[
            str,
            Characters(most=128),
            Matches(r"^[A-Za-z0-9_+=,.@-]+$", "be the name of a managed policy (not its ARN)"),
        ]
        | None
    ) = None
    """Name of the managed policy that bounds every role."""


class EndpointSection(Section):
    """One real-time endpoint."""

    artifact: Annotated[
        str,
        Matches(r"^[A-Za-z0-9][A-Za-z0-9._-]*$", "be the name of a folder below model_artifacts"),
    ]
    """Name of a folder below model_artifacts."""

    instance_type: Annotated[
        str,
        Known(
            hosting_instance_type,
            lambda: (found.name for found in hosting_instance_types()),
        ),
    ]
    """Hosting instance type, with its prefix ml."""

    instance_count: Annotated[int, Between(1)] = 1
    """Number of instances."""

    options: Mapping[Annotated[str, Characters(least=1)], _OptionValue] = MappingProxyType({})
    """New values for keys of serving.properties, under their full names. null removes a key."""

    source: SourceSection | None = None
    """Where SageMaker fetches the model data. Default: as the artifact's artifact.yaml says."""

    network_isolation: bool | None = None
    """Whether the container is cut off from every network. Default: unless it needs one."""

    endpoint_name: (
        Annotated[
            str,
            Characters(most=NAME_LENGTH),
            Matches(
                # botocore 1.44.5, EndpointName
                r"^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$",
                f"be at most {NAME_LENGTH} letters, digits and inner '-'",
            ),
        ]
        | None
    ) = None
    """Name of the endpoint in SageMaker. Default: <environment>-<endpoint>."""

    model_data_download_timeout_seconds: _TimeoutSeconds | None = None
    """How long an instance may take to fetch and unpack the tarball. Default: by its size."""

    container_startup_health_check_timeout_seconds: _TimeoutSeconds | None = None
    """How long the container may take until /ping answers 200. Default: by what it loads."""

    acknowledge: AcknowledgeList = ()
    """Findings of `lmi check` about this endpoint that are left, each with the reason."""


class EnvironmentFile(Section):
    """One environment of cdk-lmi: a CDK stage, each of its endpoints a stack."""

    target: Literal["aws", "local"]
    """Where it is deployed: to AWS, or to the embedded AWS on this machine."""

    account: Annotated[str, Matches(r"^[0-9]{12}$", "be 12 digits in quotes")] | None = None
    """AWS account, 12 digits in quotes. Default: the stacks fit any account."""

    region: (
        Annotated[str, Known(registry, lambda: (found.region for found in registries()))] | None
    ) = None
    """AWS region. With it the image URI is a literal, without it a Mapping."""

    tags: Annotated[Mapping[_TagKey, _TagValue], Entries(most=50)] = MappingProxyType({})
    """Tags of every resource that takes tags."""

    bootstrap: BootstrapSection = BootstrapSection()
    stack: StackSection = StackSection()

    endpoints: Mapping[_EndpointKey, EndpointSection] = MappingProxyType({})
    """The endpoints by key. <environment>-<key> is the name of the stack and of the endpoint."""
