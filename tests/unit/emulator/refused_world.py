"""An account with something in it, and properties to ask about: for tests of refusals."""

import itertools
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from moto.applicationautoscaling.models import applicationautoscaling_backends
from moto.s3.models import s3_backends
from moto.sagemaker.models import FakeEndpoint, FakeEndpointConfig, Model, sagemaker_backends

from lmi.catalog import image
from lmi.local.emulator.refusals import check_resource
from lmi.local.emulator.resources.scaling_rules import DIMENSION, resource_id

MODEL = "AWS::SageMaker::Model"
CONFIG = "AWS::SageMaker::EndpointConfig"
ENDPOINT = "AWS::SageMaker::Endpoint"
REGION = "us-west-2"
URI = image("0.36.0-cpu-full").uri(REGION)
OBJECT = {"S3DataType": "S3Object", "CompressionType": "Gzip"}
SERVED = {"EndpointConfigName": "config"}

_accounts = itertools.count(200000000000)


@dataclass(frozen=True)
class World:
    """Models, configurations, endpoints and buckets of an account of their own."""

    account: str

    def reasons(
        self, resource_type: str, properties: Mapping[str, Any], previous: Any = None
    ) -> list[str]:
        """Return the reasons; ACCOUNT stands for the account's number on both sides."""
        found = check_resource(
            resource_type,
            self._of_account(properties),
            previous=self._of_account(previous),
            account=self.account,
            region=REGION,
        )
        return [reason.replace(self.account, "ACCOUNT") for reason in found]

    def _of_account(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            return {key: self._of_account(member) for key, member in value.items()}
        if isinstance(value, list):
            return [self._of_account(member) for member in value]
        return value.replace("ACCOUNT", self.account) if isinstance(value, str) else value


@contextmanager
def new_world() -> Iterator[World]:
    """Make records in moto: by hand, because other tests host what its functions create."""
    account = str(next(_accounts))
    backend = sagemaker_backends[account][REGION]
    backend._models["model"] = _record(Model, account, REGION, "model", "role", {}, {})
    for name, variants in (("config", "a"), ("renamed", "b"), ("two", "ab"), ("async", "a")):
        backend.endpoint_configs[name] = _config(account, name, variants)
    for name, config in (("endpoint", "config"), ("later", "async"), ("scaled", "two")):
        backend.endpoints[name] = _record(FakeEndpoint, account, REGION, name, config, [], {}, [])
    scaling: Any = applicationautoscaling_backends[account][REGION]
    scaling.targets[DIMENSION] = {resource_id("scaled", "b"): SimpleNamespace()}
    s3 = s3_backends[account]["aws"]
    for bucket, region in (("near", REGION), ("far", "eu-west-1")):
        s3.create_bucket(f"{bucket}-{account}", region)
        s3.put_object(f"{bucket}-{account}", "path/model.tar.gz", b"tar")
    yield World(account)
    backend.reset()
    scaling.reset()
    s3.reset()


def _record(kind: Any, *values: Any) -> Any:
    # Abstract to mypy, not to Python.
    return kind(*values)


def _config(account: str, name: str, variants: str) -> Any:
    asynchronous = {"OutputConfig": {"S3OutputPath": "s3://b/out"}} if name == "async" else {}
    listed = [
        {"VariantName": each, "InstanceType": "ml.m5.large", "InitialInstanceCount": 4}
        for each in variants
    ]
    return _record(FakeEndpointConfig, account, REGION, name, listed, asynchronous, {}, [], "")


def container(**values: Any) -> dict[str, Any]:
    """Return the properties of a model with this container."""
    return {"ExecutionRoleArn": "arn:aws:iam::ACCOUNT:role/any", "PrimaryContainer": values}


def variant(**values: Any) -> dict[str, Any]:
    """Return a variant on a type with NVMe disks."""
    return {"VariantName": "a", "InitialInstanceCount": 1, "InstanceType": "ml.g5.xlarge", **values}


def update(config: str, **deployment: Any) -> dict[str, Any]:
    """Return the properties of an endpoint, with a rollout if one is given."""
    rollout = {"DeploymentConfig": deployment} if deployment else {}
    return {"EndpointConfigName": config, **rollout}


def rolling(size: float | str = 50, kind: str = "CAPACITY_PERCENT") -> dict[str, Any]:
    """Return a rolling update's policy."""
    return {"MaximumBatchSize": {"Type": kind, "Value": size}, "WaitIntervalInSeconds": 1}


def traffic(**routing: Any) -> dict[str, Any]:
    """Return a blue/green update's policy."""
    return {"TrafficRoutingConfiguration": {"WaitIntervalInSeconds": 1, **routing}}
