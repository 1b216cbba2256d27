"""Alarms and dashboards of CloudWatch."""

from collections.abc import Mapping
from typing import Any

from moto.cloudwatch.models import Alarm as AlarmRecord
from moto.cloudwatch.models import CloudWatchBackend
from moto.cloudwatch.responses import CloudWatchResponse
from moto.core.common_models import CloudFormationModel

from lmi.local.emulator.mends.patch import add, replace

from .resource import ApiResource
from .values import as_text, gone, tag_list, tags_of

_put_metric_alarm = CloudWatchBackend.put_metric_alarm


def apply() -> None:
    """Apply the mends of CloudWatch's API."""
    replace(CloudWatchBackend, "put_metric_alarm", put_alarm_in_its_state)
    add(CloudWatchResponse, "put_composite_alarm", CloudWatchResponse.put_metric_alarm)


def put_alarm_in_its_state(backend: CloudWatchBackend, name: str, **kwargs: Any) -> AlarmRecord:
    """
    Put the alarm; a new one has INSUFFICIENT_DATA, another keeps its state.

    Defect: each alarm is OK from the moment it is put (cloudwatch/models.py, Alarm.__init__); AWS:
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
    """
    before = backend.alarms.get(name)
    alarm = _put_metric_alarm(backend, name=name, **kwargs)
    if before is None:
        alarm.state_value = "INSUFFICIENT_DATA"
        return alarm
    for attribute in (
        "history",
        "state_reason",
        "state_reason_data",
        "state_updated_timestamp",
        "state_value",
    ):
        setattr(alarm, attribute, getattr(before, attribute))
    return alarm


_SHARED = frozenset(
    {
        "ActionsEnabled",
        "AlarmActions",
        "AlarmDescription",
        "AlarmName",
        "InsufficientDataActions",
        "OKActions",
        "Tags",
    }
)


class _Alarm(ApiResource):
    """What metric alarms and composite alarms have in common."""

    NAME_PROPERTY = "AlarmName"
    PUT: str

    def create(self, name: str) -> str:
        """Put the alarm, with its tags."""
        self._put(name, Tags=tag_list(tags_of(self.properties)) or None)
        return name

    def update(self, previous: Mapping[str, Any]) -> None:
        """Put the alarm anew; what the properties no longer name goes to its default."""
        self._put(self.physical_resource_id)
        arn, tags = self.attributes()["Arn"], tags_of(self.properties)
        lost = gone(tags_of(previous), tags)
        if lost:
            self.api.call("cloudwatch", "untag_resource", ResourceARN=arn, TagKeys=lost)
        if tags:
            self.api.call("cloudwatch", "tag_resource", ResourceARN=arn, Tags=tag_list(tags))

    def remove(self) -> None:
        """Delete the alarm."""
        self.api.call_if_there(
            "cloudwatch", "delete_alarms", AlarmNames=[self.physical_resource_id]
        )

    def attributes(self) -> Mapping[str, str]:
        """Return the ARN."""
        name = self.physical_resource_id
        found = self.api.call(
            "cloudwatch",
            "describe_alarms",
            AlarmNames=[name],
            AlarmTypes=["MetricAlarm", "CompositeAlarm"],
        )
        alarm = (*found.get("MetricAlarms", ()), *found.get("CompositeAlarms", ()))[0]
        return {"Arn": str(alarm["AlarmArn"])}

    def _put(self, name: str, **more: Any) -> None:
        wanted = {key: value for key, value in self.properties.items() if key != "Tags"}
        self.api.call("cloudwatch", self.PUT, **{**wanted, "AlarmName": name, **more})


class Alarm(_Alarm, CloudFormationModel):
    """
    AWS::CloudWatch::Alarm, of one metric or of an array of metrics and expressions.

    Defect: moto's CloudFormation skips the type (cloudwatch/models.py has no model of it).
    """

    RESOURCE_TYPE = "AWS::CloudWatch::Alarm"
    KNOWN = _SHARED | {
        "ComparisonOperator",
        "DatapointsToAlarm",
        "Dimensions",
        "EvaluateLowSampleCountPercentile",
        "EvaluationPeriods",
        "ExtendedStatistic",
        "MetricName",
        "Metrics",
        "Namespace",
        "Period",
        "Statistic",
        "Threshold",
        "ThresholdMetricId",
        "TreatMissingData",
        "Unit",
    }
    PUT = "put_metric_alarm"


class CompositeAlarm(_Alarm, CloudFormationModel):
    """
    AWS::CloudWatch::CompositeAlarm. Its rule is kept, not evaluated.

    Defect: moto's CloudFormation skips the type, and its API lacks PutCompositeAlarm
    (cloudwatch/models.py, cloudwatch/responses.py).
    """

    RESOURCE_TYPE = "AWS::CloudWatch::CompositeAlarm"
    KNOWN = _SHARED | {"AlarmRule"}
    PUT = "put_composite_alarm"


class Dashboard(ApiResource, CloudFormationModel):
    """
    AWS::CloudWatch::Dashboard.

    Defect: an update of a dashboard without a name makes another one under a new name
    (cloudwatch/models.py, Dashboard.update_from_cloudformation_json).
    """

    RESOURCE_TYPE = "AWS::CloudWatch::Dashboard"
    NAME_PROPERTY = "DashboardName"
    KNOWN = frozenset({"DashboardBody", "DashboardName"})

    def create(self, name: str) -> str:
        """Put the dashboard."""
        self._put(name)
        return name

    def update(self, previous: Mapping[str, Any]) -> None:
        """Put the new body in the place of the old one."""
        self._put(self.physical_resource_id)

    def remove(self) -> None:
        """Delete the dashboard."""
        self.api.call_if_there(
            "cloudwatch", "delete_dashboards", DashboardNames=[self.physical_resource_id]
        )

    def _put(self, name: str) -> None:
        body = as_text(self.properties["DashboardBody"])
        self.api.call("cloudwatch", "put_dashboard", DashboardName=name, DashboardBody=body)
