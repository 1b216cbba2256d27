"""Images that SageMaker cannot pull in the model's region."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from lmi.catalog import registries

from .container import containers
from .refusal import Place, Refusal, text

_ECR: Final = re.compile(
    r"(?P<account>\d{12})\.dkr\.ecr(?:-fips)?\.(?P<region>[a-z0-9-]+)\.(?P<suffix>[a-z0-9.-]+)"
    r"/(?P<repository>[^:@]+)(?:[:@].*)?"
)
_REPOSITORY: Final = "djl-inference"


def of_another_region(
    properties: Mapping[str, Any], previous: Mapping[str, Any] | None, place: Place
) -> Iterator[Refusal]:
    """
    Refuse an image in the registry of another region.

    https://github.com/ed-donner/alex/issues/30
    """
    for uri, found in _images(properties):
        if found["region"] != place.region:
            yield Refusal(
                message=f'Region of "{uri}" does not match expected region of {place.region}. '
                "Cross region ECR image pulls are not allowed."
            )


def of_another_account(
    properties: Mapping[str, Any], previous: Mapping[str, Any] | None, place: Place
) -> Iterator[Refusal]:
    """
    Refuse an LMI image of an account that is neither the region's registry nor one's own.

    The registries: lmi.catalog, from sagemaker-core 2.27.0, image_uri_config/djl-lmi.json. That
    SageMaker checks it when the model is created, and the words, are this project's: unverified.
    """
    known = {each.region: each for each in registries()}.get(place.region)
    for uri, found in _images(properties):
        right = found["region"] != place.region or found["repository"] != _REPOSITORY
        if known is None or right or found["account"] in (known.account, place.account):
            continue
        yield Refusal(
            message=f'The image "{uri}" cannot be pulled: in {place.region} the repository '
            f"{_REPOSITORY} belongs to account {known.account}, not to {found['account']}"
        )


def _images(properties: Mapping[str, Any]) -> Iterator[tuple[str, re.Match[str]]]:
    for container in containers(properties):
        uri = text(container.get("Image"))
        found = None if uri is None else _ECR.fullmatch(uri)
        if uri is not None and found is not None:
            yield uri, found
