"""Updating stacks: in place, by replacement, and back again."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from tests.unit.emulator.conftest import Aws

Resources = Callable[..., dict[str, Any]]


def test_another_model_replaces_model_and_configuration_under_the_same_endpoint(
    aws: "Aws", endpoint_resources: Resources
) -> None:
    stack, name = aws.unique("stack"), aws.unique("endpoint")
    aws.deploy(stack, endpoint_resources(name))
    before = {each: aws.physical_id(stack, each) for each in ("Model", "Config", "Endpoint")}

    assert aws.deploy(stack, endpoint_resources(name, OTHER="yes")) == "UPDATE_COMPLETE"

    after = {each: aws.physical_id(stack, each) for each in ("Model", "Config", "Endpoint")}
    assert after["Endpoint"] == before["Endpoint"]
    assert after["Model"] != before["Model"]
    assert after["Config"] != before["Config"]
    assert aws.host.running[name].variants[0].environment == {"OTHER": "yes"}
    configs = aws.client("sagemaker").list_endpoint_configs(NameContains=stack)["EndpointConfigs"]
    assert [each["EndpointConfigArn"] for each in configs] == [after["Config"]]
    update = [event[:2] for event in aws.events(stack)]
    update = update[update.index((stack, "UPDATE_IN_PROGRESS")) :]
    assert [event for event in update if event[1].endswith("_COMPLETE")] == [
        ("Model", "UPDATE_COMPLETE"),
        ("Config", "UPDATE_COMPLETE"),
        ("Endpoint", "UPDATE_COMPLETE"),
        ("Config", "DELETE_COMPLETE"),
        ("Model", "DELETE_COMPLETE"),
        (stack, "UPDATE_COMPLETE"),
    ]


def test_a_failed_update_leaves_the_stack_as_it_was(
    aws: "Aws", endpoint_resources: Resources
) -> None:
    stack, name = aws.unique("stack"), aws.unique("endpoint")
    aws.deploy(stack, endpoint_resources(name, OLD="yes"))
    before = {each: aws.physical_id(stack, each) for each in ("Model", "Config", "Endpoint")}

    status = aws.deploy(stack, endpoint_resources(name, FAIL="no ping"))

    assert status == "UPDATE_ROLLBACK_COMPLETE"
    assert ("Endpoint", "UPDATE_FAILED", "no ping") in aws.events(stack)
    assert before == {each: aws.physical_id(stack, each) for each in before}
    assert aws.host.running[name].variants[0].environment == {"OLD": "yes"}
    endpoint = aws.client("sagemaker").describe_endpoint(EndpointName=name)
    assert endpoint["EndpointStatus"] == "InService"
    assert before["Config"].endswith(endpoint["EndpointConfigName"])
    models = aws.client("sagemaker").list_models(NameContains=stack)["Models"]
    assert [each["ModelArn"] for each in models if stack in each["ModelArn"]] == [before["Model"]]


def test_a_stack_that_was_rolled_back_can_be_updated(
    aws: "Aws", endpoint_resources: Resources
) -> None:
    stack, name = aws.unique("stack"), aws.unique("endpoint")
    aws.deploy(stack, endpoint_resources(name))
    aws.deploy(stack, endpoint_resources(name, FAIL="no ping"))

    assert aws.deploy(stack, endpoint_resources(name, NEW="yes")) == "UPDATE_COMPLETE"

    assert aws.host.running[name].variants[0].environment == {"NEW": "yes"}


def test_what_the_template_no_longer_has_goes(aws: "Aws", endpoint_resources: Resources) -> None:
    stack, name = aws.unique("stack"), aws.unique("endpoint")
    resources = endpoint_resources(name)
    aws.deploy(stack, resources)
    del resources["Endpoint"]

    assert aws.deploy(stack, resources) == "UPDATE_COMPLETE"

    assert name not in aws.host.running
    assert aws.client("sagemaker").list_endpoints(NameContains=name)["Endpoints"] == []


def test_an_unchanged_resource_is_not_touched(aws: "Aws", endpoint_resources: Resources) -> None:
    stack, resources = aws.unique("stack"), endpoint_resources()
    aws.deploy(stack, resources)

    status = aws.deploy(stack, resources, Outputs={"It": {"Value": {"Ref": "Model"}}})

    assert status == "UPDATE_COMPLETE"
    assert aws.outputs(stack) == {"It": aws.physical_id(stack, "Model")}
    assert [e[0] for e in aws.events(stack) if e[1] == "UPDATE_IN_PROGRESS"] == [stack]


def test_fails_to_replace_under_the_same_name(aws: "Aws", endpoint_resources: Resources) -> None:
    stack, resources = aws.unique("stack"), endpoint_resources()
    resources["Model"]["Properties"]["ModelName"] = stack
    aws.deploy(stack, resources)
    resources["Model"]["Properties"]["PrimaryContainer"]["Image"] = "other"

    assert aws.deploy(stack, resources) == "UPDATE_ROLLBACK_COMPLETE"

    assert any(f"Rename {stack}" in reason for *_, reason in aws.events(stack))


def test_fails_to_update_a_type_that_moto_cannot(aws: "Aws") -> None:
    stack = aws.unique("stack")
    profile: dict[str, Any] = {"Type": "AWS::IAM::InstanceProfile", "Properties": {"Roles": []}}
    aws.deploy(stack, {"It": profile})
    profile["Properties"]["Roles"] = ["any"]

    assert aws.deploy(stack, {"It": profile}) == "UPDATE_ROLLBACK_COMPLETE"

    reasons = [each[2] for each in aws.events(stack) if each[:2] == ("It", "UPDATE_FAILED")]
    assert [
        "cannot update a resource of type AWS::IAM::InstanceProfile" in each for each in reasons
    ] == [True]


def test_fails_to_update_with_nothing_to_do(aws: "Aws") -> None:
    group = {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": aws.unique("group")}}
    stack, parameters = aws.unique("stack"), {"P": {"Type": "String", "Default": "x"}}
    aws.deploy(stack, {"It": group}, Parameters=parameters)
    template = aws.client("cloudformation").get_template(StackName=stack)["TemplateBody"]

    with pytest.raises(ClientError, match="No updates are to be performed"):
        aws.client("cloudformation").update_stack(
            StackName=stack,
            TemplateBody=json.dumps(template),
            Parameters=[{"ParameterKey": "P", "UsePreviousValue": True}],
        )
