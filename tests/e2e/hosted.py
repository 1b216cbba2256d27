"""An embedded AWS with endpoints whose handler does what the test says, step by step."""

import io
import json
import socket
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from lmi import local
from lmi.catalog import image
from lmi.local import Running
from tests.e2e.model_servers import HOME
from tests.e2e.project import REGION

PATIENCE_SECONDS = 60
HANDLER = """
import os, socket
from djl_python import Output

def handle(inputs):
    if inputs.is_empty():
        return None
    name, body = os.environ["TEST_NAME"], inputs.get_as_bytes()
    if body == b"name":
        return Output().add(name)
    test = socket.create_connection(("127.0.0.1", int(os.environ["TEST_PORT"])))
    test.sendall(body + b"\\n")
    orders = test.makefile("r")
    if body.startswith(b"stream"):
        return Output().add_stream_content(parts(orders, name), output_formatter=None)
    orders.read()
    return Output().add(body)

def parts(orders, name):
    for line in orders:
        order, _, text = line.rstrip("\\n").partition(" ")
        if order == "raise":
            raise ValueError(text)
        if order == "exit":
            os._exit(1)
        yield text
    yield name
"""
"""
`name` answers which model it is. Anything else asks the test: it connects, sends its body, and
answers it when the test closes; of `stream`, each line `part TEXT` is a part of the answer, and the
name of the model is the last one.
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Orders:
    """What the test tells one call of the handler."""

    body: bytes
    connection: socket.socket

    def give(self, order: str) -> None:
        """Let the handler take one step."""
        self.connection.sendall(f"{order}\n".encode())

    def finish(self) -> None:
        """Let the handler answer, or end its stream."""
        self.connection.close()


@dataclass(frozen=True, kw_only=True, slots=True)
class Hosted:
    """An embedded AWS, and the handlers of its endpoints."""

    running: Running
    handlers: socket.socket
    opened: list[Any] = field(default_factory=list)

    def client(self, service: str) -> Any:
        """Return a client that never tries again."""
        variables = local.client_environment(self.running)
        made = boto3.Session().client(
            service,
            region_name=REGION,
            endpoint_url=self.running.url,
            aws_access_key_id=variables["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=variables["AWS_SECRET_ACCESS_KEY"],
            config=Config(retries={"total_max_attempts": 1}),
        )
        self.opened.append(made)
        return made

    def called(self) -> Orders:
        """Return the next call of a handler that asks what to do."""
        connection, _ = self.handlers.accept()
        self.opened.append(connection)
        connection.settimeout(PATIENCE_SECONDS)
        with connection.makefile("rb") as reader:
            body = reader.readline().rstrip(b"\n")
        return Orders(body=body, connection=connection)

    def create(self, name: str, properties: str = "", **environment: str) -> None:
        """Return when the endpoint *name* is in service, with the model of that name."""
        self.configure(name, properties, **environment)
        sagemaker = self.client("sagemaker")
        sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
        sagemaker.get_waiter("endpoint_in_service").wait(
            EndpointName=name, WaiterConfig={"Delay": 1, "MaxAttempts": PATIENCE_SECONDS}
        )

    def configure(self, name: str, properties: str = "", **environment: str) -> None:
        """Make the model *name* and an endpoint configuration of it."""
        tarball = _tarball(
            {"model.py": HANDLER, "serving.properties": f"engine=Python\n{properties}"}
        )
        self.client("s3").put_object(Bucket="models", Key=f"{name}.tar.gz", Body=tarball)
        sagemaker = self.client("sagemaker")
        sagemaker.create_model(
            ModelName=name,
            ExecutionRoleArn=self.client("iam").get_role(RoleName="hosting")["Role"]["Arn"],
            PrimaryContainer={
                "Image": image("0.36.0-cpu-full").uri(REGION),
                "ModelDataUrl": f"s3://models/{name}.tar.gz",
                "Environment": {
                    "TEST_NAME": name,
                    "TEST_PORT": str(self.handlers.getsockname()[1]),
                    **environment,
                },
            },
        )
        variant = {
            "VariantName": "AllTraffic",
            "ModelName": name,
            "InitialInstanceCount": 1,
            "InstanceType": "ml.c6i.2xlarge",
        }
        sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])

    def invoke(self, name: str, body: bytes) -> bytes:
        """Return the answer of the endpoint *name*."""
        answer = self.client("sagemaker-runtime").invoke_endpoint(EndpointName=name, Body=body)
        read: bytes = answer["Body"].read()
        return read

    def stream(self, name: str) -> Iterator[bytes]:
        """Begin a streaming invocation, and return its parts as they come."""
        answer = self.client("sagemaker-runtime").invoke_endpoint_with_response_stream(
            EndpointName=name, Body=b"stream"
        )
        self.opened.append(answer["Body"])
        return (event["PayloadPart"]["Bytes"] for event in answer["Body"])

    def server_url(self, name: str) -> str:
        """Return where the model server of the endpoint *name* listens."""
        status = local.status(self.running.home)
        assert status is not None
        (url,) = [each.url for each in status.endpoints if each.endpoint_name == name]
        assert url is not None
        return url


@contextmanager
def hosted_in(folder: Path) -> Iterator[Hosted]:
    """An embedded AWS with its home in *folder*; ended on leaving."""
    home = folder / ".lmi"
    home.mkdir()
    for name in ("djl", "server-python"):
        assert (HOME / name).is_dir(), f".lmi/{name} is missing: run make setup"
        (home / name).symlink_to(HOME / name)
    with closing(socket.create_server(("127.0.0.1", 0))) as handlers:
        handlers.settimeout(PATIENCE_SECONDS)
        hosted = Hosted(running=local.start(home, port=0), handlers=handlers)
        try:
            _allow_reading(hosted)
            yield hosted
        finally:
            for each in hosted.opened:
                each.close()
            local.stop(home)


def _allow_reading(hosted: Hosted) -> None:
    place = {"LocationConstraint": REGION}
    hosted.client("s3").create_bucket(Bucket="models", CreateBucketConfiguration=place)
    trust = {
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Principal": {"Service": "sagemaker.amazonaws.com"},
    }
    read = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::models/*"}
    iam = hosted.client("iam")
    iam.create_role(RoleName="hosting", AssumeRolePolicyDocument=_policy(trust))
    iam.put_role_policy(RoleName="hosting", PolicyName="read", PolicyDocument=_policy(read))


def _policy(statement: Mapping[str, object]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _tarball(files: Mapping[str, str]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, text in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(text)
            archive.addfile(info, io.BytesIO(text.encode()))
    return buffer.getvalue()
