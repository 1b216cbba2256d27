"""The clients of an environment: the embedded AWS if it is local, else the user's account."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import boto3
    from mypy_boto3_sagemaker_runtime import SageMakerRuntimeClient

    from lmi.environment import Environment


@dataclass(frozen=True, kw_only=True, slots=True)
class AwsAccess:
    """What a client is made with."""

    session: "boto3.Session"
    endpoint_url: str | None
    """That of the embedded AWS; None: as the shell and its profile say."""
    region: str | None
    """None: as the shell and its profile say."""


def aws_access(environment: "Environment | None", *, home: Path) -> AwsAccess:
    """
    Return the access to the account of *environment*; None: to that of the shell.

    A local environment always gets the embedded AWS and its fake credentials, whatever the shell
    holds, so that it can never reach a real account. Raises HostError if it is local and no
    embedded AWS runs.
    """
    import boto3

    if environment is None:
        return AwsAccess(session=boto3.Session(), endpoint_url=None, region=None)
    if environment.target == "aws":
        return AwsAccess(session=boto3.Session(), endpoint_url=None, region=environment.region)
    import botocore.session

    from lmi import local

    # Without AWS_PROFILE: a profile that the shell names may not exist, or name other credentials.
    no_profile = botocore.session.Session(session_vars={"profile": (None, None, None, None)})
    variables = local.client_environment(local.running_or_fail(home))
    session = boto3.Session(
        botocore_session=no_profile,
        aws_access_key_id=variables["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=variables["AWS_SECRET_ACCESS_KEY"],
    )
    return AwsAccess(
        session=session, endpoint_url=variables["AWS_ENDPOINT_URL"], region=environment.region
    )


def runtime_client(
    environment: "Environment", *, home: Path, read_timeout_seconds: int
) -> "SageMakerRuntimeClient":
    """
    Return a client of the SageMaker runtime for *environment*, without retries.

    Raises HostError as `aws_access`.
    """
    from botocore.config import Config

    access = aws_access(environment, home=home)
    client: SageMakerRuntimeClient = access.session.client(
        "sagemaker-runtime",
        region_name=access.region,
        endpoint_url=access.endpoint_url,
        config=Config(read_timeout=read_timeout_seconds, retries={"total_max_attempts": 1}),
    )
    return client
