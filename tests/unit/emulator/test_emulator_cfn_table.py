"""
Changes of templates against CloudFormation's provider schemas: what the emulator did (nothing, in
place, replaced) is what the schema's createOnlyProperties say.
"""

import json
from typing import TYPE_CHECKING, Any

import pytest
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER  # type: ignore[import-untyped]

if TYPE_CHECKING:
    from tests.unit.emulator.conftest import Aws

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "sagemaker.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}
IMAGE = "763104351884.dkr.ecr.us-west-2.amazonaws.com/djl-inference:0.36.0-cpu-full"
TAGS = [{"Key": "team", "Value": "a"}]
OTHER_TAGS = [{"Key": "team", "Value": "b"}]


def allow(action: str) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": action, "Resource": "*"}
    return {"Version": "2012-10-17", "Statement": [statement]}


def container(**more: Any) -> dict[str, Any]:
    return {"Image": IMAGE, "ModelDataUrl": "s3://bucket/model.tar.gz", **more}


def variant(**more: Any) -> dict[str, Any]:
    return {
        "VariantName": "A",
        "ModelName": {"Fn::GetAtt": ["Model", "ModelName"]},
        "InitialInstanceCount": 1,
        "InitialVariantWeight": 1.0,
        "InstanceType": "ml.g5.12xlarge",
        **more,
    }


ROLE = "AWS::IAM::Role"
POLICY = "AWS::IAM::Policy"
MODEL = "AWS::SageMaker::Model"
CONFIG = "AWS::SageMaker::EndpointConfig"
ENDPOINT = "AWS::SageMaker::Endpoint"
ALARM = "AWS::CloudWatch::Alarm"
DASHBOARD = "AWS::CloudWatch::Dashboard"
TARGET = "AWS::ApplicationAutoScaling::ScalableTarget"
SCALING = "AWS::ApplicationAutoScaling::ScalingPolicy"
GROUP = "AWS::Logs::LogGroup"
KEY = "AWS::KMS::Key"
TOPIC = "AWS::SNS::Topic"
PARAMETER = "AWS::SSM::Parameter"
BUCKET = "AWS::S3::Bucket"

ANY_ROLE = "arn:aws:iam::111111111111:role/any"
DIMENSION = "sagemaker:variant:DesiredInstanceCount"
NEEDED: dict[str, dict[str, Any]] = {
    "Model": {
        "Type": MODEL,
        "Properties": {"ExecutionRoleArn": ANY_ROLE, "PrimaryContainer": container()},
    },
    "Config": {"Type": CONFIG, "Properties": {"ProductionVariants": [variant()]}},
    "Config2": {"Type": CONFIG, "Properties": {"ProductionVariants": [variant()]}},
    "Endpoint": {
        "Type": ENDPOINT,
        "Properties": {
            "EndpointName": "NAME-a",
            "EndpointConfigName": {"Fn::GetAtt": ["Config", "EndpointConfigName"]},
        },
    },
    "Target": {
        "Type": TARGET,
        "DependsOn": "Endpoint",
        "Properties": {
            "ServiceNamespace": "sagemaker",
            "ScalableDimension": DIMENSION,
            "ResourceId": "endpoint/NAME-a/variant/A",
            "MinCapacity": 1,
            "MaxCapacity": 2,
            "RoleARN": ANY_ROLE,
        },
    },
}
"""What the resource under test may refer to, and is created with it where it does."""

BASE: dict[str, dict[str, Any]] = {
    ROLE: {"AssumeRolePolicyDocument": TRUST},
    POLICY: {"PolicyName": "p", "PolicyDocument": allow("s3:GetObject"), "Roles": ["any"]},
    MODEL: NEEDED["Model"]["Properties"],
    CONFIG: {"ProductionVariants": [variant()]},
    ENDPOINT: NEEDED["Endpoint"]["Properties"],
    ALARM: {
        "ComparisonOperator": "GreaterThanThreshold",
        "EvaluationPeriods": 1,
        "MetricName": "ModelLatency",
        "Namespace": "AWS/SageMaker",
        "Period": 60,
        "Statistic": "Average",
        "Threshold": 1,
    },
    DASHBOARD: {"DashboardBody": '{"widgets": []}'},
    TARGET: NEEDED["Target"]["Properties"],
    SCALING: {
        "PolicyName": "p",
        "PolicyType": "TargetTrackingScaling",
        "ScalingTargetId": {"Ref": "Target"},
        "TargetTrackingScalingPolicyConfiguration": {
            "TargetValue": 10,
            "PredefinedMetricSpecification": {
                "PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"
            },
        },
    },
    GROUP: {"RetentionInDays": 7},
    KEY: {"Description": "one"},
    TOPIC: {"DisplayName": "one"},
    PARAMETER: {"Type": "String", "Value": "one"},
    BUCKET: {},
}
NEEDS = {
    CONFIG: ("Model",),
    ENDPOINT: ("Model", "Config", "Config2"),
    TARGET: ("Model", "Config", "Endpoint"),
    SCALING: ("Model", "Config", "Endpoint", "Target"),
}

