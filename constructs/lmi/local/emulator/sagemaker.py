"""SageMaker's endpoints: moto's records of them, hosted for real."""

import copy
import logging
import threading
from collections.abc import Callable, Mapping
from typing import Any

from moto.core.responses import ActionResult
from moto.core.utils import utcnow
from moto.sagemaker.exceptions import ValidationError
from moto.sagemaker.models import (
    FakeEndpoint,
    SageMakerModelBackend,
    sagemaker_backends,
)
from moto.sagemaker.responses import SageMakerResponse

from lmi.local.emulator.deployment import EndpointUpdate, described_variants
from lmi.local.emulator.endpoint_spec import endpoint_spec
from lmi.local.emulator.endpoint_update import UpdateSteps, as_failure, refuse_in_progress
from lmi.local.emulator.host import Host
from lmi.local.emulator.mends.patch import add, replace
from lmi.local.emulator.progress import reporter
from lmi.local.emulator.resources.scaling_rules import deregister_variants
from lmi.local.hosting import EndpointFailed

__all__ = ["Endpoints", "Host"]

_log = logging.getLogger(__name__)
_create_endpoint = SageMakerModelBackend.create_endpoint
_delete_endpoint = SageMakerModelBackend.delete_endpoint
_set_weights = SageMakerModelBackend.update_endpoint_weights_and_capacities


