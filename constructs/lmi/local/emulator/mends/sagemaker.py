"""
Mends of SageMaker's control plane.

What an endpoint does when it is created is `lmi.local.emulator.sagemaker`.
"""

import functools
from collections.abc import Callable
from typing import Any

from moto.sagemaker.exceptions import ValidationError
from moto.sagemaker.models import (
    FakeEndpoint,
    FakeEndpointConfig,
    Model,
    SageMakerModelBackend,
    sagemaker_backends,
)
from moto.sagemaker.responses import SageMakerResponse

from lmi.local.emulator.access import cannot_read, cannot_read_prefix

from .patch import replace

_create_model = SageMakerModelBackend.create_model
_create_endpoint_config = SageMakerModelBackend.create_endpoint_config
_create_model_resource = Model.create_from_cloudformation_json
_create_config_resource = FakeEndpointConfig.create_from_cloudformation_json
_respond_create_config = SageMakerResponse.create_endpoint_config
_respond_create_model = SageMakerResponse.create_model


def apply() -> None:
    """Apply every mend of this module."""
    for owner, name, records in (
        (FakeEndpoint, "EndpointName", "endpoints"),
        (FakeEndpointConfig, "EndpointConfigName", "endpoint_configs"),
        (Model, "ModelName", "_models"),
    ):
        keep_physical_name(owner, name)
        delete_if_there(owner, records)
    replace(FakeEndpointConfig, "validate_instance_type", known_instance_type)
    replace(FakeEndpointConfig, "create_from_cloudformation_json", classmethod(create_whole_config))
    replace(SageMakerResponse, "create_endpoint_config", respond_with_whole_config)
    replace(FakeEndpointConfig, "update_from_cloudformation_json", classmethod(update_tags))
    replace(Model, "update_from_cloudformation_json", classmethod(update_tags))
    replace(Model, "create_from_cloudformation_json", classmethod(create_isolated_model))
    replace(SageMakerModelBackend, "create_model", create_model_once)
    replace(SageMakerModelBackend, "create_endpoint_config", create_endpoint_config_once)
    replace(SageMakerResponse, "create_model", respond_with_isolated_model)


def keep_physical_name(owner: type[Model | FakeEndpoint | FakeEndpointConfig], name: str) -> None:
    """
    Let *owner* take its name from the property *name* of the template.

    Defect: EndpointName, EndpointConfigName and ModelName are ignored (sagemaker/models.py,
    cloudformation_name_type).
    """
    replace(owner, "cloudformation_name_type", staticmethod(lambda: name))


def delete_if_there(owner: type[Model | FakeEndpoint | FakeEndpointConfig], records: str) -> None:
    """
    Let CloudFormation take an *owner* that is gone already for deleted, as for NotFound of
    https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-test-contract.html

    Defect: the stack ends in DELETE_FAILED (sagemaker/models.py, delete_from_cloudformation_json).

    Args:
        records: the name of the backend's records of *owner*.
    """
    delete = owner.delete_from_cloudformation_json

    def delete_there(
        cls: type, resource_name: str, cloudformation_json: Any, account_id: str, region_name: str
    ) -> None:
        backend = sagemaker_backends[account_id][region_name]
        if resource_name.split("/")[-1] in getattr(backend, records):
            delete(resource_name, cloudformation_json, account_id, region_name)

    replace(owner, "delete_from_cloudformation_json", classmethod(delete_there))


@functools.cache
def instance_types() -> frozenset[str]:
    """
    Return the hosting instance types of botocore's model of SageMaker
    (ProductionVariantInstanceType).
    """
    import botocore.session

    shape = botocore.session.get_session().get_service_model("sagemaker")
    return frozenset(shape.shape_for("ProductionVariantInstanceType").enum)  # type: ignore[attr-defined]


def known_instance_type(config: FakeEndpointConfig, instance_type: str) -> None:
    """
    Raise a ValidationException for a hosting instance type that SageMaker does not have.

    Defect: moto's own list ends in 2021 and lacks every g5, g6 and p4 type (sagemaker/models.py,
    FakeEndpointConfig.validate_instance_type).
    """
    if instance_type not in instance_types():
        raise ValidationError(
            message=f"1 validation error detected: Value '{instance_type}' at "
            "'productionVariants.1.member.instanceType' "
            "failed to satisfy constraint: Member must satisfy enum value set: "
            f"{sorted(instance_types())}"
        )


def update_tags(
    cls: type[Model] | type[FakeEndpointConfig],
    original_resource: Any,
    new_resource_name: str,
    cloudformation_json: dict[str, Any],
    account_id: str,
    region_name: str,
) -> Any:
    """
    Update the tags in place; every other property of the two types replaces the resource.

    Defect: an update deletes the resource and makes another one under a new name
    (sagemaker/models.py, Model.update_from_cloudformation_json and its twin of FakeEndpointConfig).
    """
    original_resource.tags = cloudformation_json["Properties"].get("Tags", [])
    return original_resource


