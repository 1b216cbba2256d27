"""What an execution role must be allowed to do for one endpoint, and nothing else."""

from collections.abc import Sequence
from hashlib import sha256

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct, IConstruct

from cdk_lmi.image import LmiImage, PlacedImage
from cdk_lmi.model_data import S3Location, StagedArtifact, StagedPrefix

METRIC_NAMESPACE = "/aws/sagemaker/Endpoints"
"""
Where SageMaker writes the metrics of an endpoint's instances
(https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html). Those of invocations,
in AWS/SageMaker, come from the service itself, to which such namespaces belong
(https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html).
"""


class HostingPermissions(Construct):
    """
    Policies for the execution role: read the model data, and the weights that the container reads
    itself if there are any; pull the image; write logs and metrics.

    The actions are those that AWS lists for CreateModel
    (https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html), narrowed to this one
    object or prefix, repository and endpoint.

    What a deployment can swap is in the logical id of its policy. CloudFormation then makes the new
    policy before it deletes the old one, so that while it updates the endpoint, scales it out or
    rolls it back, old and new model data can be read. A new endpoint name replaces the endpoint:
    the old one writes its logs until it is deleted.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        role: iam.IRole,
        endpoint_name: str,
        model_data: StagedArtifact | StagedPrefix,
        image: LmiImage,
        placed_image: PlacedImage,
        artifact_kms_key: kms.IKey | None,
        weights: Sequence[S3Location] = (),
    ) -> None:
        super().__init__(scope, construct_id)
        stack = cdk.Stack.of(self)
        read = iam.Policy(
            self,
            f"Artifact{_identity(model_data, artifact_kms_key)}",
            statements=_read_model_data(stack, model_data, artifact_kms_key),
        )
        pull = iam.Policy(
            self,
            f"Repository{_digest16(image.image.repository)}",
            statements=_pull(placed_image),
        )
        logs_arn = (
            f"arn:{stack.partition}:logs:{stack.region}:{stack.account}"
            f":log-group:/aws/sagemaker/Endpoints/{endpoint_name}:*"
        )
        telemetry = iam.Policy(
            self,
            f"Telemetry{_digest16(_literal_or_id(endpoint_name, self))}",
            statements=_write_telemetry(logs_arn),
        )
        policies = [read, pull, telemetry]
        if weights:
            policies.append(self._read_weights(weights))
        for policy in policies:
            # The role's own method, because a role that is not to be changed leaves it undone.
            role.attach_inline_policy(policy)
        if isinstance(model_data, StagedPrefix):
            _acknowledge_objects(read, _location_of(model_data))
        _acknowledge(pull, "*", "ecr:GetAuthorizationToken knows no resources")
        _acknowledge(
            telemetry, "*", f"cloudwatch:PutMetricData knows no resources; {METRIC_NAMESPACE} only"
        )
        _acknowledge(
            telemetry, _flattened(stack.resolve(logs_arn)), "the log streams of this endpoint"
        )

    def _read_weights(self, weights: Sequence[S3Location]) -> iam.Policy:
        stack = cdk.Stack.of(self)
        places = "\n".join(f"{each.bucket_name}/{each.prefix}" for each in weights)
        policy = iam.Policy(
            self,
            f"Weights{_digest16(places)}",
            statements=[statement for each in weights for statement in _read_prefix(stack, each)],
        )
        for each in weights:
            _acknowledge_objects(policy, each)
        return policy


def _read_model_data(
    stack: cdk.Stack, model_data: StagedArtifact | StagedPrefix, key: kms.IKey | None
) -> list[iam.PolicyStatement]:
    if isinstance(model_data, StagedPrefix):
        statements = _read_prefix(stack, _location_of(model_data))
    else:
        object_arn = f"arn:{stack.partition}:s3:::{model_data.bucket_name}/{model_data.object_key}"
        statements = [iam.PolicyStatement(actions=["s3:GetObject"], resources=[object_arn])]
    if key is not None:
        via_s3 = {"kms:ViaService": f"s3.{stack.region}.{stack.url_suffix}"}
        statements.append(
            iam.PolicyStatement(
                actions=["kms:Decrypt"],
                resources=[key.key_arn],
                conditions={"StringEquals": via_s3},
            )
        )
    return statements


def _location_of(model_data: StagedPrefix) -> S3Location:
    return S3Location(bucket_name=model_data.bucket_name, prefix=model_data.prefix)


def _read_prefix(stack: cdk.Stack, location: S3Location) -> list[iam.PolicyStatement]:
    """Return what lists and reads the objects at *location* and no others of the bucket."""
    bucket_arn = f"arn:{stack.partition}:s3:::{location.bucket_name}"
    within = {"StringLike": {"s3:prefix": f"{location.prefix}*"}}
    return [
        iam.PolicyStatement(
            actions=["s3:ListBucket"],
            resources=[bucket_arn],
            # A listing of the whole bucket need not name a prefix.
            conditions=within if location.prefix else None,
        ),
        iam.PolicyStatement(
            actions=["s3:GetObject"], resources=[f"{bucket_arn}/{location.prefix}*"]
        ),
    ]


def _pull(image: PlacedImage) -> list[iam.PolicyStatement]:
    return [
        iam.PolicyStatement(
            actions=[
                "ecr:BatchCheckLayerAvailability",
                "ecr:BatchGetImage",
                "ecr:GetDownloadUrlForLayer",
            ],
            resources=[image.repository_arn],
        ),
        iam.PolicyStatement(actions=["ecr:GetAuthorizationToken"], resources=["*"]),
    ]


def _write_telemetry(logs_arn: str) -> list[iam.PolicyStatement]:
    return [
        iam.PolicyStatement(
            actions=[
                "logs:CreateLogGroup",
                "logs:CreateLogStream",
                "logs:DescribeLogStreams",
                "logs:PutLogEvents",
            ],
            resources=[logs_arn],
        ),
        iam.PolicyStatement(
            actions=["cloudwatch:PutMetricData"],
            resources=["*"],
            conditions={"StringEquals": {"cloudwatch:namespace": METRIC_NAMESPACE}},
        ),
    ]


def _identity(model_data: StagedArtifact | StagedPrefix, key: kms.IKey | None) -> str:
    if key is None:
        return model_data.digest[:16]
    return _digest16(f"{model_data.digest}\n{_literal_or_id(key.key_arn, key)}")


def _literal_or_id(value: str, construct: IConstruct) -> str:
    # What is known at deployment only is a token here, and tokens differ from run to run.
    unresolved = cdk.Token.is_unresolved(value)
    return cdk.Names.node_unique_id(construct.node) if unresolved else value


def _digest16(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:16]


def _acknowledge(policy: iam.Policy, resource: str, reason: str) -> None:
    """Tell cdk-nag (if it is in use) that this wildcard is meant."""
    finding = cdk.Acknowledgment(id=f"AwsSolutions-IAM5[Resource::{resource}]", reason=reason)
    cdk.Validations.of(policy).acknowledge(finding)


def _acknowledge_objects(policy: iam.Policy, location: S3Location) -> None:
    stack = cdk.Stack.of(policy)
    arn = f"arn:{stack.partition}:s3:::{location.bucket_name}/{location.prefix}*"
    _acknowledge(policy, _flattened(stack.resolve(arn)), "the files of this one model")


def _flattened(value: object) -> str:
    """Return a resolved ARN as cdk-nag 3.0.2 (flatten-cfn-reference.js) writes it in a finding."""
    match value:
        case {"Fn::Join": [str(delimiter), [*items]]}:
            return delimiter.join(_flattened(item) for item in items)
        case {"Ref": str(name)}:
            return f"<{name}>"
        case _:
            return str(value)
