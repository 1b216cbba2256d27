"""What the role may do for each source of a model: this, and nothing else."""

from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_kms as kms

from cdk_lmi import LmiEndpoint, LmiImage, ModelArtifact
from tests.template.source_stacks import (
    IMAGE,
    MIRROR,
    TARBALL_URL,
    WEIGHTS_URL,
    artifact_of,
    stack_of,
    with_weights,
)
from tests.template.templates import ACCOUNT, container_of, new_stack, resources_of, tutorial

KEY_ARN = f"arn:aws:kms:us-west-2:{ACCOUNT}:key/11111111-1111-1111-1111-111111111111"

PULL_AND_TELL = [
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
        "Resource": f"arn:aws:logs:us-west-2:{ACCOUNT}:log-group:/aws/sagemaker/Endpoints/chat:*",
    },
    {
        "Effect": "Allow",
        "Action": "cloudwatch:PutMetricData",
        "Resource": "*",
        "Condition": {"StringEquals": {"cloudwatch:namespace": "/aws/sagemaker/Endpoints"}},
    },
]


def get_object(bucket_and_key: str) -> dict[str, Any]:
    return {
        "Effect": "Allow",
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{bucket_and_key}",
    }


def list_and_get(bucket: str, prefix: str) -> list[dict[str, Any]]:
    return [
        {
            "Effect": "Allow",
            "Action": "s3:ListBucket",
            "Resource": f"arn:aws:s3:::{bucket}",
            "Condition": {"StringLike": {"s3:prefix": f"{prefix}*"}},
        },
        get_object(f"{bucket}/{prefix}*"),
    ]


def statements_of(stack: cdk.Stack) -> list[Any]:
    """Return the statements of the only role, in the order of the logical ids of its policies."""
    policies = sorted(resources_of(stack, "AWS::IAM::Policy").items())
    return [
        statement
        for _, policy in policies
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
    ]


def policy_ids_of(stack: cdk.Stack) -> set[str]:
    """Return the logical ids of the policies that let something of S3 be read."""
    policies = resources_of(stack, "AWS::IAM::Policy").items()
    return {name for name, policy in policies if "s3:GetObject" in str(policy)}


@pytest.mark.parametrize("kind", ["folder", "hub"])
def test_role_of_a_folder_may_read_its_tarball_alone(tmp_path: Path, kind: str) -> None:
    stack = stack_of(artifact_of(kind, tmp_path / "chat"))

    url = container_of(stack)["ModelDataUrl"]
    assert url.startswith(f"s3://cdk-hnb659fds-assets-{ACCOUNT}-us-west-2/")
    assert statements_of(stack) == [get_object(url.removeprefix("s3://")), *PULL_AND_TELL]


def test_role_of_weights_in_s3_may_read_the_tarball_and_the_prefix(tmp_path: Path) -> None:
    stack = stack_of(artifact_of("s3", tmp_path / "chat"))

    url = container_of(stack)["ModelDataUrl"]
    assert statements_of(stack) == [
        get_object(url.removeprefix("s3://")),
        *PULL_AND_TELL,
        *list_and_get("my-models", "qwen3-8b/"),
    ]


def test_role_of_a_mirror_may_read_its_prefix_alone(tmp_path: Path) -> None:
    artifact = artifact_of("mirror", tmp_path / "chat")

    assert statements_of(stack_of(artifact)) == [
        *list_and_get("my-models", f"mirror/{artifact.content_sha256}/"),
        *PULL_AND_TELL,
    ]


def test_role_of_a_tarball_in_a_bucket_may_read_it_alone(tmp_path: Path) -> None:
    stack = stack_of(artifact_of("tarball", tmp_path))

    assert statements_of(stack) == [
        get_object(TARBALL_URL.removeprefix("s3://")),
        *PULL_AND_TELL,
    ]


@pytest.mark.parametrize("kind", ["mirror", "tarball"])
def test_key_of_what_is_in_s3_already_is_used_through_s3_only(tmp_path: Path, kind: str) -> None:
    stack = new_stack()
    LmiEndpoint(
        stack,
        "Endpoint",
        artifact=artifact_of(kind, tmp_path / "chat"),
        instance_type="ml.g6.12xlarge",
        artifact_kms_key=kms.Key.from_key_arn(stack, "Key", KEY_ARN),
    )

    (statement,) = [each for each in statements_of(stack) if "kms" in str(each["Action"])]
    assert (statement["Action"], statement["Resource"]) == ("kms:Decrypt", KEY_ARN)
    assert "kms:ViaService" in str(statement["Condition"])


