"""Alarms, dashboards, log groups and keys of a stack; each test fails on plain moto 5.2.5."""

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from tests.unit.emulator.conftest import Aws

ALARM = {
    "Namespace": "AWS/SageMaker",
    "MetricName": "Invocation5XXErrors",
    "Dimensions": [{"Name": "EndpointName", "Value": "chat"}],
    "ComparisonOperator": "GreaterThanThreshold",
    "EvaluationPeriods": "2",
    "Period": 60,
    "Statistic": "Sum",
    "Threshold": 1,
}


def alarm(**changes: Any) -> dict[str, Any]:
    return {"Alarm": {"Type": "AWS::CloudWatch::Alarm", "Properties": {**ALARM, **changes}}}


def described(aws: "Aws", name: str, kind: str = "MetricAlarm") -> dict[str, Any]:
    found = aws.client("cloudwatch").describe_alarms(AlarmNames=[name], AlarmTypes=[kind])
    return dict(found[f"{kind}s"][0])


def test_an_alarm_is_created_updated_in_place_and_deleted(aws: "Aws") -> None:
    stack, cloudwatch = aws.unique("stack"), aws.client("cloudwatch")
    tags = [{"Key": "team", "Value": "a"}, {"Key": "old", "Value": "yes"}]
    arn = {"Arn": {"Value": {"Fn::GetAtt": ["Alarm", "Arn"]}}}

    assert aws.deploy(stack, alarm(Tags=tags), Outputs=arn) == "CREATE_COMPLETE"

    name = aws.physical_id(stack, "Alarm")
    before = described(aws, name)
    assert before["EvaluationPeriods"] == 2
    assert before["StateValue"] == "INSUFFICIENT_DATA"
    assert aws.outputs(stack)["Arn"] == before["AlarmArn"]
    cloudwatch.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="a test")

    assert aws.deploy(stack, alarm(Threshold=5, Tags=tags[:1])) == "UPDATE_COMPLETE"

    after = described(aws, name)
    assert (after["Threshold"], after["StateValue"]) == (5, "ALARM")
    assert cloudwatch.list_tags_for_resource(ResourceARN=after["AlarmArn"])["Tags"] == tags[:1]

    cloudwatch.delete_alarms(AlarmNames=[aws.physical_id(stack, "Alarm")])
    aws.client("cloudformation").delete_stack(StackName=stack)
    assert cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"] == []


def test_an_alarm_of_several_metrics_has_its_expression(aws: "Aws") -> None:
    stack = aws.unique("stack")
    metrics = [
        {"Id": "rate", "Expression": "errors / calls", "ReturnData": True},
        *(
            {
                "Id": each,
                "ReturnData": "false",
                "MetricStat": {
                    "Metric": {"Namespace": "AWS/SageMaker", "MetricName": metric},
                    "Period": 60,
                    "Stat": "Sum",
                },
            }
            for each, metric in (("errors", "Invocation5XXErrors"), ("calls", "Invocations"))
        ),
    ]
    properties = {
        "ComparisonOperator": "GreaterThanThreshold",
        "EvaluationPeriods": 2,
        "Metrics": metrics,
        "Threshold": 0.1,
    }

    aws.deploy(stack, {"Alarm": {"Type": "AWS::CloudWatch::Alarm", "Properties": properties}})

    found = described(aws, aws.physical_id(stack, "Alarm"))["Metrics"]
    assert [each["Id"] for each in found] == ["rate", "errors", "calls"]
    assert found[0]["Expression"] == "errors / calls"


def test_a_composite_alarm_has_its_rule(aws: "Aws") -> None:
    stack, name = aws.unique("stack"), aws.unique("alarm")
    rule = {"AlarmRule": {"Fn::Sub": 'ALARM("${Alarm}")'}, "AlarmName": name}
    both = {
        **alarm(),
        "Both": {"Type": "AWS::CloudWatch::CompositeAlarm", "Properties": rule},
    }

    assert aws.deploy(stack, both) == "CREATE_COMPLETE"

    found = described(aws, name, "CompositeAlarm")
    assert found["AlarmRule"] == f'ALARM("{aws.physical_id(stack, "Alarm")}")'


def test_fails_on_a_property_of_an_alarm_that_it_does_not_have(aws: "Aws") -> None:
    stack = aws.unique("stack")

    assert aws.deploy(stack, alarm(Treshold=1)) == "ROLLBACK_COMPLETE"

    assert any("Treshold" in reason for _, _, reason in aws.events(stack))


