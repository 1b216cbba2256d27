"""The API of a service of the embedded AWS, called without leaving the process."""

import functools
import os
import threading
from collections.abc import Callable, Mapping
from typing import Any

import botocore.session
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.config import Config
from botocore.exceptions import ClientError, ParamValidationError
from moto.core.botocore_stubber import BotocoreStubber
from moto.utilities.utils import get_partition

from lmi.errors import LmiError

from .values import as_input

_lock = threading.Lock()


class Refused(LmiError):
    """The service refused a call; the message is the service's own, `code` its error code."""

    def __init__(self, message: str, code: str) -> None:
        self.code = code
        super().__init__(message)


class Api:
    """
    Calls the services of one region as the SDK does.

    A handler of CloudFormation calls the API of its service and nothing else, so what the API
    refuses, the template may not ask for either.
    """

    def __init__(self, region: str) -> None:
        self.region = region
        self.partition = get_partition(region)

    def call(self, service: str, operation: str, **parameters: Any) -> dict[str, Any]:
        """
        Return the answer of *operation*, "put_metric_alarm" for instance.

        Args:
            parameters: as the API has them; those that are None are left out. Numbers and booleans
                may be strings, as in a template.

        Raises:
            Refused: the service, or the SDK's model of it, does not take the parameters.
        """
        client = _client(service, self.region)
        shape = client.meta.service_model.operation_model(
            client.meta.method_to_api_mapping[operation]
        ).input_shape
        given = {name: value for name, value in parameters.items() if value is not None}
        method: Callable[..., dict[str, Any]] = getattr(client, operation)
        try:
            return method(**(as_input(given, shape) if shape else given))
        except ClientError as error:
            told = error.response["Error"]
            raise Refused(told.get("Message") or told["Code"], told["Code"]) from error
        except ParamValidationError as error:
            raise Refused(str(error), "ValidationError") from error

    def call_if_there(self, service: str, operation: str, **parameters: Any) -> None:
        """
        Call an operation that deletes something, which may be gone already.

        Raises:
            Refused: for another reason than that it does not exist.
        """
        try:
            self.call(service, operation, **parameters)
        except Refused as error:
            if not any(word in error.code for word in ("NotFound", "NoSuch")):
                raise


def pick(properties: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """Return the properties of these names, those that are there."""
    return {name: properties[name] for name in names if name in properties}


@functools.cache
def _session() -> botocore.session.Session:
    # Nothing of the user's may reach it: no profile, no configuration file.
    nowhere = (None, None, os.devnull, None)
    return botocore.session.Session(
        {
            "profile": (None, None, None, None),
            "config_file": nowhere,
            "credentials_file": nowhere,
        }
    )


@functools.cache
def _client(service: str, region: str) -> Any:
    with _lock:  # a session is not safe to share while it makes clients
        client = _session().create_client(
            service,
            region_name=region,
            aws_access_key_id="LMIEMBEDDEDAWS000000",
            aws_secret_access_key="not-a-secret",  # noqa: S106 -- obviously fake
            config=Config(
                ignore_configured_endpoint_urls=True,  # type: ignore[call-arg]
                use_fips_endpoint=False,
                use_dualstack_endpoint=False,
                retries={"total_max_attempts": 1},
                s3={"addressing_style": "path"},
            ),
        )
    client.meta.events.register("before-send", _answer)  # type: ignore[arg-type]
    return client


def _answer(event_name: str, request: AWSPreparedRequest, **_: Any) -> AWSResponse:
    stubber = BotocoreStubber()
    stubber.enabled = True
    answer = stubber(event_name, request)
    if answer is None:
        raise LmiError(f"the embedded AWS has nothing at {request.url}")
    return answer
