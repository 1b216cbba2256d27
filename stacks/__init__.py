"""This deployment's stacks: one for each endpoint, in one stage for each environment."""

from stacks.endpoint_stack import EndpointStack
from stacks.environment_stage import (
    BrokenEnvironmentStage,
    EnvironmentStage,
    UnnamedEnvironmentsStack,
)

__all__ = [
    "BrokenEnvironmentStage",
    "EndpointStack",
    "EnvironmentStage",
    "UnnamedEnvironmentsStack",
]
