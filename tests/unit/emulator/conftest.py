"""One embedded AWS in this process, with a host that only pretends to run model servers."""

import functools
import itertools
import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from lmi.local.emulator.listener import listen
from lmi.local.emulator.server import EmbeddedAws
from lmi.local.hosting import (
    Answer,
    EndpointFailed,
    EndpointSpec,
    HostedEndpoint,
    Invocation,
    InvocationFailed,
    StreamingAnswer,
)

IMAGE = "763104351884.dkr.ecr.us-west-2.amazonaws.com/djl-inference:0.36.0-cpu-full"
CAPABLE = ["CAPABILITY_NAMED_IAM"]


@dataclass
class PretendHost:
    """Hosts nothing; fails the endpoints whose model environment says FAIL, waits where told to."""

    running: dict[str, EndpointSpec] = field(default_factory=dict)
    invocations: list[tuple[str, Invocation]] = field(default_factory=list)
    weights: dict[str, dict[str, float]] = field(default_factory=dict)
    failure: InvocationFailed | None = None
    gate: threading.Event = field(default_factory=threading.Event)

    def create(self, spec: EndpointSpec) -> None:
        environment = spec.variants[0].environment
        if "WAIT" in environment:
            assert self.gate.wait(10)
        if "FAIL" in environment:
            raise EndpointFailed(environment["FAIL"])
        self.running[spec.endpoint_name] = spec

    def update(self, spec: EndpointSpec, *, report: Callable[[str], None]) -> None:
        report("Starting the new fleet beside the old")
        for line in spec.rollout:
            report(line)
        self.create(spec)

    def set_weights(self, endpoint_name: str, weights: Mapping[str, float]) -> None:
        self.weights[endpoint_name] = dict(weights)

    def delete(self, endpoint_name: str) -> None:
        self.running.pop(endpoint_name, None)

    def invoke(self, endpoint_name: str, invocation: Invocation) -> Answer:
        self.invocations.append((endpoint_name, invocation))
        if self.failure is not None:
            raise self.failure
        return Answer(
            body=invocation.body[::-1],
            content_type="text/plain",
            invoked_production_variant="AllTraffic",
            custom_attributes=invocation.custom_attributes,
        )

    def invoke_stream(self, endpoint_name: str, invocation: Invocation) -> StreamingAnswer:
        raise AssertionError("a test of streams puts its own here")

    def status(self) -> tuple[HostedEndpoint, ...]:
        return tuple(
            HostedEndpoint(
                endpoint_name=name,
                region=spec.region,
                status="InService (unhosted: needs 4 GPUs)",
                server_version="0.34.0",
                notes=("a note",),
                url=None,
                log=None,
            )
            for name, spec in self.running.items()
        )


@dataclass
class Aws:
    """The embedded AWS as a test sees it."""

    url: str
    host: PretendHost
    client: Callable[..., Any]
    unique: Callable[[str], str]

    def deploy(self, stack: str, resources: dict[str, Any], **template: Any) -> str:
        """Create the stack, or update it if it exists; return the status it ends in."""
        cloudformation = self.client("cloudformation")
        body = json.dumps({"Resources": resources, **template})
        try:
            cloudformation.describe_stacks(StackName=stack)
        except cloudformation.exceptions.ClientError:
            cloudformation.create_stack(StackName=stack, TemplateBody=body, Capabilities=CAPABLE)
        else:
            cloudformation.update_stack(StackName=stack, TemplateBody=body, Capabilities=CAPABLE)
        return self.settled(stack)

    def settled(self, stack: str) -> str:
        """Return the stack's status once it is not in progress."""
        ends = time.monotonic() + 10
        while time.monotonic() < ends:
            found = self.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
            status = str(found["StackStatus"])
            if not status.endswith("IN_PROGRESS"):
                return status
            time.sleep(0.01)
        raise AssertionError(f"{stack} is still in progress")

    def events(self, stack: str) -> list[tuple[str, str, str]]:
        """Return logical id, status and reason of the stack's events, the first one first."""
        found = self.client("cloudformation").describe_stack_events(StackName=stack)["StackEvents"]
        return [
            (
                each["LogicalResourceId"],
                each["ResourceStatus"],
                each.get("ResourceStatusReason", ""),
            )
            for each in reversed(found)
        ]

    def physical_id(self, stack: str, logical_id: str) -> str:
        """Return the physical id of a resource."""
        resources = self.client("cloudformation").describe_stack_resources(
            StackName=stack, LogicalResourceId=logical_id
        )
        return str(resources["StackResources"][0]["PhysicalResourceId"])

    def outputs(self, stack: str) -> dict[str, str]:
        """Return the outputs of the stack."""
        found = self.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
        return {each["OutputKey"]: each["OutputValue"] for each in found.get("Outputs", [])}


