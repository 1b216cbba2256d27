"""An endpoint as others see it: name, ARN, grant, metrics."""

from typing import Protocol

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from constructs import Construct

VARIANT_NAME = "AllTraffic"
"""The only production variant of an endpoint."""

INVOCATIONS = "AWS/SageMaker"
INSTANCES = "/aws/sagemaker/Endpoints"
"""The two namespaces: https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html"""


class ILmiEndpoint(Protocol):
    """A real-time endpoint, made here or elsewhere. Take this where you only call or watch one."""

    @property
    def endpoint_name(self) -> str:
        """The name that InvokeEndpoint takes."""

    @property
    def endpoint_arn(self) -> str:
        """The ARN. SageMaker writes the name in it in lower case."""

    def grant_invoke(self, grantee: iam.IGrantable) -> iam.Grant:
        """Allow *grantee* to invoke the endpoint, streaming included."""

    def metric(
        self,
        metric_name: str,
        *,
        namespace: str = INVOCATIONS,
        statistic: str = "Average",
        period: cdk.Duration | None = None,
    ) -> cloudwatch.Metric:
        """Return any metric of the endpoint's variant."""

    def metric_invocations(self, *, period: cdk.Duration | None = None) -> cloudwatch.Metric:
        """Return the number of requests."""

    def metric_invocation_4xx_errors(
        self, *, period: cdk.Duration | None = None
    ) -> cloudwatch.Metric:
        """Return the number of requests that the container answered with 4xx, 424 included."""

    def metric_invocation_5xx_errors(
        self, *, period: cdk.Duration | None = None
    ) -> cloudwatch.Metric:
        """Return the number of requests that the container answered with 5xx."""

    def metric_model_latency(
        self, *, statistic: str = "Average", period: cdk.Duration | None = None
    ) -> cloudwatch.Metric:
        """Return the time the container took to answer, in microseconds."""

    def metric_overhead_latency(
        self, *, statistic: str = "Average", period: cdk.Duration | None = None
    ) -> cloudwatch.Metric:
        """Return the time that SageMaker added to the container's, in microseconds."""

    def metric_gpu_utilization(self, *, period: cdk.Duration | None = None) -> cloudwatch.Metric:
        """Return how busy the GPUs are, in percent, up to 100 for each GPU of an instance."""

    def metric_gpu_memory_utilization(
        self, *, period: cdk.Duration | None = None
    ) -> cloudwatch.Metric:
        """Return how full GPU memory is, in percent, up to 100 for each GPU of an instance."""


class EndpointReference(Construct):
    """
    An endpoint of which only the name is known. It lies in the account and region of its stack.

    Defines no resources. What LmiEndpoint.from_endpoint_name returns, and what LmiEndpoint extends.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, endpoint_name: str | None = None
    ) -> None:
        """
        Refer to an endpoint.

        Args:
            endpoint_name: Default: made from the path of the construct, unique, in lower case.
        """
        super().__init__(scope, construct_id)
        self._endpoint_name = _unique_name(self) if endpoint_name is None else endpoint_name

    @property
    def endpoint_name(self) -> str:
        """The name that InvokeEndpoint takes."""
        return self._endpoint_name

    @property
    def endpoint_arn(self) -> str:
        """
        The ARN. SageMaker writes the name in it in lower case.

        Built from the name and no reference to the resource, so that an alarm or a policy that the
        endpoint itself depends on can hold it.
        """
        return self._arn(_lower(self.endpoint_name))

    def grant_invoke(self, grantee: iam.IGrantable) -> iam.Grant:
        """
        Allow *grantee* to invoke the endpoint, streaming included.

        A name with capitals is granted in both spellings, as AWS does in its own policies
        (https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AmazonSageMakerCanvasDirectDeployAccess.html).
        """
        spellings = dict.fromkeys((_lower(self.endpoint_name), self.endpoint_name))
        return iam.Grant.add_to_principal(
            grantee=grantee,
            actions=["sagemaker:InvokeEndpoint", "sagemaker:InvokeEndpointWithResponseStream"],
            resource_arns=[self._arn(name) for name in spellings],
        )

    def metric(
        self,
        metric_name: str,
        *,
        namespace: str = INVOCATIONS,
        statistic: str = "Average",
        period: cdk.Duration | None = None,
    ) -> cloudwatch.Metric:
        """
        Return any metric of the endpoint's variant.

        Args:
            metric_name: as CloudWatch writes it, such as ``Invocation5XXErrors``.
            namespace: ``AWS/SageMaker`` for invocations, ``/aws/sagemaker/Endpoints`` for
                instances. Default: invocations.
            statistic: Default: the average.
            period: Default: five minutes.
        """
        return cloudwatch.Metric(
            namespace=namespace,
            metric_name=metric_name,
            dimensions_map={"EndpointName": self.endpoint_name, "VariantName": VARIANT_NAME},
            statistic=statistic,
            period=period,
        )

    def metric_invocations(self, *, period: cdk.Duration | None = None) -> cloudwatch.Metric:
        """Return the number of requests."""
        return self.metric("Invocations", statistic="Sum", period=period)

    def metric_invocation_4xx_errors(
        self, *, period: cdk.Duration | None = None
    ) -> cloudwatch.Metric:
        """Return the number of requests that the container answered with 4xx, 424 included."""
        return self.metric("Invocation4XXErrors", statistic="Sum", period=period)

    def metric_invocation_5xx_errors(
        self, *, period: cdk.Duration | None = None
    ) -> cloudwatch.Metric:
        """Return the number of requests that the container answered with 5xx."""
        return self.metric("Invocation5XXErrors", statistic="Sum", period=period)

    def metric_model_latency(
        self, *, statistic: str = "Average", period: cdk.Duration | None = None
    ) -> cloudwatch.Metric:
        """Return the time the container took to answer, in microseconds."""
        return self.metric("ModelLatency", statistic=statistic, period=period)

    def metric_overhead_latency(
        self, *, statistic: str = "Average", period: cdk.Duration | None = None
    ) -> cloudwatch.Metric:
        """Return the time that SageMaker added to the container's, in microseconds."""
        return self.metric("OverheadLatency", statistic=statistic, period=period)

    def metric_gpu_utilization(self, *, period: cdk.Duration | None = None) -> cloudwatch.Metric:
        """Return how busy the GPUs are, in percent, up to 100 for each GPU of an instance."""
        return self.metric("GPUUtilization", namespace=INSTANCES, period=period)

    def metric_gpu_memory_utilization(
        self, *, period: cdk.Duration | None = None
    ) -> cloudwatch.Metric:
        """Return how full GPU memory is, in percent, up to 100 for each GPU of an instance."""
        return self.metric("GPUMemoryUtilization", namespace=INSTANCES, period=period)

    def _arn(self, name: str) -> str:
        stack = cdk.Stack.of(self)
        return f"arn:{stack.partition}:sagemaker:{stack.region}:{stack.account}:endpoint/{name}"


def _unique_name(scope: Construct) -> str:
    name = cdk.Names.unique_resource_name(
        scope, max_length=63, separator="-", allowed_special_characters="-"
    )
    return name.lower().strip("-")


def _lower(name: str) -> str:
    # A token is a placeholder with capitals of its own; what it stands for cannot be changed here.
    return name if cdk.Token.is_unresolved(name) else name.lower()
