from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk.assertions import Template

from cdk_lmi import LmiEndpoint, ModelArtifact
from tests.template.templates import (
    ACCOUNT,
    new_app,
    new_stack,
    properties_of,
    resources_of,
    stack_with_endpoint,
    tutorial,
    write_artifact,
)

KEY_ARN = f"arn:aws:kms:us-west-2:{ACCOUNT}:key/11111111-1111-1111-1111-111111111111"


def statements_of(stack: cdk.Stack) -> list[Any]:
    """Return the statements of all policies of the only role, in the order of the logical ids."""
    (role_id,) = resources_of(stack, "AWS::IAM::Role")
    policies = sorted(resources_of(stack, "AWS::IAM::Policy").items())
    assert all(policy["Properties"]["Roles"] == [{"Ref": role_id}] for _, policy in policies)
    return [
        statement
        for _, policy in policies
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
    ]


def policy_ids_of(stack: cdk.Stack, action: str) -> list[str]:
    """Return the logical ids of the policies that allow *action*."""
    policies = resources_of(stack, "AWS::IAM::Policy").items()
    return [
        logical_id
        for logical_id, policy in policies
        if action in str(policy["Properties"]["PolicyDocument"])
    ]


def test_role_of_the_tutorial_may_do_exactly_this() -> None:
    stack = new_stack()
    endpoint = LmiEndpoint(
        stack,
        "Endpoint",
        artifact=tutorial(),
        instance_type="ml.g5.12xlarge",
        endpoint_name="gpt-j",
    )

    url = properties_of(stack, "AWS::SageMaker::Model")["PrimaryContainer"]["ModelDataUrl"]
    assert url.startswith(f"s3://cdk-hnb659fds-assets-{ACCOUNT}-us-west-2/")
    assert statements_of(stack) == [
        {
            "Effect": "Allow",
            "Action": "s3:GetObject",
            "Resource": f"arn:aws:s3:::{url.removeprefix('s3://')}",
        },
        {
            "Effect": "Allow",
            "Action": [
                "ecr:BatchCheckLayerAvailability",
                "ecr:BatchGetImage",
                "ecr:GetDownloadUrlForLayer",
            ],
            "Resource": "arn:aws:ecr:us-west-2:763104351884:repository/djl-inference",
        },
        {"Effect": "Allow", "Action": "ecr:GetAuthorizationToken", "Resource": "*"},
        {
            "Effect": "Allow",
            "Action": [
                "logs:CreateLogGroup",
                "logs:CreateLogStream",
                "logs:DescribeLogStreams",
                "logs:PutLogEvents",
            ],
            "Resource": (
                f"arn:aws:logs:us-west-2:{ACCOUNT}:log-group:/aws/sagemaker/Endpoints/gpt-j:*"
            ),
        },
        {
            "Effect": "Allow",
            "Action": "cloudwatch:PutMetricData",
            "Resource": "*",
            "Condition": {"StringEquals": {"cloudwatch:namespace": "/aws/sagemaker/Endpoints"}},
        },
    ]
    role = properties_of(stack, "AWS::IAM::Role")
    assert role.keys() == {"AssumeRolePolicyDocument"}
    assert role["AssumeRolePolicyDocument"]["Statement"] == [
        {
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Principal": {"Service": "sagemaker.amazonaws.com"},
            "Condition": {
                "StringEquals": {"aws:SourceAccount": ACCOUNT},
                "ArnLike": {"aws:SourceArn": f"arn:aws:sagemaker:us-west-2:{ACCOUNT}:*"},
            },
        }
    ]
    assert isinstance(endpoint.role, iam.Role)


def test_key_of_the_bucket_is_used_through_s3_only(artifact: ModelArtifact) -> None:
    stack = new_stack()
    stack_with_endpoint(
        artifact, artifact_kms_key=kms.Key.from_key_arn(stack, "Key", KEY_ARN), stack=stack
    )

    assert [each for each in statements_of(stack) if "kms" in str(each["Action"])] == [
        {
            "Effect": "Allow",
            "Action": "kms:Decrypt",
            "Resource": KEY_ARN,
            "Condition": {
                "StringEquals": {
                    "kms:ViaService": {
                        "Fn::Join": ["", ["s3.us-west-2.", {"Ref": "AWS::URLSuffix"}]]
                    }
                }
            },
        }
    ]


def test_new_content_gets_a_new_policy_and_keeps_the_endpoint(
    artifact: ModelArtifact, tmp_path: Path
) -> None:
    changed = write_artifact(tmp_path / "other" / "tiny", handler="def handle(i):\n    return 1\n")
    before = stack_with_endpoint(artifact)
    after = stack_with_endpoint(ModelArtifact.from_directory(changed))

    (read_before,) = policy_ids_of(before, "s3:GetObject")
    (read_after,) = policy_ids_of(after, "s3:GetObject")
    assert read_before != read_after
    for stack, read in ((before, read_before), (after, read_after)):
        key = str(statements_of(stack)[0]["Resource"]).rpartition("/")[2]
        assert key[:16] in read
    assert list(resources_of(before, "AWS::SageMaker::Endpoint")) == list(
        resources_of(after, "AWS::SageMaker::Endpoint")
    )
    assert policy_ids_of(before, "ecr:BatchGetImage") == policy_ids_of(after, "ecr:BatchGetImage")


