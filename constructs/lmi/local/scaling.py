"""Asking the embedded AWS to scale a variant of an endpoint."""

import http.client
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from lmi.errors import ConfigError, HostError
from lmi.local.state import log_path, running_or_fail

SCALE_PATH: Final = "/_lmi/scale"
"""Where the embedded AWS takes the request; no AWS service has such a path."""

_ANSWER_SECONDS = 10


@dataclass(frozen=True, kw_only=True, slots=True)
class Scaled:
    """What scaling has changed: the described instance count, from `before` to `after`."""

    endpoint_name: str
    region: str
    variant_name: str
    before: int
    after: int


def scale(
    home: Path, endpoint_name: str, *, instances: int, variant_name: str | None, region: str | None
) -> Scaled:
    """
    Set the described instance count of a variant, as a scaling policy would on AWS.

    Args:
        home: the folder of the embedded AWS.
        instances: the count to have.
        variant_name: Default: the endpoint's only variant.
        region: Default: the one region that has an endpoint of this name.

    Raises:
        HostError: the embedded AWS does not run, or does not answer.
        ConfigError: it refuses: no such endpoint or variant, no scalable target, or outside of the
            target's bounds.
    """
    found = running_or_fail(home)
    wanted = {
        "endpoint_name": endpoint_name,
        "instances": instances,
        "variant_name": variant_name,
        "region": region,
    }
    connection = http.client.HTTPConnection("127.0.0.1", found.port, timeout=_ANSWER_SECONDS)
    try:
        headers = {"Content-Type": "application/json"}
        connection.request("POST", SCALE_PATH, json.dumps(wanted), headers)
        document = json.loads(connection.getresponse().read())
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise HostError(
            f"the embedded AWS (process {found.pid}) does not answer at {found.url}: {error}; "
            f"its log is {log_path(found.home)}"
        ) from error
    finally:
        connection.close()
    if "error" in document:
        raise ConfigError(document["error"])
    return Scaled(
        endpoint_name=document["endpoint_name"],
        region=document["region"],
        variant_name=document["variant_name"],
        before=document["from"],
        after=document["to"],
    )
