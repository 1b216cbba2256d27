"""What the embedded AWS has already, and how SageMaker names it in its messages."""

from collections.abc import Mapping
from typing import Any

from moto.s3.models import FakeBucket, s3_backends
from moto.sagemaker.models import FakeEndpointConfig, SageMakerModelBackend, sagemaker_backends
from moto.sagemaker.utils import arn_formatter

from .refusal import Place, text


def sagemaker(place: Place) -> SageMakerModelBackend:
    """Return moto's records of SageMaker in an account and region."""
    backend: SageMakerModelBackend = sagemaker_backends[place.account][place.region]
    return backend


def endpoint_config(
    properties: Mapping[str, Any] | None, place: Place
) -> FakeEndpointConfig | None:
    """Return the configuration that the properties of an endpoint name, if there is one."""
    name = text((properties or {}).get("EndpointConfigName"))
    return None if name is None else sagemaker(place).endpoint_configs.get(name)


def arn(kind: str, name: str, place: Place) -> str:
    """Return the ARN of a resource of SageMaker."""
    return arn_formatter(kind, name, place.account, place.region)


def bucket(name: str, account: str) -> FakeBucket | None:
    """Return the bucket of this name, in whichever region it is."""
    for backend in list(s3_backends[account].values()):
        found: FakeBucket | None = backend.buckets.get(name)
        if found is not None:
            return found
    return None
