"""The same refusals for calls of the SageMaker API itself, as boto3 and the AWS CLI make them."""

import functools
from collections.abc import Mapping
from typing import Any, Final

from moto.core.responses import BaseResponse
from moto.core.utils import camelcase_to_underscores
from moto.sagemaker.exceptions import ValidationError
from moto.sagemaker.responses import SageMakerResponse

from .check import service_reasons
from .records import sagemaker
from .refusal import Place
from .service_limit import SHAPES, limit_refusals

_TYPES: Final[Mapping[str, str]] = {
    "CreateModel": "AWS::SageMaker::Model",
    "CreateEndpointConfig": "AWS::SageMaker::EndpointConfig",
    "CreateEndpoint": "AWS::SageMaker::Endpoint",
    "UpdateEndpoint": "AWS::SageMaker::Endpoint",
}
"""The type in CloudFormation whose rules hold for an operation."""


@functools.cache
def apply() -> None:
    """
    Check each call before moto answers it. A second call does nothing.

    The hook is above moto's backend, which CloudFormation's resources use too, so nothing is
    checked twice.

    Raises:
        RuntimeError: moto's SageMaker has a call_action of its own, so this is not moto 5.2.5.
    """
    if "call_action" in vars(SageMakerResponse):
        raise RuntimeError("SageMakerResponse of this moto has a call_action; the hook hides it")
    SageMakerResponse.call_action = call_checked_action  # type: ignore[method-assign,assignment]


def call_checked_action(response: SageMakerResponse) -> Any:
    """
    Answer the call, or answer it with a ValidationException that names every reason, one a line.

    Defect: moto takes any value (moto 5.2.5: sagemaker/responses.py).
    """
    operation = response._get_action()
    reasons = _reasons(response, operation)
    if reasons:

        def refuse() -> None:
            raise ValidationError(message="\n".join(reasons))

        # An object of this class answers one request: moto calls this in place of its own method.
        setattr(response, camelcase_to_underscores(operation), refuse)
    return BaseResponse.call_action(response)


def _reasons(response: SageMakerResponse, operation: str) -> list[str]:
    resource_type = _TYPES.get(operation)
    if resource_type is None:
        return []
    parameters = {name: response._get_param(name) for name in SHAPES[resource_type]}
    given = {name: value for name, value in parameters.items() if value is not None}
    place = Place(account=response.current_account, region=response.region)
    previous = None
    if operation == "UpdateEndpoint":
        previous = _served(str(given.get("EndpointName")), place)
    limits = limit_refusals(resource_type, given)
    return service_reasons(resource_type, given, limits, previous, place)


def _served(endpoint_name: str, place: Place) -> Mapping[str, Any]:
    """Return what an endpoint is now, as the properties of a resource."""
    endpoint = sagemaker(place).endpoints.get(endpoint_name)
    if endpoint is None:
        return {"EndpointName": endpoint_name}
    return {
        "EndpointName": endpoint_name,
        "EndpointConfigName": endpoint.endpoint_config_name,
        "DeploymentConfig": getattr(endpoint, "last_deployment_config", None),
    }
