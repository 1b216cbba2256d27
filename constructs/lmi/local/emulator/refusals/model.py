"""Models whose containers contradict themselves or carry too much."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from .container import containers, environment
from .refusal import Place, Refusal, text

ENVIRONMENT_BYTES: Final = 32 * 1024
"""Keys and values of all containers together."""


def container_and_containers(
    properties: Mapping[str, Any], previous: Mapping[str, Any] | None, place: Place
) -> Iterator[Refusal]:
    """
    Refuse a model with both PrimaryContainer and Containers.

    botocore 1.44.5: the API has them as alternatives, one container or an inference pipeline. That
    both are refused, and the words, are unverified.
    """
    if properties.get("PrimaryContainer") is not None and properties.get("Containers"):
        yield Refusal(
            message="Both PrimaryContainer and Containers are given; a model has one or the other"
        )


def model_data_twice(
    properties: Mapping[str, Any], previous: Mapping[str, Any] | None, place: Place
) -> Iterator[Refusal]:
    """
    Refuse a container with both ModelDataUrl and ModelDataSource; one with neither is fine.

    Neither: botocore 1.44.5, ContainerDefinition.ModelDataUrl, "required for built-in algorithms,
    but not if you use your own".
    Both: no public source was found; refusal and words are unverified.
    """
    for container in containers(properties):
        if container.get("ModelDataUrl") and container.get("ModelDataSource"):
            yield Refusal(
                message="Both ModelDataUrl and ModelDataSource are given; a container has one or "
                f'the other: "{text(container.get("Image"))}"'
            )


def large_environment(
    properties: Mapping[str, Any], previous: Mapping[str, Any] | None, place: Place
) -> Iterator[Refusal]:
    """
    Refuse environments that are together larger than 32 KB.

    botocore 1.44.5, ContainerDefinition.Environment: "the maximum length of all keys and values in
    the map, combined, is 32 KB", and of all containers' maps combined too. The words are ours.
    """
    size = sum(
        len(f"{key}{text(value) or ''}".encode())
        for container in containers(properties)
        for key, value in environment(container).items()
    )
    if size > ENVIRONMENT_BYTES:
        yield Refusal(
            message=f"The environments of all containers may have {ENVIRONMENT_BYTES} bytes "
            f"together, got {size}"
        )