class Endpoints:
    """
    Creates, updates and deletes endpoints as SageMaker and its CloudFormation handler do.

    moto only records an endpoint, InService from the first moment (moto 5.2.5: sagemaker/models.py,
    FakeEndpoint), and knows no UpdateEndpoint.
    """

    def __init__(self, host: Host) -> None:
        self._host = host
        # Held while an endpoint's status is read and set.
        self._lock = threading.Lock()

    def install(self) -> None:
        """
        Let moto's SageMaker and its CloudFormation resource use these endpoints, and no others from
        now on.
        """
        # Functions, not bound methods: moto's backend passes itself as the first argument.
        replace(SageMakerModelBackend, "create_endpoint", lambda *a, **k: self.create(*a, **k))
        replace(SageMakerModelBackend, "delete_endpoint", lambda *a, **k: self.delete(*a, **k))
        replace(
            SageMakerModelBackend,
            "update_endpoint_weights_and_capacities",
            lambda *a, **k: self.set_weights(*a, **k),
        )
        replace(SageMakerResponse, "create_endpoint", lambda *a: self._respond_create(*a))
        if "update_endpoint" in vars(SageMakerResponse):
            # Of earlier Endpoints in this process.
            delattr(SageMakerResponse, "update_endpoint")
        add(SageMakerResponse, "update_endpoint", lambda *a: self._respond_update(*a))
        replace(FakeEndpoint, "create_from_cloudformation_json", self._create_resource)
        replace(FakeEndpoint, "update_from_cloudformation_json", self._update_resource)

    def create(
        self,
        backend: SageMakerModelBackend,
        endpoint_name: str,
        endpoint_config_name: str,
        tags: list[dict[str, str]],
        deployment_config: Mapping[str, Any] | None = None,
    ) -> FakeEndpoint:
        """
        Begin to create an endpoint: Creating, then InService, or Failed with the reason.

        Raises:
            ValidationError: the name is taken, or there is no such configuration.
        """
        endpoint = self._record(
            backend, endpoint_name, endpoint_config_name, tags, deployment_config
        )
        _in_background(endpoint, lambda: self._host_it(backend, endpoint))
        return endpoint

    def update(
        self, backend: SageMakerModelBackend, endpoint_name: str, update: EndpointUpdate
    ) -> FakeEndpoint:
        """
        Begin to update an endpoint: Updating, then InService with the new configuration, or, after
        RollingBack, with the old one and the reason.

        Raises:
            ValidationError: there is no such endpoint or configuration, or it is not InService.
        """
        endpoint = self._find(backend, endpoint_name)
        steps = self._begin_update(backend, endpoint, update)
        _in_background(endpoint, lambda: steps.run(lambda line: _log.info("%s", line)))
        return endpoint

    def set_weights(
        self,
        backend: SageMakerModelBackend,
        endpoint_name: str,
        desired_weights_and_capacities: list[dict[str, Any]],
    ) -> str:
        """
        Distribute the endpoint's traffic anew, and record the wanted instance counts.

        moto forgets what the call does not name (moto 5.2.5: sagemaker/models.py).

        Raises:
            ValidationError: there is no such endpoint or variant, a weight is wrong, or the
                endpoint is being created or updated.
        """
        endpoint = self._find(backend, endpoint_name)
        with self._lock:
            refuse_in_progress(endpoint)
            before = copy.deepcopy(endpoint.production_variants)
            now = {variant["VariantName"]: variant for variant in before}
            wanted: list[dict[str, Any]] = [
                {
                    key: each.get(key, now.get(each["VariantName"], {}).get(key))
                    for key in ("VariantName", "DesiredWeight", "DesiredInstanceCount")
                }
                for each in desired_weights_and_capacities
            ]
            arn = _set_weights(backend, endpoint_name, wanted)
            try:
                self._host.set_weights(
                    endpoint_name,
                    {each["VariantName"]: float(each["DesiredWeight"]) for each in wanted},
                )
            except EndpointFailed as failure:
                endpoint.production_variants = before
                raise ValidationError(message=failure.reason) from failure
            endpoint.last_modified_time = utcnow()
        return arn

    def delete(self, backend: SageMakerModelBackend, endpoint_name: str) -> None:
        """
        Delete an endpoint, with all that runs for it and all that scales it.

        Raises:
            ValidationError: there is no such endpoint, or it is just being created or updated.
        """
        endpoint = backend.endpoints.get(endpoint_name)
        if endpoint is not None:
            with self._lock:
                refuse_in_progress(endpoint)
                endpoint.endpoint_status = "Deleting"
            self._host.delete(endpoint_name)
        _delete_endpoint(backend, endpoint_name)
        deregister_variants(backend, endpoint_name)

    def _record(
        self,
        backend: SageMakerModelBackend,
        name: str,
        config_name: str,
        tags: Any,
        deployment_config: Mapping[str, Any] | None,
    ) -> FakeEndpoint:
        with self._lock:
            if name in backend.endpoints:
                arn = backend.endpoints[name].arn
                raise ValidationError(message=f'Cannot create already existing endpoint "{arn}".')
            endpoint = _create_endpoint(backend, name, config_name, tags)
            endpoint.endpoint_status = "Creating"
        config = backend.describe_endpoint_config(config_name)
        endpoint.production_variants = described_variants(config["ProductionVariants"])
        if deployment_config:
            endpoint.last_deployment_config = deployment_config  # type: ignore[attr-defined]
        return endpoint

    def _find(self, backend: SageMakerModelBackend, name: str) -> FakeEndpoint:
        # It raises where there is none.
        backend.describe_endpoint(name)
        return backend.endpoints[name]

    def _host_it(self, backend: SageMakerModelBackend, endpoint: FakeEndpoint) -> None:
        """
        Host what the record says; note in it how that ended. Raises EndpointFailed if it failed.
        """
        try:
            self._host.create(
                endpoint_spec(backend, endpoint.endpoint_name, endpoint.endpoint_config_name)
            )
        except Exception as error:
            failure = as_failure(error)
            endpoint.failure_reason = failure.reason  # type: ignore[assignment]
            endpoint.endpoint_status = "Failed"
            raise failure from error
        finally:
            endpoint.last_modified_time = utcnow()
        endpoint.endpoint_status = "InService"

    def _begin_update(
        self, backend: SageMakerModelBackend, endpoint: FakeEndpoint, update: EndpointUpdate
    ) -> UpdateSteps:
        """Return what is left to do, with the endpoint's status Updating."""
        config = backend.describe_endpoint_config(update.endpoint_config_name)
        with self._lock:
            refuse_in_progress(endpoint)
            if endpoint.endpoint_status != "InService":
                raise ValidationError(
                    message=f'Cannot update endpoint "{endpoint.arn}" in status '
                    f"{endpoint.endpoint_status}; delete it and create it again."
                )
            steps = UpdateSteps(backend, endpoint, update, config, self._host)
            steps.begin()
        return steps

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
        endpoint = self._record(
            backend,
            resource_name,
            properties["EndpointConfigName"],
            properties.get("Tags", []),
            properties.get("DeploymentConfig"),
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
        """Give the endpoint of a template another configuration, and wait for it."""
        backend, endpoint = sagemaker_backends[account_id][region_name], original_resource
        properties = cloudformation_json["Properties"]
        update = EndpointUpdate.read(properties.get)
        endpoint.tags = properties.get("Tags", [])
        if update.endpoint_config_name != endpoint.endpoint_config_name:
            self._begin_update(backend, endpoint, update).run(reporter())
        return endpoint

    def _respond_create(self, response: SageMakerResponse) -> ActionResult:
        endpoint = self.create(
            response.sagemaker_backend,
            response._get_param("EndpointName"),
            response._get_param("EndpointConfigName"),
            response._get_param("Tags"),
            response._get_param("DeploymentConfig"),
        )
        return ActionResult({"EndpointArn": endpoint.arn})

    def _respond_update(self, response: SageMakerResponse) -> ActionResult:
        endpoint = self.update(
            response.sagemaker_backend,
            response._get_param("EndpointName"),
            EndpointUpdate.read(response._get_param),
        )
        return ActionResult({"EndpointArn": endpoint.arn})


def _in_background(endpoint: FakeEndpoint, work: Callable[[], None]) -> None:
    def run() -> None:
        try:
            work()
        except EndpointFailed:
            _log.info("endpoint %s failed: %s", endpoint.endpoint_name, endpoint.failure_reason)

    threading.Thread(target=run, daemon=True).start()
