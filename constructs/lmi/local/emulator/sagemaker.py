"""SageMaker's endpoints: moto's records of them, hosted for real."""

import logging
import threading
from collections.abc import Mapping
from typing import Any, Protocol

from moto.core.exceptions import ServiceException
from moto.core.utils import utcnow
from moto.sagemaker.exceptions import ValidationError
from moto.sagemaker.models import (
    FakeEndpoint,
    SageMakerModelBackend,
    sagemaker_backends,
)

from lmi.errors import LmiError
from lmi.local.emulator.endpoint_spec import endpoint_spec
from lmi.local.emulator.mends.patch import replace
from lmi.local.hosting import Answer, EndpointFailed, EndpointSpec, HostedEndpoint, Invocation

_log = logging.getLogger(__name__)
_create_endpoint = SageMakerModelBackend.create_endpoint
_delete_endpoint = SageMakerModelBackend.delete_endpoint

_TRANSIENT = ("Creating", "Updating", "Deleting", "RollingBack", "SystemUpdating")


class Host(Protocol):
    """What runs the endpoints: `lmi.local.hosting.EndpointHost`."""

    def create(self, spec: EndpointSpec) -> None:
        """Return when the endpoint is in service; EndpointFailed otherwise."""

    def delete(self, endpoint_name: str) -> None:
        """End the endpoint."""

    def invoke(self, endpoint_name: str, invocation: Invocation) -> Answer:
        """Return the model's answer; InvocationFailed otherwise."""

    def status(self) -> tuple[HostedEndpoint, ...]:
        """Return all endpoints."""


