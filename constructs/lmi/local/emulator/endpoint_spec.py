"""What an endpoint configuration of the embedded AWS asks of the local host."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from moto.sagemaker.models import SageMakerModelBackend

from lmi.local.emulator.access import cannot_read, cannot_read_prefix
from lmi.local.hosting import EndpointFailed, EndpointSpec, VariantSpec

# What moto makes of a role that is not named (moto 5.2.5: sagemaker/models.py, Model).
_NO_ROLE = "arn:test"


def endpoint_spec(
    backend: SageMakerModelBackend,
    endpoint_name: str,
    endpoint_config_name: str,
    *,
    weights: Mapping[str, float] | None = None,
    rollout: tuple[str, ...] = (),
) -> EndpointSpec:
    """
    Return the endpoint as the local host takes it, if its execution roles may read the model data
    now.

    Args:
        weights: of the variants, by name. Default: those of the configuration.
        rollout: how DeploymentConfig moves the traffic, one line a step.

    Raises:
        EndpointFailed: configuration or model ask for something that the embedded AWS does not
        have; every problem, one a line.
        ValidationError: the configuration or a model does not exist.
    """
    config = backend.describe_endpoint_config(endpoint_config_name)
    wanted = weights or {}
    problems: list[str] = []
    problems += [
        f"the embedded AWS does not host an endpoint with {name}"
        for name in ("AsyncInferenceConfig", "ExplainerConfig", "ShadowProductionVariants")
        if config.get(name)
    ]
    variants = tuple(
        _variant(backend, variant, problems) for variant in config["ProductionVariants"]
    )
    if problems:
        raise EndpointFailed("\n".join(problems))
    return EndpointSpec(
        account=backend.account_id,
        region=backend.region_name,
        endpoint_name=endpoint_name,
        variants=tuple(
            replace(each, initial_weight=wanted.get(each.variant_name, each.initial_weight))
            for each in variants
        ),
        rollout=rollout,
    )


def _variant(
    backend: SageMakerModelBackend, variant: Mapping[str, Any], problems: list[str]
) -> VariantSpec:
    name = variant["VariantName"]
    model = backend.describe_model(variant["ModelName"])
    containers = [model.primary_container] if model.primary_container else model.containers
    if len(containers) != 1:
        problems.append(
            f"production variant {name!r}: the embedded AWS hosts models of one container, "
            f"got {len(containers)}"
        )
    container = containers[0] if containers else {}
    url, is_prefix = _model_data(container, name, problems)
    # A model without a role, which only the API can make, is hosted all the same.
    if url is not None and model.execution_role_arn != _NO_ROLE:
        ask = cannot_read_prefix if is_prefix else cannot_read
        problem = ask(
            model.execution_role_arn, url, account=backend.account_id, region=backend.region_name
        )
        problems += [problem] if problem else []
    return VariantSpec(
        variant_name=name,
        instance_type=variant.get("InstanceType", ""),
        image_uri=container.get("Image", ""),
        model_data_url=url,
        model_data_is_prefix=is_prefix,
        environment={key: str(value) for key, value in container.get("Environment", {}).items()},
        network_isolation=bool(model.enable_network_isolation),
        initial_weight=float(variant.get("InitialVariantWeight", 1.0)),
        container_startup_health_check_timeout_seconds=_seconds(
            variant, "ContainerStartupHealthCheckTimeoutInSeconds"
        ),
        model_data_download_timeout_seconds=_seconds(variant, "ModelDataDownloadTimeoutInSeconds"),
    )


def _model_data(
    container: Mapping[str, Any], variant_name: str, problems: list[str]
) -> tuple[str | None, bool]:
    """Return where the model data are, and whether that is a prefix."""
    source = container.get("ModelDataSource", {}).get("S3DataSource")
    if source is None:
        return container.get("ModelDataUrl"), False
    kind = (source.get("S3DataType"), source.get("CompressionType"))
    if kind not in (("S3Object", "Gzip"), ("S3Prefix", "None")):
        problems.append(
            f"production variant {variant_name!r}: the embedded AWS takes a model.tar.gz "
            "(S3DataType S3Object with CompressionType Gzip) or a prefix of files as they are "
            f"(S3Prefix with None), got {kind[0]} with {kind[1]}"
        )
    return str(source["S3Uri"]), kind[0] == "S3Prefix"


def _seconds(variant: Mapping[str, Any], name: str) -> int | None:
    value = variant.get(name)
    return None if value is None else int(value)
