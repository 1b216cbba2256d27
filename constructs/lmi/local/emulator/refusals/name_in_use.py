"""
Names that another resource has.

Each function takes a resource that is to be created, or replaced under another name; an update in
place keeps its own. Message: https://github.com/awslabs/spot-tagging-bot-for-digital-assets/issues/2
(endpoint configuration) and
https://github.com/ministryofjustice/modernisation-platform-environments/pull/9383 (endpoint).
"""

from collections.abc import Container, Iterator, Mapping
from typing import Any

from .records import arn, sagemaker
from .refusal import Place, Refusal, text


def model(
    properties: Mapping[str, Any], previous: Mapping[str, Any] | None, place: Place
) -> Iterator[Refusal]:
    """
    Refuse the name of a model that exists.

    In analogy to the other two; the message for a model is unverified.
    """
    name = _new_name("ModelName", properties, previous)
    yield from _taken("model", "model", name, sagemaker(place)._models, place)


def endpoint_config(
    properties: Mapping[str, Any], previous: Mapping[str, Any] | None, place: Place
) -> Iterator[Refusal]:
    """
    Refuse the name of an endpoint configuration that exists.

    https://github.com/awslabs/spot-tagging-bot-for-digital-assets/issues/2
    """
    name = _new_name("EndpointConfigName", properties, previous)
    known = sagemaker(place).endpoint_configs
    yield from _taken("endpoint configuration", "endpoint-config", name, known, place)


def endpoint(
    properties: Mapping[str, Any], previous: Mapping[str, Any] | None, place: Place
) -> Iterator[Refusal]:
    """
    Refuse the name of an endpoint that exists.

    https://github.com/ministryofjustice/modernisation-platform-environments/pull/9383
    """
    name = _new_name("EndpointName", properties, previous)
    yield from _taken("endpoint", "endpoint", name, sagemaker(place).endpoints, place)


def _new_name(
    key: str, properties: Mapping[str, Any], previous: Mapping[str, Any] | None
) -> str | None:
    name = text(properties.get(key))
    return None if previous is not None and name == text(previous.get(key)) else name


def _taken(
    words: str, kind: str, name: str | None, known: Container[str], place: Place
) -> Iterator[Refusal]:
    if name is not None and name in known:
        yield Refusal(message=f'Cannot create already existing {words} "{arn(kind, name, place)}".')
