"""The role that SageMaker takes on to host an endpoint."""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct


class LmiExecutionRole(iam.Role):
    """
    A role that only SageMaker of this account and region can take on.

    It comes without permissions: each LmiEndpoint adds what it needs, as policies of their own, to
    whatever role it is given.

    Both conditions are what AWS documents against the confused deputy. For inference the source is
    ``arn:PARTITION:sagemaker:REGION:ACCOUNT:*`` and may not name an endpoint
    (https://docs.aws.amazon.com/sagemaker/latest/dg/security-confused-deputy-prevention.html).
    """

    def __init__(self, scope: Construct, construct_id: str) -> None:
        stack = cdk.Stack.of(scope)
        source_arn = f"arn:{stack.partition}:sagemaker:{stack.region}:{stack.account}:*"
        super().__init__(
            scope,
            construct_id,
            assumed_by=iam.ServicePrincipal(
                "sagemaker.amazonaws.com",
                conditions={
                    "StringEquals": {"aws:SourceAccount": stack.account},
                    "ArnLike": {"aws:SourceArn": source_arn},
                },
            ),
        )