def test_a_dashboard_keeps_its_name_when_its_body_changes(aws: "Aws") -> None:
    stack, cloudwatch = aws.unique("stack"), aws.client("cloudwatch")

    def dashboard(title: str) -> dict[str, Any]:
        body = json.dumps({"widgets": [], "title": title})
        return {
            "Board": {"Type": "AWS::CloudWatch::Dashboard", "Properties": {"DashboardBody": body}}
        }

    aws.deploy(stack, dashboard("old"))
    name = aws.physical_id(stack, "Board")
    aws.deploy(stack, dashboard("new"))

    assert aws.physical_id(stack, "Board") == name
    body = cloudwatch.get_dashboard(DashboardName=name)["DashboardBody"]
    assert json.loads(body)["title"] == "new"


def test_a_log_group_changes_retention_key_and_tags_in_place(aws: "Aws") -> None:
    stack, name, logs = aws.unique("stack"), f"/aws/{aws.unique('group')}", aws.client("logs")

    def group(**properties: Any) -> dict[str, Any]:
        return {
            "Group": {
                "Type": "AWS::Logs::LogGroup",
                "Properties": {"LogGroupName": name, **properties},
            }
        }

    def found() -> dict[str, Any]:
        return dict(logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"][0])

    key = "arn:aws:kms:us-west-2:111111111111:key/a-key"
    aws.deploy(stack, group(RetentionInDays=7, KmsKeyId=key, Tags=[{"Key": "a", "Value": "b"}]))
    assert (found()["retentionInDays"], found()["kmsKeyId"]) == (7, key)
    logs.create_log_stream(logGroupName=name, logStreamName="stays")

    assert aws.deploy(stack, group(RetentionInDays=30)) == "UPDATE_COMPLETE"
    assert found()["retentionInDays"] == 30
    assert "kmsKeyId" not in found()
    assert logs.list_tags_for_resource(resourceArn=found()["logGroupArn"])["tags"] == {}

    assert aws.deploy(stack, group()) == "UPDATE_COMPLETE"
    assert "retentionInDays" not in found()
    assert logs.describe_log_streams(logGroupName=name)["logStreams"]


def test_a_key_changes_policy_description_rotation_and_tags_in_place(aws: "Aws") -> None:
    stack, kms = aws.unique("stack"), aws.client("kms")

    def policy(action: str) -> dict[str, Any]:
        root = "arn:aws:iam::111111111111:root"
        return {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Action": action, "Resource": "*", "Principal": {"AWS": root}}
            ],
        }

    def key(**properties: Any) -> dict[str, Any]:
        return {"Key": {"Type": "AWS::KMS::Key", "Properties": properties}}

    aws.deploy(stack, key(KeyPolicy=policy("kms:*"), Description="old"))
    key_id = aws.physical_id(stack, "Key")

    status = aws.deploy(
        stack,
        key(
            KeyPolicy=policy("kms:Decrypt"),
            Description="new",
            EnableKeyRotation=True,
            Enabled=True,
            Tags=[{"Key": "a", "Value": "b"}],
        ),
    )

    assert status == "UPDATE_COMPLETE"
    assert aws.physical_id(stack, "Key") == key_id
    found = kms.get_key_policy(KeyId=key_id, PolicyName="default")["Policy"]
    assert json.loads(found) == policy("kms:Decrypt")
    assert kms.describe_key(KeyId=key_id)["KeyMetadata"]["Description"] == "new"
    assert kms.get_key_rotation_status(KeyId=key_id)["KeyRotationEnabled"]
    assert kms.list_resource_tags(KeyId=key_id)["Tags"] == [{"TagKey": "a", "TagValue": "b"}]

    aws.client("cloudformation").delete_stack(StackName=stack)
    assert kms.describe_key(KeyId=key_id)["KeyMetadata"]["KeyState"] == "PendingDeletion"


def test_an_alias_points_to_another_key_and_is_never_stolen(aws: "Aws") -> None:
    stack, kms, name = aws.unique("stack"), aws.client("kms"), f"alias/{aws.unique('key')}"

    def resources(key: str) -> dict[str, Any]:
        alias = {"AliasName": name, "TargetKeyId": {"Ref": key}}
        return {
            "One": {"Type": "AWS::KMS::Key"},
            "Two": {"Type": "AWS::KMS::Key"},
            "Alias": {"Type": "AWS::KMS::Alias", "Properties": alias},
        }

    aws.deploy(stack, resources("One"))
    assert aws.deploy(stack, resources("Two")) == "UPDATE_COMPLETE"
    two = aws.physical_id(stack, "Two")
    assert kms.describe_key(KeyId=name)["KeyMetadata"]["KeyId"] == two

    assert aws.deploy(aws.unique("thief"), resources("One")) == "ROLLBACK_COMPLETE"
    assert kms.describe_key(KeyId=name)["KeyMetadata"]["KeyId"] == two

    aws.client("cloudformation").delete_stack(StackName=stack)
    with pytest.raises(ClientError, match="NotFound"):
        kms.describe_key(KeyId=name)
