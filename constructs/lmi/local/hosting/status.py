"""What `lmi local status` shows of an endpoint."""

from dataclasses import dataclass
from pathlib import Path


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
