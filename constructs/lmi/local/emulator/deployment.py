"""
What an UpdateEndpoint asks for beside the configuration: retained properties and the rollout.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_UpdateEndpoint.html and
https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails.html
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

Get = Callable[[str], Any]
"""Returns a property of a template, or a parameter of a request, by its name; None without it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class EndpointUpdate:
    """An UpdateEndpoint, or CloudFormation's update of an endpoint; both have the same names."""

    endpoint_config_name: str
    retain_all_variant_properties: bool = False
    excluded: frozenset[str] = frozenset()
    """Not retained: of DesiredInstanceCount, DesiredWeight and DataCaptureConfig."""
    deployment_config: Mapping[str, Any] | None = None
    retain_deployment_config: bool = False

    @classmethod
    def read(cls, get: Get) -> Self:
        """Return the update that *get* tells of."""
        return cls(
            endpoint_config_name=get("EndpointConfigName"),
            retain_all_variant_properties=_as_bool(get("RetainAllVariantProperties")),
            excluded=frozenset(
                each["VariantPropertyType"]
                for each in get("ExcludeRetainedVariantProperties") or []
            ),
            deployment_config=get("DeploymentConfig"),
            retain_deployment_config=_as_bool(get("RetainDeploymentConfig")),
        )

    def retains(self, prop: str) -> bool:
        """Return whether the property of this name stays as the endpoint has it."""
        return self.retain_all_variant_properties and prop not in self.excluded


def described_variants(config_variants: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """
    Return the production variants of a configuration as DescribeEndpoint shows them.

    moto leaves a weight of 0 out (moto 5.2.5: sagemaker/models.py, FakeEndpoint).
    """
    described = []
    for variant in config_variants:
        weight = float(variant.get("InitialVariantWeight", 1.0))
        shown: dict[str, Any] = {
            "VariantName": variant["VariantName"],
            "CurrentWeight": weight,
            "DesiredWeight": weight,
        }
        count = variant.get("InitialInstanceCount")
        if count is not None:
            shown |= {"CurrentInstanceCount": int(count), "DesiredInstanceCount": int(count)}
        serverless = variant.get("ServerlessConfig")
        if serverless is not None:
            shown |= {"CurrentServerlessConfig": serverless, "DesiredServerlessConfig": serverless}
        described.append(shown)
    return described


def retained_variants(
    update: EndpointUpdate,
    now: Sequence[Mapping[str, Any]],
    wanted: Sequence[Mapping[str, Any]],
) -> list[dict[str, Any]]:
    """
    Return *wanted*, with what the update retains of the variants of the same name in *now*.

    Both as `described_variants` returns them.
    """
    old = {variant["VariantName"]: variant for variant in now}
    result = []
    for variant in wanted:
        kept = {
            f"{state}{prop}": old[variant["VariantName"]][f"Desired{prop}"]
            for prop in ("InstanceCount", "Weight")
            if update.retains(f"Desired{prop}")
            and f"Desired{prop}" in old.get(variant["VariantName"], {})
            and f"Desired{prop}" in variant
            for state in ("Current", "Desired")
        }
        result.append({**variant, **kept})
    return result


def alarm_names(config: Mapping[str, Any] | None) -> tuple[str, ...]:
    """Return the alarms that roll a deployment back."""
    alarms = ((config or {}).get("AutoRollbackConfiguration") or {}).get("Alarms") or []
    return tuple(alarm["AlarmName"] for alarm in alarms)


def rollout_steps(config: Mapping[str, Any] | None) -> tuple[str, ...]:
    """Return one line for each step in which *config* would move the traffic, in their order."""
    if not config:
        return ()
    rolling = config.get("RollingUpdatePolicy")
    if rolling:
        batch, wait = _size(rolling["MaximumBatchSize"]), rolling["WaitIntervalInSeconds"]
        steps = [
            f"RollingUpdatePolicy: batches of at most {batch}, each followed by {wait} s of baking"
        ]
    else:
        steps = _blue_green(config.get("BlueGreenUpdatePolicy") or {})
    alarms = alarm_names(config)
    if alarms:
        steps.append(f"AutoRollbackConfiguration: watching {', '.join(alarms)}")
    return (*steps, "Here the traffic moves at one instant, without the intervals")


def _blue_green(policy: Mapping[str, Any]) -> list[str]:
    routing = policy.get("TrafficRoutingConfiguration") or {}
    kind, wait = routing.get("Type", "ALL_AT_ONCE"), routing.get("WaitIntervalInSeconds", 0)
    if kind == "CANARY":
        steps = [
            f"BlueGreenUpdatePolicy CANARY: {_size(routing['CanarySize'])} of the traffic, "
            f"then {wait} s of baking",
            f"BlueGreenUpdatePolicy CANARY: the rest of the traffic, then {wait} s of baking",
        ]
    elif kind == "LINEAR":
        steps = [
            f"BlueGreenUpdatePolicy LINEAR: steps of {_size(routing['LinearStepSize'])}, "
            f"each followed by {wait} s of baking"
        ]
    else:
        steps = [f"BlueGreenUpdatePolicy {kind}: all traffic, then {wait} s of baking"]
    ends = policy.get("TerminationWaitInSeconds", 0)
    return [*steps, f"BlueGreenUpdatePolicy: the old fleet would end {ends} s later"]


def _size(size: Mapping[str, Any]) -> str:
    unit = "%" if size["Type"] == "CAPACITY_PERCENT" else "instances"
    return f"{size['Value']} {unit}"


def _as_bool(value: object) -> bool:
    return str(value).lower() == "true"
