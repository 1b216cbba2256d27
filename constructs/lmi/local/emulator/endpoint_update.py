"""One update of an endpoint: its record and its servers, from Updating to InService."""

import logging
from collections.abc import Mapping
from typing import Any

from moto.cloudwatch.models import cloudwatch_backends
from moto.core.exceptions import ServiceException
from moto.core.utils import utcnow
from moto.sagemaker.exceptions import ValidationError
from moto.sagemaker.models import FakeEndpoint, SageMakerModelBackend

from lmi.errors import LmiError
from lmi.local.emulator.deployment import (
    EndpointUpdate,
    alarm_names,
    described_variants,
    retained_variants,
    rollout_steps,
)
from lmi.local.emulator.endpoint_spec import endpoint_spec
from lmi.local.emulator.host import Host
from lmi.local.emulator.progress import Report
from lmi.local.hosting import EndpointFailed

_log = logging.getLogger(__name__)

_TRANSIENT = ("Creating", "Updating", "Deleting", "RollingBack", "SystemUpdating")


class UpdateSteps:
    """
    An update that is accepted.

    Args:
        backend: where configuration and models are.
        endpoint: moto's record; nobody else changes it until the update has ended.
        update: what is asked for.
        config: the configuration that it names, as DescribeEndpointConfig shows it.
        host: runs the endpoint.
    """

    def __init__(
        self,
        backend: SageMakerModelBackend,
        endpoint: FakeEndpoint,
        update: EndpointUpdate,
        config: Mapping[str, Any],
        host: Host,
    ) -> None:
        self._backend = backend
        self._endpoint: Any = endpoint
        self._update = update
        self._host = host
        self._data_capture = (
            endpoint.data_capture_config
            if update.retains("DataCaptureConfig")
            else config["DataCaptureConfig"]
        )
        self._variants = retained_variants(
            update, endpoint.production_variants, described_variants(config["ProductionVariants"])
        )
        # "RetainDeploymentConfig: Specifies whether to reuse the last deployment configuration."
        self._deployment = (
            getattr(endpoint, "last_deployment_config", None)
            if update.retain_deployment_config
            else update.deployment_config
        )

    def begin(self) -> None:
        """Let the record say that the endpoint is being updated, and to what."""
        self._endpoint.endpoint_status = "Updating"
        self._endpoint.failure_reason = None
        self._endpoint.pending_deployment_summary = {
            "EndpointConfigName": self._update.endpoint_config_name,
            "ProductionVariants": self._variants,
            "StartTime": utcnow().timestamp(),
        }

    def run(self, report: Report) -> None:
        """
        Update the servers, and let the record say how that ended.

        Args:
            report: gets one line a step.

        Raises:
            EndpointFailed: the endpoint serves what it served, and is InService so.
        """
        endpoint = self._endpoint
        try:
            self._host.update(
                endpoint_spec(
                    self._backend,
                    endpoint.endpoint_name,
                    self._update.endpoint_config_name,
                    weights={each["VariantName"]: each["DesiredWeight"] for each in self._variants},
                    rollout=rollout_steps(self._deployment),
                ),
                report=lambda line: self._report(line, report),
            )
        except Exception as error:
            failure = as_failure(error)
            endpoint.endpoint_status = "RollingBack"
            report(f"Rolling back, the old fleet goes on serving: {failure.reason}")
            # Kept until the next update, because DescribeEndpoint has no other place for it.
            endpoint.failure_reason = failure.reason
            raise failure from error
        else:
            endpoint.endpoint_config_name = self._update.endpoint_config_name
            endpoint.production_variants = self._variants
            endpoint.data_capture_config = self._data_capture
            if self._deployment:
                endpoint.last_deployment_config = self._deployment
        finally:
            endpoint.pending_deployment_summary = None
            endpoint.last_modified_time = utcnow()
            endpoint.endpoint_status = "InService"

    def _report(self, line: str, report: Report) -> None:
        """Report *line*; EndpointFailed if an alarm that guards the deployment is in ALARM."""
        report(line)
        alarms = cloudwatch_backends[self._backend.account_id][self._backend.region_name].alarms
        raised = [
            name
            for name in alarm_names(self._deployment)
            if name in alarms and alarms[name].state_value == "ALARM"
        ]
        if raised and line in rollout_steps(self._deployment):
            raise EndpointFailed(
                f"the deployment is rolled back, because {', '.join(raised)} of its "
                "AutoRollbackConfiguration is in ALARM"
            )


def as_failure(error: Exception) -> EndpointFailed:
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


def refuse_in_progress(endpoint: FakeEndpoint) -> None:
    """Raise a ValidationError for an endpoint that is being created, updated or deleted."""
    if endpoint.endpoint_status in _TRANSIENT:
        raise ValidationError(message=f'Cannot update in-progress endpoint "{endpoint.arn}".')
