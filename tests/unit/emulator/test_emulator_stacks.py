"""Creating, rolling back and deleting stacks."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from tests.unit.emulator.conftest import Aws

Resources = Callable[..., dict[str, Any]]


def log_group(name: str, **attributes: Any) -> dict[str, Any]:
    return {
        "Type": "AWS::Logs::LogGroup",
        "Properties": {"LogGroupName": name},
        **attributes,
    }


def group_names(aws: "Aws", prefix: str) -> list[str]:
    found = aws.client("logs").describe_log_groups(logGroupNamePrefix=prefix)["logGroups"]
    return [each["logGroupName"] for each in found]


def test_resources_are_created_in_the_order_of_their_references(
    aws: "Aws", endpoint_resources: Resources
) -> None:
    stack, name = aws.unique("stack"), aws.unique("endpoint")

    assert aws.deploy(stack, endpoint_resources(name)) == "CREATE_COMPLETE"

    assert [event[:2] for event in aws.events(stack)] == [
        (stack, "CREATE_IN_PROGRESS"),
        ("Model", "CREATE_IN_PROGRESS"),
        ("Model", "CREATE_COMPLETE"),
        ("Config", "CREATE_IN_PROGRESS"),
        ("Config", "CREATE_COMPLETE"),
        ("Endpoint", "CREATE_IN_PROGRESS"),
        ("Endpoint", "CREATE_COMPLETE"),
        (stack, "CREATE_COMPLETE"),
    ]


def test_no_two_events_share_a_millisecond(aws: "Aws", endpoint_resources: Resources) -> None:
    stack = aws.unique("stack")
    aws.deploy(stack, endpoint_resources())

    events = aws.client("cloudformation").describe_stack_events(StackName=stack)["StackEvents"]

    moments = [each["Timestamp"].isoformat(timespec="milliseconds") for each in events]
    assert moments == sorted(set(moments), reverse=True)


def test_a_failed_endpoint_rolls_the_stack_back_and_says_why(
    aws: "Aws", endpoint_resources: Resources
) -> None:
    stack, name = aws.unique("stack"), aws.unique("endpoint")

    status = aws.deploy(stack, endpoint_resources(name, FAIL="no ping.\nValueError: no weights"))

    assert status == "ROLLBACK_COMPLETE"
    events = aws.events(stack)
    assert ("Endpoint", "CREATE_FAILED", "no ping.\nValueError: no weights") in events
    assert (
        stack,
        "ROLLBACK_IN_PROGRESS",
        "The following resource(s) failed to create: [Endpoint].",
    ) in events
    sagemaker = aws.client("sagemaker")
    assert sagemaker.list_endpoints(NameContains=name)["Endpoints"] == []
    with pytest.raises(ClientError, match="Could not find model"):
        sagemaker.describe_model(ModelName=aws.unique(f"{stack}-Model"))
    deleted = [each[0] for each in events if each[1] == "DELETE_COMPLETE"]
    # The endpoint that could not be created is told as gone too.
    assert deleted == ["Endpoint", "Config", "Model"]


def test_after_a_roll_back_the_stack_can_be_deleted_and_made_again(
    aws: "Aws", endpoint_resources: Resources
) -> None:
    stack, name = aws.unique("stack"), aws.unique("endpoint")
    aws.deploy(stack, endpoint_resources(name, FAIL="no ping"))

    aws.client("cloudformation").delete_stack(StackName=stack)

    assert aws.deploy(stack, endpoint_resources(name)) == "CREATE_COMPLETE"


def test_fails_to_update_a_stack_that_was_rolled_back(
    aws: "Aws", endpoint_resources: Resources
) -> None:
    stack = aws.unique("stack")
    aws.deploy(stack, endpoint_resources(FAIL="no ping"))

    with pytest.raises(ClientError, match="is in ROLLBACK_COMPLETE state and can not be updated"):
        aws.deploy(stack, endpoint_resources())


def test_fails_on_a_type_that_it_does_not_have(aws: "Aws") -> None:
    stack = aws.unique("stack")

    with pytest.raises(ClientError, match=r"Unrecognized resource types: \[AWS::Foo::Bar\]"):
        aws.deploy(stack, {"It": {"Type": "AWS::Foo::Bar"}})

    with pytest.raises(ClientError, match="does not exist"):
        aws.client("cloudformation").describe_stacks(StackName=stack)


@pytest.mark.parametrize("block", ["Resources", "Outputs"])
def test_fails_on_a_reference_that_leads_nowhere(aws: "Aws", block: str) -> None:
    value = {"Ref": "Nowhere"}
    group = log_group("any", **({"DependsOn": "Nowhere"} if block == "Resources" else {}))
    outputs = {"It": {"Value": value if block == "Outputs" else "x"}}

    with pytest.raises(ClientError, match=rf"dependencies \[Nowhere\] in the {block} block"):
        aws.deploy(aws.unique("stack"), {"It": group}, Outputs=outputs)


def test_a_resource_whose_condition_does_not_hold_is_left_out(aws: "Aws") -> None:
    stack = aws.unique("stack")

    status = aws.deploy(
        stack,
        {
            "No": log_group(f"{stack}-no", Condition="Never"),
            "Yes": log_group(f"{stack}-yes", Condition="Always"),
        },
        Conditions={
            "Never": {"Fn::Equals": ["a", "b"]},
            "Always": {"Fn::Not": [{"Condition": "Never"}]},
        },
        Outputs={"No": {"Condition": "Never", "Value": {"Ref": "No"}}},
    )

    assert status == "CREATE_COMPLETE"
    assert group_names(aws, stack) == [f"{stack}-yes"]
    assert aws.outputs(stack) == {}


def test_the_cdks_metadata_is_skipped(aws: "Aws") -> None:
    stack = aws.unique("stack")
    metadata = {"Type": "AWS::CDK::Metadata", "Properties": {"Analytics": "v2:deflate64:any"}}

    assert aws.deploy(stack, {"Group": log_group(stack), "CDKMetadata": metadata}) == (
        "CREATE_COMPLETE"
    )

    assert {name for name, *_ in aws.events(stack)} == {stack, "Group"}


def test_deleting_goes_backwards_and_leaves_what_is_retained(
    aws: "Aws", endpoint_resources: Resources
) -> None:
    stack, name = aws.unique("stack"), aws.unique("endpoint")
    resources = endpoint_resources(name) | {"Group": log_group(stack, DeletionPolicy="Retain")}
    aws.deploy(stack, resources)
    cloudformation = aws.client("cloudformation")
    stack_id = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]["StackId"]

    cloudformation.delete_stack(StackName=stack)

    events = [event[:2] for event in aws.events(stack_id) if event[1].startswith("DELETE")]
    assert events == [
        (stack, "DELETE_IN_PROGRESS"),
        ("Group", "DELETE_SKIPPED"),
        ("Endpoint", "DELETE_IN_PROGRESS"),
        ("Endpoint", "DELETE_COMPLETE"),
        ("Config", "DELETE_IN_PROGRESS"),
        ("Config", "DELETE_COMPLETE"),
        ("Model", "DELETE_IN_PROGRESS"),
        ("Model", "DELETE_COMPLETE"),
        (stack, "DELETE_COMPLETE"),
    ]
    assert group_names(aws, stack) == [stack]
    assert name not in aws.host.running


def test_fails_to_delete_a_bucket_that_is_not_empty_and_keeps_the_stack(aws: "Aws") -> None:
    stack, bucket = aws.unique("stack"), aws.unique("bucket")
    properties = {"BucketName": bucket}
    aws.deploy(stack, {"Bucket": {"Type": "AWS::S3::Bucket", "Properties": properties}})
    aws.client("s3").put_object(Bucket=bucket, Key="key", Body=b"")

    aws.client("cloudformation").delete_stack(StackName=stack)

    assert aws.settled(stack) == "DELETE_FAILED"
    assert any(
        status == "DELETE_FAILED" and "not empty" in why for _, status, why in aws.events(stack)
    )

    aws.client("s3").delete_object(Bucket=bucket, Key="key")
    aws.client("cloudformation").delete_stack(StackName=stack)

    with pytest.raises(ClientError, match="does not exist"):
        aws.client("cloudformation").describe_stacks(StackName=stack)


def test_deleting_a_stack_that_is_not_there_is_no_error(aws: "Aws") -> None:
    aws.client("cloudformation").delete_stack(StackName="nowhere")


def test_an_output_is_exported_to_other_stacks(aws: "Aws") -> None:
    one, other = aws.unique("stack"), aws.unique("stack")
    export = {"Value": {"Ref": "It"}, "Export": {"Name": f"{one}-group"}}
    aws.deploy(one, {"It": log_group(one)}, Outputs={"It": export})
    imported = log_group(other, DeletionPolicy="Delete")
    imported["Properties"]["LogGroupName"] = {
        "Fn::Join": ["", [other, {"Fn::ImportValue": f"{one}-group"}]]
    }

    assert aws.deploy(other, {"It": imported}) == "CREATE_COMPLETE"

    assert group_names(aws, other) == [f"{other}{one}"]


def test_fails_where_it_is_asked_for_what_it_does_not_implement(aws: "Aws") -> None:
    body = json.dumps({"Resources": {"It": log_group("any")}})

    with pytest.raises(ClientError, match="does not implement TimeoutInMinutes; leave it out"):
        aws.client("cloudformation").create_stack(
            StackName=aws.unique("stack"), TemplateBody=body, TimeoutInMinutes=1
        )


def test_fails_on_a_nested_stack(aws: "Aws") -> None:
    nested = {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": "any"}}

    with pytest.raises(ClientError, match=r"types: \[AWS::CloudFormation::Stack\]"):
        aws.deploy(aws.unique("stack"), {"It": nested})


def test_fails_to_delete_a_stack_that_is_protected(aws: "Aws") -> None:
    stack, cloudformation = aws.unique("stack"), aws.client("cloudformation")
    aws.deploy(stack, {"It": log_group(stack)})
    cloudformation.update_termination_protection(StackName=stack, EnableTerminationProtection=True)

    with pytest.raises(ClientError, match="while TerminationProtection is enabled"):
        cloudformation.delete_stack(StackName=stack)

    cloudformation.update_termination_protection(StackName=stack, EnableTerminationProtection=False)
    cloudformation.delete_stack(StackName=stack)
    assert group_names(aws, stack) == []
