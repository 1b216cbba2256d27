"""
The environment in which the AWS SDKs, the AWS CLI and the CDK CLI reach the embedded AWS, and
nothing else.
"""

import os
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from lmi.local.state import Running, local_folder

REGION: Final = "us-west-2"
"""The region of a client that names none."""

REMOVED: Final = (
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_DEFAULT_PROFILE",
    "AWS_ENDPOINT_URL_CLOUDFORMATION",
    "AWS_ENDPOINT_URL_S3",
    "AWS_ENDPOINT_URL_S3_FOR_CLOUDFORMATION",
    "AWS_ENDPOINT_URL_SAGEMAKER",
    "AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME",
    "AWS_ENDPOINT_URL_STS",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    "AWS_PROFILE",
    "AWS_ROLE_ARN",
    "AWS_SECURITY_TOKEN",
    "AWS_SESSION_TOKEN",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
)
"""Variables that would send a client elsewhere, or with other credentials."""

# The CDK CLI remembers on disk which account an access key id belongs to, so this id is no other
# emulator's "test".
_ACCESS_KEY_ID = "LMIEMBEDDEDAWS000000"
_SECRET_ACCESS_KEY = "not-a-secret-of-any-account"  # noqa: S105 -- obviously fake


def client_environment(found: Running, *, region: str = REGION) -> dict[str, str]:
    """
    Return the variables to set; the ones in `REMOVED` must go as well.

    The files that AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE name do not exist: a profile of
    the user's must not reach the embedded AWS, nor its stacks the user's account.

    Args:
        found: the embedded AWS.
        region: the region of a client that names none. Default: us-west-2.
    """
    folder = local_folder(found.home).resolve()
    return {
        "AWS_ENDPOINT_URL": found.url,
        "AWS_ACCESS_KEY_ID": _ACCESS_KEY_ID,
        "AWS_SECRET_ACCESS_KEY": _SECRET_ACCESS_KEY,
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": str(folder / "aws-config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(folder / "aws-credentials"),
        "CDK_DISABLE_CLI_TELEMETRY": "true",
        "CDK_HOME": str(folder / "cdk"),
        "NO_PROXY": _no_proxy(os.environ),
        "no_proxy": _no_proxy(os.environ),
    }


def container_environment(found: Running) -> dict[str, str]:
    """
    Return the variables by which a container reaches the embedded AWS.

    They stand for the credentials of the execution role, which SageMaker gives a container by
    AWS_CONTAINER_CREDENTIALS_RELATIVE_URI.
    """
    variables = client_environment(found)
    return {name: value for name, value in variables.items() if not name.startswith("CDK_")}


def points_here(environment: Mapping[str, str]) -> bool:
    """Return whether *environment* is that of a shell in which `lmi local env` was evaluated."""
    return environment.get("AWS_ACCESS_KEY_ID") == _ACCESS_KEY_ID


def shell_unsets() -> str:
    """Return the line that takes back, in a POSIX shell, what `shell_exports` did."""
    set_here = client_environment(Running(home=Path(), pid=0, port=0))
    kept = {"NO_PROXY", "no_proxy"}
    return f"unset {' '.join(name for name in set_here if name not in kept)}"


def command_environment(found: Running, *, region: str = REGION) -> dict[str, str]:
    """Return this process's environment, changed so that a command reaches the embedded AWS."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in REMOVED and not name.startswith("AWS_ENDPOINT_URL")
    }
    return {**kept, **client_environment(found, region=region)}


def shell_exports(found: Running, *, region: str = REGION) -> str:
    """Return the lines that do the same in a POSIX shell."""
    exports = [
        f"export {name}={shlex.quote(value)}"
        for name, value in client_environment(found, region=region).items()
    ]
    single = (name for name in os.environ if name.startswith("AWS_ENDPOINT_URL_"))
    return "\n".join([*exports, f"unset {' '.join(dict.fromkeys([*REMOVED, *single]))}"])


def _no_proxy(environment: Mapping[str, str]) -> str:
    """Return who is reached without a proxy: whom it was before, and loopback."""
    before = environment.get("NO_PROXY") or environment.get("no_proxy") or ""
    names = [name for name in before.split(",") if name]
    return ",".join([*names, *(name for name in ("127.0.0.1", "localhost") if name not in names)])