def make_role(iam: Any, name: str, readable: str | None) -> str:
    """Create an execution role that may read the S3 ARN *readable*, and return its ARN."""
    trust = {
        "Effect": "Allow",
        "Principal": {"Service": "sagemaker.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]
    if readable is not None:
        allow = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": readable}
        iam.put_role_policy(
            RoleName=name,
            PolicyName="read",
            PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [allow]}),
        )
    return str(role["Arn"])


@pytest.fixture(scope="session")
def embedded_aws() -> Iterator[Aws]:
    import boto3

    host = PretendHost()
    counter = itertools.count(1)
    session = boto3.Session(
        aws_access_key_id="LMIEMBEDDEDAWS000000", aws_secret_access_key="not-a-secret"
    )
    clients: list[Any] = []
    with EmbeddedAws(host=host, listener=listen(0)) as server:

        @functools.cache
        def client(service: str, region: str = "us-west-2") -> Any:
            made = session.client(service, region_name=region, endpoint_url=server.url)
            clients.append(made)
            return made

        make_role(client("iam"), "any", "*")
        client("s3").create_bucket(
            Bucket="bucket", CreateBucketConfiguration={"LocationConstraint": "us-west-2"}
        )
        for key in ("model.tar.gz", "key/model.tar.gz", "source.tar.gz", "prefix/config.json"):
            client("s3").put_object(Bucket="bucket", Key=key, Body=b"")
        yield Aws(
            url=server.url,
            host=host,
            client=client,
            unique=lambda stem: f"{stem}-{next(counter)}",
        )
        for each in clients:
            each.close()


@pytest.fixture
def aws(embedded_aws: Aws) -> Iterator[Aws]:
    """The embedded AWS. Records of earlier tests are in it, so tests use names of their own."""
    embedded_aws.host.gate.clear()
    yield embedded_aws
    embedded_aws.host.gate.set()
    embedded_aws.host.failure = None
    embedded_aws.host.invocations.clear()


@pytest.fixture
def endpoint_resources() -> Callable[..., dict[str, Any]]:
    """Makes the resources of an endpoint."""

    def make(
        endpoint_name: str | None = None,
        *,
        instance_type: str = "ml.g5.12xlarge",
        **environment: str,
    ) -> dict[str, Any]:
        return {
            "Endpoint": {
                "Type": "AWS::SageMaker::Endpoint",
                "Properties": {
                    **({"EndpointName": endpoint_name} if endpoint_name else {}),
                    "EndpointConfigName": {"Fn::GetAtt": ["Config", "EndpointConfigName"]},
                },
            },
            "Config": {
                "Type": "AWS::SageMaker::EndpointConfig",
                "Properties": {
                    "ProductionVariants": [
                        {
                            "VariantName": "AllTraffic",
                            "ModelName": {"Fn::GetAtt": ["Model", "ModelName"]},
                            "InitialInstanceCount": 1,
                            "InitialVariantWeight": 1.0,
                            "InstanceType": instance_type,
                        }
                    ]
                },
            },
            "Model": {
                "Type": "AWS::SageMaker::Model",
                "Properties": {
                    "ExecutionRoleArn": "arn:aws:iam::111111111111:role/any",
                    "PrimaryContainer": {
                        "Image": IMAGE,
                        "ModelDataUrl": "s3://bucket/model.tar.gz",
                        "Environment": environment,
                    },
                },
            },
        }

    return make
