"""Which changes of a property need a new physical resource."""

from collections.abc import Mapping
from typing import Any, Final

CREATE_ONLY: Final[Mapping[str, frozenset[str]]] = {
    "AWS::ECR::Repository": frozenset({"EncryptionConfiguration", "RepositoryName"}),
    "AWS::IAM::ManagedPolicy": frozenset({"Description", "ManagedPolicyName", "Path"}),
    "AWS::IAM::Role": frozenset({"Path", "RoleName"}),
    "AWS::KMS::Alias": frozenset({"AliasName"}),
    "AWS::Logs::LogGroup": frozenset({"LogGroupName"}),
    "AWS::S3::Bucket": frozenset({"BucketName", "BucketNamePrefix", "BucketNamespace"}),
    "AWS::S3::BucketPolicy": frozenset({"Bucket"}),
    "AWS::SSM::Parameter": frozenset({"Name"}),
    "AWS::SageMaker::Endpoint": frozenset({"EndpointName"}),
    "AWS::SageMaker::EndpointConfig": frozenset(
        {
            "AsyncInferenceConfig",
            "DataCaptureConfig",
            "EnableNetworkIsolation",
            "EndpointConfigName",
            "ExecutionRoleArn",
            "ExplainerConfig",
            "KmsKeyId",
            "MetricsConfig",
            "ProductionVariants",
            "ShadowProductionVariants",
            "VpcConfig",
        }
    ),
    "AWS::SageMaker::Model": frozenset(
        {
            "Containers",
            "EnableNetworkIsolation",
            "ExecutionRoleArn",
            "InferenceExecutionConfig",
            "ModelName",
            "PrimaryContainer",
            "VpcConfig",
        }
    ),
}
"""
Properties of each type that cannot change in place: `createOnlyProperties` of CloudFormation's
provider schemas (the copy in cfn-lint 1.58.0).
"""


def is_create_only(resource_type: str, name: str) -> bool:
    """Return whether a change of the property *name* needs a new physical resource."""
    return name in CREATE_ONLY.get(resource_type, frozenset())


def changed(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the names of the properties that differ."""
    return tuple(name for name in {**old, **new} if old.get(name) != new.get(name))


def needs_replacement(resource_type: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """
    Return whether the difference between two sets of resolved properties needs a new physical
    resource.
    """
    return any(is_create_only(resource_type, name) for name in changed(old, new))
