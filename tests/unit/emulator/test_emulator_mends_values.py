"""Mends of parameters, values, names and template addresses; each test fails without its mend."""

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from lmi.local.emulator.mends.patch import add, replace

if TYPE_CHECKING:
    from tests.unit.emulator.conftest import Aws


def parameter(value: Any) -> dict[str, Any]:
    """A resource that is quick to make and shows what a value resolves to."""
    return {
        "Type": "AWS::SSM::Parameter",
        "Properties": {
            "Name": {"Fn::Sub": "/${AWS::StackName}/it"},
            "Type": "String",
            "Value": value,
        },
    }


def resolved(aws: "Aws", value: Any, *, region: str = "us-west-2", **template: Any) -> str:
    """Return what *value* resolves to in a stack of its own."""
    stack, cloudformation = aws.unique("stack"), aws.client("cloudformation", region)
    body = {"Resources": {"It": parameter(value)}, "Outputs": {"It": {"Value": value}}, **template}
    cloudformation.create_stack(StackName=stack, TemplateBody=json.dumps(body))
    return str(
        cloudformation.describe_stacks(StackName=stack)["Stacks"][0]["Outputs"][0]["OutputValue"]
    )


def test_no_value_leaves_a_list(aws: "Aws") -> None:
    assert resolved(aws, {"Fn::Join": ["-", ["a", {"Ref": "AWS::NoValue"}, "b"]]}) == "a-b"


def test_an_attribute_may_be_a_text_with_a_dot(aws: "Aws") -> None:
    stack = aws.unique("stack")
    group = {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": stack}}

    aws.deploy(stack, {"Group": group}, Outputs={"Arn": {"Value": {"Fn::GetAtt": "Group.Arn"}}})

    assert f":log-group:{stack}" in aws.outputs(stack)["Arn"]


MAPPINGS = {"Registries": {"us-west-2": {"account": "763104351884"}}}
OF_REGION = {"Fn::FindInMap": ["Registries", {"Ref": "AWS::Region"}, "account"]}


def test_a_mapping_is_found_by_region(aws: "Aws") -> None:
    assert resolved(aws, OF_REGION, Mappings=MAPPINGS) == "763104351884"


def test_fails_on_a_region_that_the_mapping_lacks(aws: "Aws") -> None:
    body = json.dumps({"Resources": {"It": parameter(OF_REGION)}, "Mappings": MAPPINGS})
    cloudformation = aws.client("cloudformation", "eu-west-1")
    stack = aws.unique("stack")

    cloudformation.create_stack(StackName=stack, TemplateBody=body)

    found = cloudformation.describe_stack_events(StackName=stack)["StackEvents"]
    reasons = [each.get("ResourceStatusReason") for each in found]
    assert "Template error: Unable to get mapping for Registries::eu-west-1::account" in reasons


@pytest.mark.parametrize(
    ("region", "expected"),
    [
        ("us-west-2", "aws amazonaws.com"),
        ("cn-north-1", "aws-cn amazonaws.com.cn"),
        ("us-gov-west-1", "aws-us-gov amazonaws.com"),
    ],
)
def test_partition_and_suffix_are_the_regions(aws: "Aws", region: str, expected: str) -> None:
    assert resolved(aws, {"Fn::Sub": "${AWS::Partition} ${AWS::URLSuffix}"}, region=region) == (
        expected
    )


def with_ssm_parameter(name: str) -> dict[str, Any]:
    return {
        "Version": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": name},
        "List": {"Type": "CommaDelimitedList", "Default": ""},
        "Secret": {"Type": "String", "Default": "hush", "NoEcho": True},
    }


def test_the_previous_value_of_an_ssm_parameter_is_its_name(aws: "Aws") -> None:
    stack, name = aws.unique("stack"), f"/{aws.unique('version')}"
    aws.client("ssm").put_parameter(Name=name, Type="String", Value="33")
    parameters = with_ssm_parameter(name)
    aws.deploy(stack, {"It": parameter({"Ref": "Version"})}, Parameters=parameters)
    body = {
        "Resources": {"It": parameter({"Fn::Sub": "v${Version}"})},
        "Parameters": parameters,
        "Outputs": {"It": {"Value": {"Ref": "Version"}}},
    }

    aws.client("cloudformation").update_stack(
        StackName=stack,
        TemplateBody=json.dumps(body),
        Parameters=[{"ParameterKey": key, "UsePreviousValue": True} for key in parameters],
    )

    assert aws.settled(stack) == "UPDATE_COMPLETE"
    assert aws.outputs(stack) == {"It": "33"}


def test_parameters_are_shown_as_given(aws: "Aws") -> None:
    stack, name = aws.unique("stack"), f"/{aws.unique('version')}"
    aws.client("ssm").put_parameter(Name=name, Type="String", Value="33")

    aws.deploy(stack, {"It": parameter("x")}, Parameters=with_ssm_parameter(name))

    found = aws.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
    assert found["Parameters"] == [
        {"ParameterKey": "Version", "ParameterValue": name, "ResolvedValue": "33"},
        {"ParameterKey": "List", "ParameterValue": ""},
        {"ParameterKey": "Secret", "ParameterValue": "****"},
    ]


def test_fails_on_an_ssm_parameter_that_does_not_exist(aws: "Aws") -> None:
    with pytest.raises(ClientError, match=r"Unable to fetch parameters \[/nowhere\]"):
        aws.deploy(
            aws.unique("stack"), {"It": parameter("x")}, Parameters=with_ssm_parameter("/nowhere")
        )


def test_a_template_is_read_from_loopback(aws: "Aws") -> None:
    bucket, stack = aws.unique("templates"), aws.unique("stack")
    s3 = aws.client("s3")
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "us-west-2"})
    body = json.dumps({"Resources": {"It": parameter("x")}})
    s3.put_object(Bucket=bucket, Key="folder/key.json", Body=body.encode())

    aws.client("cloudformation").create_stack(
        StackName=stack, TemplateURL=f"{aws.url}/{bucket}/folder/key.json"
    )

    assert aws.settled(stack) == "CREATE_COMPLETE"


def test_fails_on_a_template_address_where_nothing_lies(aws: "Aws") -> None:
    with pytest.raises(ClientError, match="specified"):
        aws.client("cloudformation").create_stack(
            StackName=aws.unique("stack"), TemplateURL=f"{aws.url}/no-bucket/key.json"
        )


def test_a_generated_name_keeps_to_the_services_limit(aws: "Aws") -> None:
    stack = aws.unique("a-stack-with-a-name-that-leaves-no-room-for-anything-else")
    properties = {"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": []}}

    aws.deploy(stack, {"Role": {"Type": "AWS::IAM::Role", "Properties": properties}})

    assert len(aws.physical_id(stack, "Role")) == 64


def test_fails_to_replace_what_moto_does_not_have() -> None:
    with pytest.raises(RuntimeError, match="has no gone"):
        replace(type("Owner", (), {}), "gone", None)


def test_fails_to_add_what_moto_has_by_now() -> None:
    with pytest.raises(RuntimeError, match="its mend can go"):
        add(type("Owner", (), {"there": 1}), "there", None)
