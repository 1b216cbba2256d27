"""Endpoint configurations that SageMaker would not create."""

from collections.abc import Iterator, Mapping
from typing import Any

from lmi.catalog import instance_type
from lmi.errors import CatalogError

from .records import arn, sagemaker
from .refusal import Place, Refusal, objects, text


def _variants(properties: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
    return (
        *objects(properties.get("ProductionVariants")),
        *objects(properties.get("ShadowProductionVariants")),
    )


def duplicate_variants(
    properties: Mapping[str, Any], previous: Mapping[str, Any] | None, place: Place
) -> Iterator[Refusal]:
    """
    Refuse two variants of one name.

    https://github.com/mlflow/mlflow/pull/6486 says that SageMaker does. The words are ours.
    """
    names = [text(variant.get("VariantName")) for variant in _variants(properties)]
    for name in dict.fromkeys(names):
        if name is not None and names.count(name) > 1:
            yield Refusal(message=f'The variant name "{name}" is given {names.count(name)} times')


def missing_model(
    properties: Mapping[str, Any], previous: Mapping[str, Any] | None, place: Place
) -> Iterator[Refusal]:
    """
    Refuse a variant of a model that does not exist.

    https://github.com/aws/sagemaker-python-sdk/issues/2112
    """
    known = sagemaker(place)._models
    for name in dict.fromkeys(text(variant.get("ModelName")) for variant in _variants(properties)):
        if name is not None and name not in known:
            yield Refusal(message=f'Could not find model "{arn("model", name, place)}".')


def volume_on_local_storage(
    properties: Mapping[str, Any], previous: Mapping[str, Any] | None, place: Place
) -> Iterator[Refusal]:
    """
    Refuse VolumeSizeInGB on instances with disks of their own.

    https://github.com/autogluon/autogluon-cloud/pull/50 (words) and
    https://github.com/aws/sagemaker-python-sdk/pull/4828 ("throws a service exception"). The
    instances: lmi.catalog.
    """
    for variant in _variants(properties):
        name = text(variant.get("InstanceType"))
        if variant.get("VolumeSizeInGB") is not None and _has_local_disks(name):
            yield Refusal(
                message=f"VolumeSize parameter is not allowed for the selected Instance type {name}"
            )


def key_on_local_storage(
    properties: Mapping[str, Any], previous: Mapping[str, Any] | None, place: Place
) -> Iterator[Refusal]:
    """
    Refuse KmsKeyId where a variant's instances have disks of their own.

    "The call to CreateEndpointConfig fails":
    https://docs.aws.amazon.com/sdk-for-kotlin/api/latest/sagemaker/aws.sdk.kotlin.services.sagemaker.model/-create-endpoint-config-request/kms-key-id.html
    botocore 1.44.5 says instead that the key "does not encrypt instance local storage"; whether
    SageMaker still refuses is unverified. Such a key would protect nothing.
    """
    names = (text(variant.get("InstanceType")) for variant in _variants(properties))
    local = sorted({name for name in names if name is not None and _has_local_disks(name)})
    if properties.get("KmsKeyId") is not None and local:
        yield Refusal(
            message="You can't request a KmsKeyId when using an instance type with local storage: "
            f"{', '.join(local)}"
        )


def scaling_with_named_model(
    properties: Mapping[str, Any], previous: Mapping[str, Any] | None, place: Place
) -> Iterator[Refusal]:
    """
    Refuse managed instance scaling of a variant that names its model.

    https://github.com/hashicorp/terraform-provider-aws/pull/45926
    """
    if any(
        variant.get("ManagedInstanceScaling") is not None and variant.get("ModelName") is not None
        for variant in _variants(properties)
    ):
        yield Refusal(
            message="ManagedInstanceScaling is only supported for inference component endpoints."
        )


def _has_local_disks(name: str | None) -> bool:
    try:
        return name is not None and not instance_type(name).volume_size_allowed
    except CatalogError:
        # Types that no LMI image runs on; whether they exist is a limit of the API.
        return False