def test_new_name_gets_a_new_policy_for_its_logs(artifact: ModelArtifact) -> None:
    stacks = [
        stack_with_endpoint(artifact, endpoint_name=name) for name in ("chat", "chat-2", "chat")
    ]

    ids = [policy_ids_of(stack, "logs:PutLogEvents") for stack in stacks]
    assert ids[0] != ids[1]
    assert ids[0] == ids[2]


def test_name_that_is_a_token_gives_the_same_policy_each_time(artifact: ModelArtifact) -> None:
    ids = set()
    for unrelated_tokens in (0, 3):
        stack = new_stack()
        for number in range(unrelated_tokens):
            assert cdk.CfnParameter(stack, f"Unrelated{number}").value_as_string
        stack_with_endpoint(
            artifact, endpoint_name=cdk.CfnParameter(stack, "Name").value_as_string, stack=stack
        )
        ids.update(policy_ids_of(stack, "logs:PutLogEvents"))

    assert len(ids) == 1


def test_new_key_gets_a_new_policy(artifact: ModelArtifact) -> None:
    ids = set()
    for key_arn in (KEY_ARN, KEY_ARN.replace("key/1", "key/2")):
        stack = new_stack()
        stack_with_endpoint(
            artifact, artifact_kms_key=kms.Key.from_key_arn(stack, "Key", key_arn), stack=stack
        )
        ids.update(policy_ids_of(stack, "s3:GetObject"))

    assert len(ids) == 2


def test_key_of_the_same_stack_gives_the_same_policy_each_time(artifact: ModelArtifact) -> None:
    ids = set()
    for unrelated_tokens in (0, 3):
        stack = new_stack()
        for number in range(unrelated_tokens):
            # A token that takes a number, which then is not the key's.
            assert cdk.CfnParameter(stack, f"Unrelated{number}").value_as_string
        stack_with_endpoint(artifact, artifact_kms_key=kms.Key(stack, "Key"), stack=stack)
        ids.update(policy_ids_of(stack, "s3:GetObject"))

    assert len(ids) == 1


def test_model_waits_for_every_policy(artifact: ModelArtifact) -> None:
    stack = stack_with_endpoint(artifact)

    (model,) = resources_of(stack, "AWS::SageMaker::Model").values()
    assert set(model["DependsOn"]) >= set(resources_of(stack, "AWS::IAM::Policy"))


@pytest.mark.parametrize(
    ("region", "partition", "suffix"),
    [
        ("cn-north-1", "aws-cn", "amazonaws.com.cn"),
        ("us-gov-west-1", "aws-us-gov", "amazonaws.com"),
    ],
)
def test_other_partitions_have_their_own_arns_and_hosts(
    artifact: ModelArtifact, region: str, partition: str, suffix: str
) -> None:
    stack = stack_with_endpoint(
        artifact, instance_type="ml.g4dn.xlarge", stack=new_stack(region=region)
    )

    text = str(Template.from_stack(stack).to_json()["Resources"])
    assert "arn:aws:" not in text
    assert f"arn:{partition}:s3:::cdk-hnb659fds-assets-{ACCOUNT}-{region}/" in text
    assert f"arn:{partition}:sagemaker:{region}:{ACCOUNT}:*" in text
    assert f".dkr.ecr.{region}.{suffix}/djl-inference:" in text


def test_nothing_names_an_account_where_none_is_known(artifact: ModelArtifact) -> None:
    stack = stack_with_endpoint(artifact, stack=new_stack(region=None, account=None))

    role = properties_of(stack, "AWS::IAM::Role")["AssumeRolePolicyDocument"]["Statement"][0]
    assert role["Condition"]["StringEquals"] == {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
    assert ACCOUNT not in str(Template.from_stack(stack).to_json())


def test_invoking_is_granted_streaming_included(artifact: ModelArtifact) -> None:
    stack = cdk.Stack(new_app(), "Caller", env=cdk.Environment(account=ACCOUNT, region="us-west-2"))
    caller = iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    LmiEndpoint.from_endpoint_name(stack, "Chat", "Prod-Chat").grant_invoke(caller)

    assert statements_of(stack) == [
        {
            "Effect": "Allow",
            "Action": ["sagemaker:InvokeEndpoint", "sagemaker:InvokeEndpointWithResponseStream"],
            "Resource": [
                f"arn:aws:sagemaker:us-west-2:{ACCOUNT}:endpoint/Prod-Chat",
                f"arn:aws:sagemaker:us-west-2:{ACCOUNT}:endpoint/prod-chat",
            ],
        }
    ]


def test_metrics_are_those_of_the_variant() -> None:
    stack = new_stack()
    endpoint = LmiEndpoint.from_endpoint_name(stack, "Chat", "prod-chat")

    latency = endpoint.metric_model_latency(statistic="p99")
    assert (latency.namespace, latency.metric_name) == ("AWS/SageMaker", "ModelLatency")
    assert latency.dimensions == {"EndpointName": "prod-chat", "VariantName": "AllTraffic"}
    assert latency.statistic == "p99"
    assert endpoint.metric_invocations().statistic == "Sum"
    assert endpoint.metric_gpu_utilization().namespace == "/aws/sagemaker/Endpoints"
