"""The containers of a model, read from its properties."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from .refusal import mapping, objects, text


def containers(properties: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Return the primary container, if there is one, and the other containers."""
    if properties.get("PrimaryContainer") is not None:
        yield mapping(properties["PrimaryContainer"])
    yield from objects(properties.get("Containers"))


def environment(container: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the environment of a container, also where it is the text of a JSON object."""
    value = container.get("Environment")
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            return {}
    return mapping(value)


def model_data_urls(container: Mapping[str, Any]) -> Iterator[tuple[str, bool]]:
    """Return where the container's model data are, each with whether that is a prefix."""
    url = text(container.get("ModelDataUrl"))
    if url is not None:
        yield url, text(container.get("Mode")) == "MultiModel"
    source = mapping(mapping(container.get("ModelDataSource")).get("S3DataSource"))
    uri = text(source.get("S3Uri"))
    if uri is not None:
        yield uri, text(source.get("S3DataType")) == "S3Prefix"
