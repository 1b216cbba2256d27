"""Topics, subscriptions and parameters of a stack."""

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.unit.emulator.conftest import Aws


def topic(**properties: Any) -> dict[str, Any]:
    return {"Topic": {"Type": "AWS::SNS::Topic", "Properties": properties}}


def document(topic_arn: Any, action: str = "sns:Publish") -> dict[str, Any]:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "cloudwatch.amazonaws.com"},
        "Action": action,
        "Resource": topic_arn,
    }
    return {"Version": "2012-10-17", "Statement": [statement]}


def test_a_topic_keeps_its_subscribers_when_it_changes(aws: "Aws") -> None:
    stack, sns = aws.unique("stack"), aws.client("sns")
    mail = [{"Protocol": "email", "Endpoint": "a@example.com"}]
    aws.deploy(
        stack, topic(DisplayName="old", Subscription=mail, Tags=[{"Key": "a", "Value": "1"}])
    )
    arn = aws.physical_id(stack, "Topic")
    sns.subscribe(TopicArn=arn, Protocol="email", Endpoint="b@example.com")
    assert sns.list_tags_for_resource(ResourceArn=arn)["Tags"] == [{"Key": "a", "Value": "1"}]

    other = [{"Protocol": "email", "Endpoint": "c@example.com"}]
    assert aws.deploy(stack, topic(KmsMasterKeyId="alias/a", Subscription=other)) == (
        "UPDATE_COMPLETE"
    )

    assert aws.physical_id(stack, "Topic") == arn
    attributes = sns.get_topic_attributes(TopicArn=arn)["Attributes"]
    assert (attributes["DisplayName"], attributes["KmsMasterKeyId"]) == ("", "alias/a")
    there = sns.list_subscriptions_by_topic(TopicArn=arn)["Subscriptions"]
    assert sorted(each["Endpoint"] for each in there) == ["b@example.com", "c@example.com"]
    assert sns.list_tags_for_resource(ResourceArn=arn)["Tags"] == []


def test_a_topic_that_exists_is_not_taken_over(aws: "Aws") -> None:
    name, sns = aws.unique("topic"), aws.client("sns")
    arn = sns.create_topic(Name=name)["TopicArn"]

    assert aws.deploy(aws.unique("stack"), topic(TopicName=name)) == "ROLLBACK_COMPLETE"

    assert sns.get_topic_attributes(TopicArn=arn)["Attributes"]["TopicArn"] == arn


def test_a_subscription_changes_its_filter_in_place_and_goes_with_its_stack(aws: "Aws") -> None:
    stack, sns = aws.unique("stack"), aws.client("sns")

    def resources(**properties: Any) -> dict[str, Any]:
        place = {"TopicArn": {"Ref": "Topic"}, "Protocol": "sms", "Endpoint": "+15550100"}
        return {
            **topic(),
            "Subscription": {
                "Type": "AWS::SNS::Subscription",
                "Properties": {**place, **properties},
            },
        }

    def attributes(arn: str) -> dict[str, str]:
        return dict(sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"])

    assert aws.deploy(stack, resources(FilterPolicy={"a": ["b"]})) == "CREATE_COMPLETE"
    arn = aws.physical_id(stack, "Subscription")
    assert json.loads(attributes(arn)["FilterPolicy"]) == {"a": ["b"]}

    assert aws.deploy(stack, resources(RawMessageDelivery=True)) == "UPDATE_COMPLETE"
    assert aws.physical_id(stack, "Subscription") == arn
    assert attributes(arn)["RawMessageDelivery"] == "true"
    assert not attributes(arn).get("FilterPolicy")

    topic_arn = aws.physical_id(stack, "Topic")
    assert aws.deploy(stack, topic()) == "UPDATE_COMPLETE"
    assert sns.list_subscriptions_by_topic(TopicArn=topic_arn)["Subscriptions"] == []


def test_a_topic_policy_is_put_changed_and_taken_back(aws: "Aws") -> None:
    stack, sns = aws.unique("stack"), aws.client("sns")

    def resources(action: str) -> dict[str, Any]:
        properties = {
            "Topics": [{"Ref": "Topic"}],
            "PolicyDocument": document({"Ref": "Topic"}, action),
        }
        return {
            **topic(),
            "Policy": {"Type": "AWS::SNS::TopicPolicy", "Properties": properties},
        }

    def policy() -> dict[str, Any]:
        arn = aws.physical_id(stack, "Topic")
        attributes = sns.get_topic_attributes(TopicArn=arn)["Attributes"]
        return dict(json.loads(attributes["Policy"]))

    aws.deploy(stack, resources("sns:Publish"))
    assert policy() == document(aws.physical_id(stack, "Topic"))
    aws.deploy(stack, resources("sns:Subscribe"))
    assert policy()["Statement"][0]["Action"] == "sns:Subscribe"

    aws.deploy(stack, topic())
    assert policy()["Id"] == "__default_policy_ID"


def test_a_parameter_without_a_name_is_created_and_keeps_its_history(aws: "Aws") -> None:
    stack, ssm = aws.unique("stack"), aws.client("ssm")

    def parameter(**properties: Any) -> dict[str, Any]:
        return {
            "Parameter": {
                "Type": "AWS::SSM::Parameter",
                "Properties": {"Type": "String", **properties},
            }
        }

    value = {"Value": {"Value": {"Fn::GetAtt": ["Parameter", "Value"]}}}
    first = parameter(Value="1", Description="old", Tags={"a": "b", "c": "d"})
    assert aws.deploy(stack, first, Outputs=value) == "CREATE_COMPLETE"
    name = aws.physical_id(stack, "Parameter")
    assert ssm.get_parameter(Name=name)["Parameter"]["Version"] == 1

    assert aws.deploy(stack, parameter(Value="2", Tags={"a": "e"}), Outputs=value) == (
        "UPDATE_COMPLETE"
    )

    assert aws.outputs(stack)["Value"] == "2"
    assert aws.physical_id(stack, "Parameter") == name
    assert ssm.get_parameter(Name=name)["Parameter"]["Version"] == 2
    tags = ssm.list_tags_for_resource(ResourceType="Parameter", ResourceId=name)["TagList"]
    assert tags == [{"Key": "a", "Value": "e"}]
    (described,) = ssm.describe_parameters(ParameterFilters=[{"Key": "Name", "Values": [name]}])[
        "Parameters"
    ]
    assert not described.get("Description")


def test_a_parameter_that_exists_is_not_taken_over(aws: "Aws") -> None:
    name, ssm = aws.unique("parameter"), aws.client("ssm")
    ssm.put_parameter(Name=name, Type="String", Value="mine")
    resource = {
        "Type": "AWS::SSM::Parameter",
        "Properties": {"Name": name, "Type": "String", "Value": "theirs"},
    }

    assert aws.deploy(aws.unique("stack"), {"Parameter": resource}) == "ROLLBACK_COMPLETE"

    assert ssm.get_parameter(Name=name)["Parameter"]["Value"] == "mine"
