"""What `lmi local status` shows of an endpoint."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from lmi.local.hosting.endpoint_folder import LOG_NAME

if TYPE_CHECKING:
    from lmi.local.hosting.fleet import Fleet


@dataclass(frozen=True, kw_only=True, slots=True)
class HostedEndpoint:
    """An endpoint of this host."""

    endpoint_name: str
    region: str
    status: str
    """SageMaker's word, with what is different here: `InService (unhosted: needs 4 GPUs)`."""
    server_version: str | None
    """Version of DJL's engine that serves it; None for an endpoint without a server."""
    notes: tuple[str, ...]
    """Sentences about where this host differs from SageMaker."""
    url: str | None
    log: Path | None


def describe(fleet: "Fleet", status: str, folder: Path) -> HostedEndpoint:
    """
    Return how the endpoint looks.

    Args:
        fleet: what serves it; of several variants, the first with a server gives version and url.
        status: SageMaker's word.
        folder: the endpoint's own.
    """
    served = [variant for variant in fleet.variants if variant.server_version is not None]
    return HostedEndpoint(
        endpoint_name=fleet.spec.endpoint_name,
        region=fleet.spec.region,
        status=_with_differences(fleet, status),
        server_version=served[0].server_version if served else None,
        notes=tuple(
            _of_variant(fleet, variant.name, note)
            for variant in fleet.variants
            for note in variant.notes
        ),
        url=next((variant.url for variant in served if variant.url is not None), None),
        log=folder / LOG_NAME if served else None,
    )


def _with_differences(fleet: "Fleet", status: str) -> str:
    if status not in ("InService", "Updating"):
        return status
    troubles = [
        _of_variant(fleet, variant.name, variant.trouble)
        for variant in fleet.variants
        if variant.trouble
    ]
    unhosted = [
        _of_variant(fleet, variant.name, f"needs {variant.accelerators}")
        for variant in fleet.variants
        if variant.accelerators
    ]
    differences = [*troubles, *([f"unhosted: {', '.join(unhosted)}"] if unhosted else [])]
    return f"{status} ({'; '.join(differences)})" if differences else status


def _of_variant(fleet: "Fleet", name: str, text: str) -> str:
    return text if len(fleet.variants) == 1 else f"{name}: {text}"