def test_key_may_be_named_with_the_source(tmp_path: Path) -> None:
    folder = with_weights(tmp_path / "chat")
    (folder / "artifact.yaml").write_text(
        f"image: {IMAGE}\nsource: {{mirror: {MIRROR.store}, kms_key_arn: '{KEY_ARN}'}}\n"
    )
    statements = statements_of(stack_of(ModelArtifact.from_directory(folder)))

    assert [each["Resource"] for each in statements if each["Action"] == "kms:Decrypt"] == [KEY_ARN]


def test_an_override_gets_a_new_policy_of_the_mirror(tmp_path: Path) -> None:
    folder = with_weights(tmp_path / "chat")
    plain, changed = (
        ModelArtifact.from_directory(folder, source=MIRROR, options=options)
        for options in ({}, {"option.max_model_len": "1024"})
    )

    assert policy_ids_of(stack_of(plain)) == policy_ids_of(stack_of(plain))
    assert policy_ids_of(stack_of(plain)).isdisjoint(policy_ids_of(stack_of(changed)))


def test_another_prefix_of_weights_gets_a_new_policy(tmp_path: Path) -> None:
    artifact = artifact_of("s3", tmp_path / "chat")
    before = policy_ids_of(stack_of(artifact))
    variables = {"OPTION_SPECULATIVE_DRAFT_MODEL": "s3://my-drafts/small/"}
    after = policy_ids_of(stack_of(artifact, environment=variables))

    assert len(before) == len(after) == 2
    # That of the tarball stays.
    assert len(before & after) == 1


def test_another_key_of_a_tarball_gets_a_new_policy() -> None:
    image = LmiImage.from_tag(IMAGE)
    ids = [
        policy_ids_of(stack_of(ModelArtifact.from_tarball(url, image=image)))
        for url in (TARBALL_URL, "s3://my-models/chat/v2/model.tar.gz")
    ]

    assert ids[0].isdisjoint(ids[1])


@pytest.mark.parametrize(
    ("value", "image", "bucket", "prefix"),
    [
        # ModelInfo.java of 0.22.1 and later adds the slash; PyModel.java of 0.20.0 adds `*` alone.
        ("s3://my-models/qwen3-8b", IMAGE, "my-models", "qwen3-8b/"),
        ("s3://my-models/qwen3-8b/*", IMAGE, "my-models", "qwen3-8b/"),
        ("s3://my-models/gpt-j/", "0.20.0-deepspeed0.7.5-cu116", "my-models", "gpt-j/"),
        ("s3://my-models/gpt-j", "0.20.0-deepspeed0.7.5-cu116", "my-models", "gpt-j"),
    ],
)
def test_role_may_list_what_the_version_lists(
    value: str, image: str, bucket: str, prefix: str
) -> None:
    options = {"option.model_id": None, "option.s3url": value}
    stack = stack_of(tutorial(**options), image=LmiImage.from_tag(image))

    found = [each for each in statements_of(stack) if each["Action"] == "s3:ListBucket"]
    assert found == list_and_get(bucket, prefix)[:1]


def test_role_may_list_a_whole_bucket_without_a_condition() -> None:
    stack = stack_of(tutorial(**{"option.model_id": None, "option.s3url": "s3://gpt-j/"}))

    assert [each for each in statements_of(stack) if "gpt-j/*" in str(each["Resource"])]
    (listing,) = [each for each in statements_of(stack) if each["Action"] == "s3:ListBucket"]
    assert "Condition" not in listing


def test_role_may_read_weights_that_a_variable_names(tmp_path: Path) -> None:
    artifact = artifact_of("folder", tmp_path / "chat")
    stack = stack_of(artifact, environment={"HF_MODEL_ID": WEIGHTS_URL})

    assert statements_of(stack)[-2:] == list_and_get("my-models", "qwen3-8b/")
