"""
CDK constructs for Amazon SageMaker endpoints with LMI (DJL Serving) containers.

* LmiEndpoint       -- a real-time endpoint: model, endpoint configuration, endpoint, permissions
* ModelArtifact     -- what it serves: a folder whose identity is its content, or a tarball in S3
* Mirror, StoredTarball, S3Weights, HubModel -- where a model comes from, if not from the folder
* LmiImage          -- what serves it: an image of the catalogue, in whatever region the stack lies
* LmiExecutionRole  -- the role that SageMaker takes on to do so
* ILmiEndpoint      -- an endpoint as others see it: its name, its ARN, a grant, its metrics

Errors that a user can mend are lmi.errors.LmiError. Nothing in this package reads YAML.
"""

from cdk_lmi.artifact import ModelArtifact
from cdk_lmi.endpoint import LmiEndpoint
from cdk_lmi.endpoint_reference import EndpointReference, ILmiEndpoint
from cdk_lmi.image import LmiImage, PlacedImage
from cdk_lmi.model_data import StagedArtifact, StagedPrefix
from cdk_lmi.role import LmiExecutionRole
from lmi.artifact.source import HubModel, Mirror, S3Weights, StoredTarball

__all__ = [
    "EndpointReference",
    "HubModel",
    "ILmiEndpoint",
    "LmiEndpoint",
    "LmiExecutionRole",
    "LmiImage",
    "Mirror",
    "ModelArtifact",
    "PlacedImage",
    "S3Weights",
    "StagedArtifact",
    "StagedPrefix",
    "StoredTarball",
]
