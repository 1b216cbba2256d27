"""
What CloudFormation and SageMaker refuse, refused here too, before anything is created.

Each refusal is one small function whose docstring names its public source. Where a public thread
shows AWS's own words, they are used; the docstring says where the words are this project's.

| module | refuses |
|---|---|
| `property_check` | what a resource's provider schema forbids: CloudFormation's own check |
| `service_limit` | sizes, patterns, ranges and choices of SageMaker's API |
| `model`, `image`, `model_data` | a Model that SageMaker would not create |
| `endpoint_config` | an EndpointConfig that SageMaker would not create |
| `endpoint`, `rollout` | an Endpoint that SageMaker would not create or update |
| `name_in_use` | a name that another resource has |
"""

from .check import check_resource

__all__ = ["apply", "check_resource"]


def apply() -> None:
    """
    Refuse the same in calls of the SageMaker API itself.

    Raises:
        RuntimeError: this is not the moto that the hook was written for.
    """
    from . import api

    api.apply()