def create_whole_config(
    cls: type[FakeEndpointConfig],
    /,
    resource_name: str,
    cloudformation_json: dict[str, Any],
    account_id: str,
    region_name: str,
    **kwargs: Any,
) -> FakeEndpointConfig:
    """
    Create the endpoint configuration with all that the template says of it.

    Defect: properties that moto does not know are dropped, shadow variants among them
    (sagemaker/models.py, FakeEndpointConfig.create_from_cloudformation_json).
    """
    config = _create_config_resource(
        resource_name, cloudformation_json, account_id, region_name, **kwargs
    )
    _keep(config, cloudformation_json["Properties"].get)
    return config


def respond_with_whole_config(response: SageMakerResponse) -> Any:
    """
    Create the endpoint configuration with all that the request says of it.

    Defect: parameters that moto does not know are dropped (sagemaker/responses.py,
    SageMakerResponse.create_endpoint_config).
    """
    result = _respond_create_config(response)
    name = response._get_param("EndpointConfigName")
    _keep(response.sagemaker_backend.endpoint_configs[name], response._get_param)
    return result


def _keep(config: FakeEndpointConfig, get: Callable[[str], Any]) -> None:
    # DescribeEndpointConfig shows every attribute of the record under its name in camel case.
    for attribute in (
        "enable_network_isolation",
        "execution_role_arn",
        "explainer_config",
        "shadow_production_variants",
        "vpc_config",
    ):
        value = get(config.camelCase(attribute))
        if value is not None:
            setattr(config, attribute, value)


def create_isolated_model(
    cls: type[Model],
    /,
    resource_name: str,
    cloudformation_json: dict[str, Any],
    account_id: str,
    region_name: str,
    **kwargs: Any,
) -> Model:
    """
    Create the model with its EnableNetworkIsolation, and without PrimaryContainer if it has
    Containers.

    Defect: the property is dropped, and a missing PrimaryContainer is a KeyError
    (sagemaker/models.py, Model.create_from_cloudformation_json).
    """
    properties = {"PrimaryContainer": None, **cloudformation_json["Properties"]}
    readable_by_role(properties.get, account_id, region_name)
    model = _create_model_resource(
        resource_name,
        {**cloudformation_json, "Properties": properties},
        account_id,
        region_name,
        **kwargs,
    )
    model.enable_network_isolation = _as_bool(properties.get("EnableNetworkIsolation"))
    return model


def respond_with_isolated_model(response: SageMakerResponse) -> Any:
    """
    Create the model with its EnableNetworkIsolation.

    Defect: CreateModel drops the parameter (sagemaker/responses.py,
    SageMakerResponse.create_model).
    """
    readable_by_role(response._get_param, response.current_account, response.region)
    result = _respond_create_model(response)
    model = response.sagemaker_backend.describe_model(response._get_param("ModelName"))
    model.enable_network_isolation = _as_bool(response._get_param("EnableNetworkIsolation"))
    return result


def readable_by_role(get: Callable[[str], Any], account: str, region: str) -> None:
    """
    Raise a ValidationException for a model whose role may not read its data now, as CreateModel
    does. A model without a role, which only the API can make, is not checked.

    Defect: the role is only noted (sagemaker/models.py, SageMakerModelBackend.create_model).
    """
    role = get("ExecutionRoleArn")
    containers = [get("PrimaryContainer"), *(get("Containers") or [])]
    for container in containers if role else []:
        source = ((container or {}).get("ModelDataSource") or {}).get("S3DataSource") or {}
        url = (container or {}).get("ModelDataUrl") or source.get("S3Uri")
        ask = cannot_read_prefix if source.get("S3DataType") == "S3Prefix" else cannot_read
        problem = url and ask(role, url, account=account, region=region)
        if problem:
            raise ValidationError(message=problem)


def create_model_once(
    backend: SageMakerModelBackend, model_name: str, *args: Any, **kwargs: Any
) -> Model:
    """
    Create the model, unless there is one of this name.

    Defect: the old model is silently replaced (sagemaker/models.py,
    SageMakerModelBackend.create_model).
    """
    if model_name in backend._models:
        arn = backend._models[model_name].arn
        raise ValidationError(message=f'Cannot create already existing model "{arn}".')
    return _create_model(backend, model_name, *args, **kwargs)


def create_endpoint_config_once(
    backend: SageMakerModelBackend, endpoint_config_name: str, *args: Any, **kwargs: Any
) -> FakeEndpointConfig:
    """
    Create the endpoint configuration, unless there is one of this name.

    Defect: the old one is silently replaced (sagemaker/models.py,
    SageMakerModelBackend.create_endpoint_config).
    """
    if endpoint_config_name in backend.endpoint_configs:
        arn = backend.endpoint_configs[endpoint_config_name].endpoint_config_arn
        raise ValidationError(
            message=f'Cannot create already existing endpoint configuration "{arn}".'
        )
    return _create_endpoint_config(backend, endpoint_config_name, *args, **kwargs)


def _as_bool(value: object) -> bool:
    return str(value).lower() == "true"