class Endpoints:
    """
    Creates, updates and deletes endpoints as SageMaker and its CloudFormation handler do.

    moto only records an endpoint, InService from the first moment (moto 5.2.5: sagemaker/models.py,
    FakeEndpoint).
    """

    def __init__(self, host: Host) -> None:
        self._host = host

    def install(self) -> None:
        """
        Let moto's SageMaker and its CloudFormation resource use these endpoints, and no others from
        now on.
        """
        # Functions, not bound methods: moto's backend passes itself as the first argument.
        replace(SageMakerModelBackend, "create_endpoint", lambda *a, **k: self.create(*a, **k))
        replace(SageMakerModelBackend, "delete_endpoint", lambda *a, **k: self.delete(*a, **k))
        replace(FakeEndpoint, "create_from_cloudformation_json", self._create_resource)
        replace(FakeEndpoint, "update_from_cloudformation_json", self._update_resource)

    def create(
        self,
        backend: SageMakerModelBackend,
        endpoint_name: str,
        endpoint_config_name: str,
        tags: list[dict[str, str]],
    ) -> FakeEndpoint:
        """
        Begin to create an endpoint: Creating, then InService, or Failed with the reason.

        Raises:
            ValidationError: the name is taken, or there is no such configuration.
        """
        endpoint = self._record(backend, endpoint_name, endpoint_config_name, tags)

        def work() -> None:
            try:
                self._host_it(backend, endpoint)
            except EndpointFailed:
                _log.info("endpoint %s failed: %s", endpoint_name, endpoint.failure_reason)

        threading.Thread(target=work, daemon=True).start()
        return endpoint

    def delete(self, backend: SageMakerModelBackend, endpoint_name: str) -> None:
        """
        Delete an endpoint, with all that runs for it.

        Raises:
            ValidationError: there is no such endpoint, or it is just being created or updated.
        """
        endpoint = backend.endpoints.get(endpoint_name)
        if endpoint is not None and endpoint.endpoint_status in _TRANSIENT:
            raise ValidationError(message=f'Cannot update in-progress endpoint "{endpoint.arn}".')
        if endpoint is not None:
            endpoint.endpoint_status = "Deleting"
            self._host.delete(endpoint_name)
        _delete_endpoint(backend, endpoint_name)

    def _record(
        self, backend: SageMakerModelBackend, name: str, config_name: str, tags: Any
    ) -> FakeEndpoint:
        if name in backend.endpoints:
            raise ValidationError(
                message=f'Cannot create already existing endpoint "{backend.endpoints[name].arn}".'
            )
        endpoint = _create_endpoint(backend, name, config_name, tags)
        endpoint.endpoint_status = "Creating"
        return endpoint

    def _host_it(self, backend: SageMakerModelBackend, endpoint: FakeEndpoint) -> None:
        """
        Host what the record says; note in it how that ended. Raises EndpointFailed if it failed.
        """
        try:
            self._host.create(
                endpoint_spec(backend, endpoint.endpoint_name, endpoint.endpoint_config_name)
            )
        except Exception as error:
            failure = _as_failure(error)
            endpoint.failure_reason = failure.reason  # type: ignore[assignment]
            endpoint.endpoint_status = "Failed"
            raise failure from error
        finally:
            endpoint.last_modified_time = utcnow()
        endpoint.endpoint_status = "InService"

    def _create_resource(
        self,
        resource_name: str,
        cloudformation_json: dict[str, Any],
        account_id: str,
        region_name: str,
        **kwargs: Any,
    ) -> FakeEndpoint:
        """
        Create the endpoint of a template and wait for it; one that fails is gone again, as after
        CloudFormation's roll-back.
        """
        backend = sagemaker_backends[account_id][region_name]
        properties = cloudformation_json["Properties"]
        _refuse(properties)
        endpoint = self._record(
            backend, resource_name, properties["EndpointConfigName"], properties.get("Tags", [])
        )
        try:
            self._host_it(backend, endpoint)
        except EndpointFailed:
            _delete_endpoint(backend, resource_name)
            raise
        return endpoint

    def _update_resource(
        self,
        original_resource: FakeEndpoint,
        new_resource_name: str,
        cloudformation_json: dict[str, Any],
        account_id: str,
        region_name: str,
    ) -> FakeEndpoint:
        """
        Give the endpoint of a template another configuration; if that fails, the former one serves
        again.

        Unlike AWS, the old model server ends before the new one begins: this host has room for one.
        """
        backend, endpoint = sagemaker_backends[account_id][region_name], original_resource
        properties = cloudformation_json["Properties"]
        _refuse(properties)
        endpoint.tags = properties.get("Tags", [])
        former, wanted = endpoint.endpoint_config_name, properties["EndpointConfigName"]
        if wanted == former:
            return endpoint
        backend.describe_endpoint_config(wanted)
        endpoint.endpoint_status = "Updating"
        try:
            self._switch(backend, endpoint, wanted)
        except EndpointFailed:
            self._switch(backend, endpoint, former)
            raise
        return endpoint

    def _switch(
        self, backend: SageMakerModelBackend, endpoint: FakeEndpoint, config_name: str
    ) -> None:
        config = backend.describe_endpoint_config(config_name)
        endpoint.endpoint_config_name = config_name
        endpoint.production_variants = endpoint._process_production_variants(
            config["ProductionVariants"]
        )
        endpoint.data_capture_config = config["DataCaptureConfig"]
        endpoint.failure_reason = None
        self._host.delete(endpoint.endpoint_name)
        self._host_it(backend, endpoint)


def _refuse(properties: Mapping[str, Any]) -> None:
    """Raise EndpointFailed for properties of a template that would be ignored."""
    names = (
        "DeploymentConfig",
        "ExcludeRetainedVariantProperties",
        "RetainAllVariantProperties",
        "RetainDeploymentConfig",
    )
    refused = [name for name in names if properties.get(name)]
    if refused:
        raise EndpointFailed(
            f"the embedded AWS does not implement {', '.join(refused)} of AWS::SageMaker::Endpoint"
        )


def _as_failure(error: Exception) -> EndpointFailed:
    """
    Return *error* as SageMaker would word it; one that is not the model's fault keeps its own
    words.
    """
    if isinstance(error, EndpointFailed):
        return error
    if not isinstance(error, LmiError | ServiceException):
        _log.error("hosting failed", exc_info=error)
        return EndpointFailed(f"{type(error).__name__}: {error}")
    return EndpointFailed(str(getattr(error, "message", error)))