CHANGES: list[tuple[str, dict[str, Any]]] = [
    (ROLE, {"Description": "other"}),
    (ROLE, {"MaxSessionDuration": 7200}),
    (ROLE, {"Path": "/other/"}),
    (ROLE, {"RoleName": "NAME-role"}),
    (ROLE, {"Policies": [{"PolicyName": "p", "PolicyDocument": allow("s3:GetObject")}]}),
    (ROLE, {"Tags": TAGS}),
    (POLICY, {"PolicyDocument": allow("s3:PutObject")}),
    (POLICY, {"PolicyName": "q"}),
    (MODEL, {"PrimaryContainer": container(Environment={"A": "b"})}),
    (MODEL, {"ModelName": "NAME-model"}),
    (MODEL, {"EnableNetworkIsolation": True}),
    (MODEL, {"Tags": OTHER_TAGS}),
    (CONFIG, {"ProductionVariants": [variant(InitialInstanceCount=2)]}),
    (CONFIG, {"EndpointConfigName": "NAME-config"}),
    (CONFIG, {"Tags": TAGS}),
    (ENDPOINT, {"EndpointName": "NAME-b"}),
    (ENDPOINT, {"EndpointConfigName": {"Fn::GetAtt": ["Config2", "EndpointConfigName"]}}),
    (ENDPOINT, {"Tags": TAGS}),
    (ALARM, {"AlarmName": "NAME-alarm"}),
    (ALARM, {"Threshold": 2}),
    (ALARM, {"AlarmDescription": "other"}),
    (DASHBOARD, {"DashboardBody": '{"widgets": [], "start": "-PT6H"}'}),
    (DASHBOARD, {"DashboardName": "NAME-dashboard"}),
    (TARGET, {"MaxCapacity": 4}),
    (TARGET, {"MinCapacity": 0}),
    (SCALING, {"PolicyName": "q"}),
    (GROUP, {"LogGroupName": "NAME-group"}),
    (GROUP, {"RetentionInDays": 30}),
    (KEY, {"Description": "two"}),
    (KEY, {"EnableKeyRotation": True}),
    (TOPIC, {"DisplayName": "two"}),
    (TOPIC, {"TopicName": "NAME-topic"}),
    (PARAMETER, {"Value": "two"}),
    (PARAMETER, {"Name": "/NAME/other"}),
    (PARAMETER, {"Description": "other"}),
    (BUCKET, {"BucketName": "NAME-bucket"}),
    (BUCKET, {"VersioningConfiguration": {"Status": "Enabled"}}),
    (BUCKET, {"Tags": TAGS}),
    *((kind, {}) for kind in BASE),
]


def schema_says(kind: str, change: dict[str, Any]) -> str:
    if not change:
        return "nothing"
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", kind).schema
    create_only = {each.split("/")[2] for each in schema.get("createOnlyProperties", [])}
    return "replaced" if create_only & change.keys() else "in place"


def named(kind: str, change: dict[str, Any]) -> str:
    return f"{kind.removeprefix('AWS::')} {', '.join(change) or 'unchanged'}"


@pytest.mark.parametrize(("kind", "change"), CHANGES, ids=[named(*each) for each in CHANGES])
def test_a_change_does_what_the_provider_schema_says(
    aws: "Aws", kind: str, change: dict[str, Any]
) -> None:
    stack = aws.unique("table")
    needed = {name: NEEDED[name] for name in NEEDS.get(kind, ())}

    def deploy(properties: dict[str, Any], number: str) -> str:
        it = {"Type": kind, "Properties": properties}
        if kind == TARGET:
            it["DependsOn"] = "Endpoint"
        text = json.dumps({**needed, "It": it}).replace("NAME", stack)
        return aws.deploy(stack, json.loads(text), Outputs={"Number": {"Value": number}})

    assert deploy(BASE[kind], "one") == "CREATE_COMPLETE", aws.events(stack)
    before = aws.physical_id(stack, "It")
    seen = len(aws.events(stack))

    assert deploy({**BASE[kind], **change}, "two") == "UPDATE_COMPLETE", aws.events(stack)

    steps = [each[1] for each in aws.events(stack)[seen:] if each[0] == "It"]
    is_replaced = aws.physical_id(stack, "It") != before
    assert is_replaced == ("DELETE_COMPLETE" in steps)
    did = "replaced" if is_replaced else "in place" if "UPDATE_COMPLETE" in steps else "nothing"
    assert did == schema_says(kind, change)
