"""Conditions that change between two updates of a stack."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.unit.emulator.conftest import Aws

Resources = Callable[..., dict[str, Any]]


def group(name: object, **attributes: Any) -> dict[str, Any]:
    return {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": name}, **attributes}


def groups(aws: "Aws", prefix: str) -> list[str]:
    found = aws.client("logs").describe_log_groups(logGroupNamePrefix=prefix)["logGroups"]
    return sorted(str(each["logGroupName"]).removeprefix(prefix) for each in found)


class Switched:
    """A stack with one parameter, on which its conditions depend."""

    def __init__(self, aws: "Aws", resources: dict[str, Any], **template: Any) -> None:
        self.aws, self.name, self._is_made = aws, aws.unique("switched"), False
        self.body = json.dumps(
            {
                "Parameters": {"Mode": {"Type": "String"}},
                "Conditions": {
                    "On": {"Fn::Equals": [{"Ref": "Mode"}, "on"]},
                    "Off": {"Fn::Not": [{"Condition": "On"}]},
                },
                "Resources": resources,
                **template,
            }
        ).replace("STACK", self.name)

    def __call__(self, mode: str) -> str:
        """Create the stack, or update it; return the status it ends in."""
        cloudformation = self.aws.client("cloudformation")
        call = cloudformation.update_stack if self._is_made else cloudformation.create_stack
        self._is_made = True
        call(
            StackName=self.name,
            TemplateBody=self.body,
            Parameters=[{"ParameterKey": "Mode", "ParameterValue": mode}],
        )
        return self.aws.settled(self.name)


def test_a_resource_comes_and_goes_with_its_condition(aws: "Aws") -> None:
    output = {"Value": {"Ref": "It"}, "Condition": "On"}
    switch = Switched(
        aws,
        {"Always": group("STACK"), "It": group("STACK-it", Condition="On")},
        Outputs={"It": output},
    )

    assert switch("off") == "CREATE_COMPLETE"
    assert (groups(aws, switch.name), aws.outputs(switch.name)) == ([""], {})

    assert switch("on") == "UPDATE_COMPLETE"
    assert groups(aws, switch.name) == ["", "-it"]
    assert aws.outputs(switch.name) == {"It": f"{switch.name}-it"}

    assert switch("off") == "UPDATE_COMPLETE"
    assert (groups(aws, switch.name), aws.outputs(switch.name)) == ([""], {})
    events = [event[:2] for event in aws.events(switch.name)]
    assert events[-3:] == [
        ("It", "DELETE_IN_PROGRESS"),
        ("It", "DELETE_COMPLETE"),
        (switch.name, "UPDATE_COMPLETE"),
    ]


def test_one_resource_takes_the_place_of_another(aws: "Aws") -> None:
    """Both have one name, so the second one cannot come before the first one has gone."""
    switch = Switched(
        aws, {"One": group("STACK", Condition="On"), "Two": group("STACK", Condition="Off")}
    )
    assert switch("on") == "CREATE_COMPLETE"

    assert switch("off") == "UPDATE_ROLLBACK_COMPLETE"

    assert aws.physical_id(switch.name, "One") == switch.name
    assert groups(aws, switch.name) == [""]


def test_a_property_follows_its_condition(aws: "Aws") -> None:
    days = {"Fn::If": ["On", 7, {"Ref": "AWS::NoValue"}]}
    kept = group("STACK")
    kept["Properties"]["RetentionInDays"] = days
    switch = Switched(aws, {"It": kept})

    def retention() -> object:
        (found,) = aws.client("logs").describe_log_groups(logGroupNamePrefix=switch.name)[
            "logGroups"
        ]
        return found.get("retentionInDays")

    told = []
    for mode in ("off", "on", "off"):
        switch(mode)
        told.append(retention())

    assert told == [None, 7, None]


def test_a_retained_resource_outlives_its_condition(aws: "Aws") -> None:
    switch = Switched(
        aws,
        {
            "Always": group("STACK"),
            "It": group("STACK-it", Condition="On", DeletionPolicy="Retain"),
        },
    )
    switch("on")

    assert switch("off") == "UPDATE_COMPLETE"

    assert groups(aws, switch.name) == ["", "-it"]
    # It is no part of the stack any more, so its name is taken.
    assert switch("on") == "UPDATE_ROLLBACK_COMPLETE"
    assert groups(aws, switch.name) == ["", "-it"]


def test_a_failed_update_brings_back_what_the_condition_took_away(
    aws: "Aws", endpoint_resources: Resources
) -> None:
    fails = endpoint_resources("STACK")
    fails["Model"]["Properties"]["PrimaryContainer"]["Environment"] = {
        "Fn::If": ["On", {}, {"FAIL": "no ping"}]
    }
    switch = Switched(
        aws,
        {
            "It": group("STACK-it", Condition="On"),
            "Other": group("STACK-other", Condition="Off"),
            **fails,
        },
    )
    assert switch("on") == "CREATE_COMPLETE"

    assert switch("off") == "UPDATE_ROLLBACK_COMPLETE"

    assert groups(aws, switch.name) == ["-it"]
    assert aws.physical_id(switch.name, "It") == f"{switch.name}-it"
    assert aws.host.running[switch.name].variants[0].environment == {}


@pytest.mark.parametrize("mode", ["on", "off"])
def test_a_resource_may_refer_to_one_of_two(aws: "Aws", mode: str) -> None:
    named = {"Fn::Sub": ["${It}-user", {"It": {"Fn::If": ["On", {"Ref": "A"}, {"Ref": "B"}]}}]}
    switch = Switched(
        aws,
        {
            "A": group("STACK-a", Condition="On"),
            "B": group("STACK-b", Condition="Off"),
            "User": group(named),
        },
    )
    other = {"on": "off", "off": "on"}[mode]
    one = {"on": "a", "off": "b"}[mode]
    assert switch(other) == "CREATE_COMPLETE"

    assert switch(mode) == "UPDATE_COMPLETE"

    assert groups(aws, switch.name) == [f"-{one}", f"-{one}-user"]
