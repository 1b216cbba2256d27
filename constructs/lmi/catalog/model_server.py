"""Which published version of DJL's engine stands in for an image on this machine."""

from dataclasses import dataclass
from functools import lru_cache

from lmi.catalog.container_image import Image
from lmi.catalog.records import read_records


@dataclass(frozen=True, kw_only=True, slots=True)
class LocalServer:
    """The version of DJL's engine that serves an image's artifacts locally."""

    image_version: str
    """DJL Serving's version in the image."""
    server_version: str
    """The nearest version of ai.djl.python:python on Maven Central."""
    exact: bool
    """Whether the two are the same."""
    reason: str
    """A sentence for people: why this version serves."""


def local_server(image: Image) -> LocalServer:
    """Return the published version of DJL's engine that is nearest to the one in *image*."""
    wanted = _numbers(image.djl_version)
    server = min(published_servers(), key=lambda version: _distance(_numbers(version), wanted))
    exact = server == image.djl_version
    if exact:
        reason = f"image {image.tag} is served by its own DJL version, {server}, from Maven Central"
    else:
        reason = (
            f"image {image.tag} has DJL {image.djl_version}, which Maven Central does not publish; "
            f"the nearest version there, {server}, serves it here and may differ"
        )
    return LocalServer(
        image_version=image.djl_version, server_version=server, exact=exact, reason=reason
    )


def _distance(version: tuple[int, ...], wanted: tuple[int, ...]) -> tuple[int, ...]:
    """The difference of each number; the first counts most."""
    return tuple(abs(ours - theirs) for ours, theirs in zip(version, wanted, strict=True))


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in version.split("."))


@lru_cache(maxsize=1)
def published_servers() -> tuple[str, ...]:
    """Return the versions of ai.djl.python:python on Maven Central, the oldest first."""
    return tuple(read_records("servers.json")["published"])
