"""Which fetchable version of DJL's engine stands in for an image on this machine."""

from dataclasses import dataclass
from functools import lru_cache

from lmi.catalog.container_image import Image
from lmi.catalog.records import read_records
from lmi.catalog.version import version_numbers


@dataclass(frozen=True, kw_only=True, slots=True)
class LocalServer:
    """The version of DJL's engine that serves an image's artifacts locally."""

    image_version: str
    """DJL Serving's version in the image."""
    server_version: str
    """The nearest version of ai.djl.python:python that could be fetched from Maven Central."""
    exact: bool
    """Whether the two are the same."""
    reason: str
    """A sentence for people: why this version serves."""


def local_server(image: Image) -> LocalServer:
    """Return the fetchable version of DJL's engine that is nearest to the one in *image*."""
    wanted = image.version_numbers
    server = min(
        published_servers(), key=lambda version: _distance(version_numbers(version), wanted)
    )
    exact = server == image.djl_version
    if exact:
        reason = f"image {image.tag} is served by its own DJL version, {server}, from Maven Central"
    else:
        reason = (
            f"image {image.tag} has DJL {image.djl_version}, which could not be fetched from Maven "
            f"Central (tried {_tried()}); the nearest that could, {server}, serves it here and may "
            "differ"
        )
    return LocalServer(
        image_version=image.djl_version, server_version=server, exact=exact, reason=reason
    )


def _distance(version: tuple[int, ...], wanted: tuple[int, ...]) -> tuple[int, ...]:
    """The difference of each number; the first counts most."""
    return tuple(abs(ours - theirs) for ours, theirs in zip(version, wanted, strict=True))


@lru_cache(maxsize=1)
def published_servers() -> tuple[str, ...]:
    """Return the versions of ai.djl.python:python that could be fetched, the oldest first."""
    return tuple(read_records("servers.json")["published"])


@lru_cache(maxsize=1)
def _tried() -> str:
    """The day on which Maven Central was asked for every version."""
    return str(read_records("servers.json")["tried"])
