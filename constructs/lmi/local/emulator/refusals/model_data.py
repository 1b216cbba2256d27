"""
Model data that SageMaker does not find.

Only s3:// URLs are looked up. The embedded S3 has no buckets but those made in it, so public
buckets of others are not found either.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from moto.s3.models import FakeBucket, FakeKey

from .container import containers, model_data_urls
from .records import bucket
from .refusal import Place, Refusal


def missing(
    properties: Mapping[str, Any], previous: Mapping[str, Any] | None, place: Place
) -> Iterator[Refusal]:
    """
    Refuse model data that are not there.

    https://github.com/aws/aws-step-functions-data-science-sdk-python/issues/61 (an object) and
    https://github.com/aws-ia/ecs-blueprints/issues/223 (a prefix).
    """
    for url, bucket_name, key, is_prefix in _locations(properties):
        found = bucket(bucket_name, place.account)
        if found is None or not _has(found, key, is_prefix):
            yield Refusal(message=f"Could not find model data at {url}.")


def prefix_without_slash(
    properties: Mapping[str, Any], previous: Mapping[str, Any] | None, place: Place
) -> Iterator[Refusal]:
    """
    Refuse a prefix that does not end in a slash.

    botocore 1.44.5, S3ModelDataSource.S3DataType: "A valid key name prefix identified by S3Uri
    always ends with a forward slash". That CreateModel refuses others, and the words, are
    unverified.
    """
    for container in containers(properties):
        for url, is_prefix in model_data_urls(container):
            if is_prefix and container.get("ModelDataSource") and not url.endswith("/"):
                yield Refusal(
                    message=f"S3Uri of S3DataType S3Prefix must end with a forward slash: {url}"
                )


def of_another_region(
    properties: Mapping[str, Any], previous: Mapping[str, Any] | None, place: Place
) -> Iterator[Refusal]:
    """
    Refuse model data in a bucket of another region.

    botocore 1.44.5, ContainerDefinition.ModelDataUrl: the bucket must be "in the same region as the
    model"; https://github.com/mlflow/mlflow/issues/2573 shows that it fails, later, when the
    endpoint is created. The words are ours.
    """
    for url, bucket_name, _, _ in _locations(properties):
        found = bucket(bucket_name, place.account)
        if found is not None and found.region_name != place.region:
            yield Refusal(
                message=f"The model data at {url} must be in a bucket of {place.region}, the "
                f"region of the model; {bucket_name} is in {found.region_name}"
            )


def _locations(properties: Mapping[str, Any]) -> Iterator[tuple[str, str, str, bool]]:
    for container in containers(properties):
        for url, is_prefix in model_data_urls(container):
            if url.startswith("s3://"):
                bucket_name, _, key = url.removeprefix("s3://").partition("/")
                yield url, bucket_name, key, is_prefix


def _has(found: FakeBucket, key: str, is_prefix: bool) -> bool:
    # Of a versioned object that was deleted, a marker is left.
    names = [name for name in found.keys if name.startswith(key)] if is_prefix else [key]
    return any(isinstance(found.keys.get(name), FakeKey) for name in names)
