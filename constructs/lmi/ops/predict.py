"""One prediction through InvokeEndpoint, on AWS or on the embedded AWS."""

import json
import time
from dataclasses import dataclass
from pathlib import Path

from lmi.environment import Environment
from lmi.errors import HostError, LmiError
from lmi.ops.session import runtime_client

# The model has 60 s to answer; a client must wait longer than that to see the error that says so.
# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpoint.html
READ_TIMEOUT_SECONDS = 70


@dataclass(frozen=True, kw_only=True, slots=True)
class Prediction:
    """What an endpoint answered to one prompt."""

    endpoint_name: str
    body: bytes
    """The answer as it came."""
    content_type: str
    variant: str
    seconds: float
    """Wall time of the call, network included."""


class InvocationError(LmiError):
    """The endpoint did not answer, or answered with an error."""


def predict(
    environment: Environment, endpoint: str, text: str, *, max_new_tokens: int, home: Path
) -> Prediction:
    """
    Send *text* to the endpoint with the key *endpoint* of *environment* and return its answer.

    The body is ``{"inputs": text, "parameters": {"max_new_tokens": n}}``, which every LMI handler
    for text reads. *home* is the folder ``.lmi`` of the project, where a running embedded AWS is
    found.

    Raises HostError if the environment is local and no embedded AWS runs, and InvocationError with
    the model's own status and message if the call fails.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    name = environment.endpoint_name(endpoint)
    deploy = f"cdk deploy '{environment.name}/{endpoint}'"
    started = time.perf_counter()
    try:
        client = runtime_client(environment, home=home, read_timeout_seconds=READ_TIMEOUT_SECONDS)
        answer = client.invoke_endpoint(
            EndpointName=name,
            ContentType="application/json",
            Accept="application/json",
            Body=json.dumps(
                {"inputs": text, "parameters": {"max_new_tokens": max_new_tokens}}
            ).encode(),
        )
        body = answer["Body"].read()
    except ClientError as error:
        raise InvocationError(_explained(error, name, deploy)) from error
    except BotoCoreError as error:
        raise HostError(f"endpoint {name} could not be called: {error}") from error
    return Prediction(
        endpoint_name=name,
        body=body,
        content_type=answer["ContentType"],
        variant=answer["InvokedProductionVariant"],
        seconds=time.perf_counter() - started,
    )


def _explained(error: Exception, name: str, deploy: str) -> str:
    response = getattr(error, "response", {})
    details = response.get("Error", {})
    code, message = details.get("Code", ""), details.get("Message", str(error))
    if code == "ModelError":
        status = response.get("OriginalStatusCode")
        original = response.get("OriginalMessage") or message
        if not status:
            # SageMaker's own time-out has no status of the container.
            return (
                f"the model behind endpoint {name} did not answer within 60 s, SageMaker's limit; "
                "ask for fewer tokens"
            )
        return f"the model behind endpoint {name} answered with status {status}: {original}"
    if code == "ValidationError" and "not found" in message:
        return f"{message.rstrip('.')}; deploy it with: {deploy}"
    return f"endpoint {name} answered {code}: {message}"
