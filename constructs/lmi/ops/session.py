"""The clients of an environment: the embedded AWS if it is local, else the user's account."""

from pathlib import Path
from typing import TYPE_CHECKING

from lmi.environment import Environment

if TYPE_CHECKING:
    from mypy_boto3_sagemaker_runtime import SageMakerRuntimeClient


def runtime_client(
    environment: Environment, *, home: Path, read_timeout_seconds: int
) -> "SageMakerRuntimeClient":
    """
    Return a client of the SageMaker runtime for *environment*, without retries.

    A local environment always gets the embedded AWS and its fake credentials, whatever the shell
    holds, so that it can never reach a real account. Raises HostError if it is local and no
    embedded AWS runs.
    """
    import boto3
    from botocore.config import Config

    config = Config(read_timeout=read_timeout_seconds, retries={"total_max_attempts": 1})
    client: SageMakerRuntimeClient
    if environment.target == "aws":
        client = boto3.client("sagemaker-runtime", region_name=environment.region, config=config)
        return client
    import botocore.session

    from lmi import local

    # Without AWS_PROFILE: a profile that the shell names may not exist, or name other credentials.
    no_profile = botocore.session.Session(session_vars={"profile": (None, None, None, None)})
    variables = local.client_environment(local.running_or_fail(home))
    client = boto3.Session(botocore_session=no_profile).client(
        "sagemaker-runtime",
        region_name=environment.region,
        endpoint_url=variables["AWS_ENDPOINT_URL"],
        aws_access_key_id=variables["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=variables["AWS_SECRET_ACCESS_KEY"],
        config=config,
    )
    return client
