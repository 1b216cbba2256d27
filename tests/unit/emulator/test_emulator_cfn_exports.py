"""Exports that other stacks use, and stacks that run at the same time."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from tests.unit.emulator.conftest import Aws


def group(name: object) -> dict[str, Any]:
    return {"It": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": name}}}


@pytest.fixture
def exporter(aws: "Aws") -> str:
    """A stack whose export another stack uses."""
    stack = aws.unique("exporter")
    output = {"Value": {"Ref": "It"}, "Export": {"Name": f"{stack}-it"}}
    aws.deploy(stack, group(stack), Outputs={"Out": output})
    name = {"Fn::Sub": ["${It}-user", {"It": {"Fn::ImportValue": f"{stack}-it"}}]}
    assert aws.deploy(f"{stack}-user", group(name)) == "CREATE_COMPLETE"
    return stack


def in_use(stack: str, verb: str) -> str:
    return f"Export {stack}-it cannot be {verb} as it is in use by {stack}-user"


def test_fails_to_take_away_an_export_that_is_in_use(aws: "Aws", exporter: str) -> None:
    assert aws.deploy(exporter, group(exporter)) == "UPDATE_ROLLBACK_COMPLETE"

    reason = in_use(exporter, "deleted")
    assert (exporter, "UPDATE_ROLLBACK_IN_PROGRESS", reason) in aws.events(exporter)
    assert aws.outputs(exporter) == {"Out": exporter}


def test_fails_to_change_an_export_that_is_in_use(aws: "Aws", exporter: str) -> None:
    output = {"Value": "other", "Export": {"Name": f"{exporter}-it"}}

    status = aws.deploy(exporter, group(exporter), Outputs={"Out": output})

    assert status == "UPDATE_ROLLBACK_COMPLETE"
    reason = in_use(exporter, "updated")
    assert (exporter, "UPDATE_ROLLBACK_IN_PROGRESS", reason) in aws.events(exporter)


def test_a_stack_whose_export_is_in_use_stays(aws: "Aws", exporter: str) -> None:
    cloudformation = aws.client("cloudformation")

    cloudformation.delete_stack(StackName=exporter)

    found = cloudformation.describe_stacks(StackName=exporter)["Stacks"][0]
    assert found["StackStatus"] == "CREATE_COMPLETE"
    assert found["StackStatusReason"] == in_use(exporter, "deleted")
    imports = cloudformation.list_imports(ExportName=f"{exporter}-it")["Imports"]
    assert imports == [f"{exporter}-user"]

    cloudformation.delete_stack(StackName=f"{exporter}-user")
    cloudformation.delete_stack(StackName=exporter)
    with pytest.raises(ClientError, match="does not exist"):
        cloudformation.describe_stacks(StackName=exporter)


def test_a_stack_that_is_being_created_can_be_deleted(
    aws: "Aws", endpoint_resources: Callable[..., dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    from lmi.local.emulator.cloudformation import stacks

    monkeypatch.setattr(stacks, "JOIN_SECONDS", 0.0)
    stack, name = aws.unique("stack"), aws.unique("endpoint")
    cloudformation = aws.client("cloudformation")
    body = json.dumps({"Resources": endpoint_resources(name, WAIT="yes")})
    made = cloudformation.create_stack(StackName=stack, TemplateBody=body)["StackId"]

    cloudformation.delete_stack(StackName=stack)
    aws.host.gate.set()

    assert aws.settled(made) == "DELETE_COMPLETE"
    assert name not in aws.host.running


def test_stacks_that_are_created_at_the_same_time_do_not_disturb_each_other(aws: "Aws") -> None:
    prefix = aws.unique("parallel")
    role = {
        "Type": "AWS::IAM::Role",
        "Properties": {"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": []}},
    }

    def make(number: int) -> str:
        name = f"{prefix}-{number}"
        return aws.deploy(name, {**group(name), **{f"Role{i}": role for i in range(4)}})

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(make, range(16)))

    assert statuses == ["CREATE_COMPLETE"] * 16


def test_an_update_that_is_cancelled_is_rolled_back(
    aws: "Aws", endpoint_resources: Callable[..., dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    from lmi.local.emulator.cloudformation import stacks

    stack, name = aws.unique("stack"), aws.unique("endpoint")
    cloudformation = aws.client("cloudformation")
    aws.deploy(stack, group(stack))
    monkeypatch.setattr(stacks, "JOIN_SECONDS", 0.0)
    body = json.dumps({"Resources": {**group(stack), **endpoint_resources(name, WAIT="yes")}})
    cloudformation.update_stack(StackName=stack, TemplateBody=body)

    cloudformation.cancel_update_stack(StackName=stack)
    aws.host.gate.set()

    assert aws.settled(stack) == "UPDATE_ROLLBACK_COMPLETE"
    assert name not in aws.host.running


def test_drift_is_refused_at_once(aws: "Aws") -> None:
    stack = aws.unique("stack")
    aws.deploy(stack, group(stack))

    with pytest.raises(ClientError, match="the embedded AWS cannot detect drift"):
        aws.client("cloudformation").detect_stack_drift(StackName=stack)


def test_fails_to_update_with_the_same_template(aws: "Aws") -> None:
    stack = aws.unique("stack")
    aws.deploy(stack, group(stack))

    with pytest.raises(ClientError, match=r"No updates are to be performed\."):
        aws.deploy(stack, group(stack), Description="only this")
