"""Scalable targets, with their schedules, and scaling policies of Application Auto Scaling."""

from collections.abc import Mapping
from typing import Any

from moto.core.common_models import CloudFormationModel

from .api import pick
from .resource import ApiResource
from .values import gone

SERVICE = "application-autoscaling"
# The physical id of a target is these three, joined by bars.
_ID = ("ResourceId", "ScalableDimension", "ServiceNamespace")
_BOUNDS = ("MinCapacity", "MaxCapacity", "RoleARN", "SuspendedState")
_TARGET = ("ServiceNamespace", "ResourceId", "ScalableDimension")


class ScalableTarget(ApiResource, CloudFormationModel):
    """
    AWS::ApplicationAutoScaling::ScalableTarget with its ScheduledActions.

    Defect: moto's CloudFormation skips the type (applicationautoscaling/models.py has no model of
    it).
    """

    RESOURCE_TYPE = "AWS::ApplicationAutoScaling::ScalableTarget"
    KNOWN = frozenset({*_TARGET, *_BOUNDS, "ScheduledActions"})

    def create(self, name: str) -> str:
        """Register the target, then put its schedules; the id is the one that AWS makes."""
        self._register()
        return self.physical_resource_id

    def update(self, previous: Mapping[str, Any]) -> None:
        """Register the target with its new bounds; put and delete schedules."""
        self._register()
        for name in gone(_schedules(previous), _schedules(self.properties)):
            self._delete_schedule(name)

    def remove(self) -> None:
        """Deregister the target, which deletes its policies and schedules."""
        self.api.call_if_there(SERVICE, "deregister_scalable_target", **self._target())

    def attributes(self) -> Mapping[str, str]:
        """Return the id."""
        return {"Id": self.physical_resource_id}

    def _target(self) -> dict[str, Any]:
        return pick(self.properties, *_TARGET)

    def _register(self) -> None:
        bounds = pick(self.properties, *_BOUNDS)
        self.api.call(SERVICE, "register_scalable_target", **self._target(), **bounds)
        self.physical_resource_id = "|".join(str(self.properties[each]) for each in _ID)
        for action in self.properties.get("ScheduledActions", ()):
            self.api.call(SERVICE, "put_scheduled_action", **self._target(), **action)

    def _delete_schedule(self, name: str) -> None:
        self.api.call_if_there(
            SERVICE, "delete_scheduled_action", **self._target(), ScheduledActionName=name
        )


def _schedules(properties: Mapping[str, Any]) -> list[str]:
    return [each["ScheduledActionName"] for each in properties.get("ScheduledActions", ())]


class ScalingPolicy(ApiResource, CloudFormationModel):
    """
    AWS::ApplicationAutoScaling::ScalingPolicy: target tracking and step scaling.

    Defect: moto's CloudFormation skips the type (applicationautoscaling/models.py has no model of
    it).
    """

    RESOURCE_TYPE = "AWS::ApplicationAutoScaling::ScalingPolicy"
    _CONFIGURATIONS = ("StepScalingPolicyConfiguration", "TargetTrackingScalingPolicyConfiguration")
    KNOWN = frozenset({*_TARGET, *_CONFIGURATIONS, "PolicyName", "PolicyType", "ScalingTargetId"})

    def create(self, name: str) -> str:
        """Put the policy; its id is its ARN."""
        return self._put()

    def update(self, previous: Mapping[str, Any]) -> None:
        """Put the policy anew; it keeps its ARN."""
        self._put()

    def remove(self) -> None:
        """Delete the policy, which is gone already if its target is."""
        self.api.call_if_there(SERVICE, "delete_scaling_policy", **self._key())

    def attributes(self) -> Mapping[str, str]:
        """Return the ARN."""
        return {"Arn": self.physical_resource_id}

    def _key(self) -> dict[str, Any]:
        given = self.properties
        if "ScalingTargetId" in given:
            parts = str(given["ScalingTargetId"]).split("|")
            target = dict(zip(_ID, parts, strict=True))
        else:
            target = pick(given, *_TARGET)
        return {**target, "PolicyName": given["PolicyName"]}

    def _put(self) -> str:
        wanted = pick(self.properties, "PolicyType", *self._CONFIGURATIONS)
        answer = self.api.call(SERVICE, "put_scaling_policy", **self._key(), **wanted)
        return str(answer["PolicyARN"])
