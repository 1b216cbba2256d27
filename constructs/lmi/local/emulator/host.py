"""What the embedded AWS asks of the host that runs its endpoints."""

from collections.abc import Mapping
from typing import Protocol

from lmi.local.emulator.progress import Report
from lmi.local.hosting import (
    Answer,
    EndpointSpec,
    HostedEndpoint,
    Invocation,
    StreamingAnswer,
)


class Host(Protocol):
    """What runs the endpoints: `lmi.local.hosting.EndpointHost`."""

    def create(self, spec: EndpointSpec) -> None:
        """Return when the endpoint is in service; EndpointFailed otherwise."""

    def update(self, spec: EndpointSpec, *, report: Report) -> None:
        """Return when the endpoint is what *spec* says; EndpointFailed: it is what it was."""

    def set_weights(self, endpoint_name: str, weights: Mapping[str, float]) -> None:
        """Distribute by these weights from now on; EndpointFailed otherwise."""

    def delete(self, endpoint_name: str) -> None:
        """End the endpoint."""

    def invoke(self, endpoint_name: str, invocation: Invocation) -> Answer:
        """Return the model's answer; InvocationFailed otherwise."""

    def invoke_stream(self, endpoint_name: str, invocation: Invocation) -> StreamingAnswer:
        """Return the model's answer part by part; InvocationFailed otherwise."""

    def status(self) -> tuple[HostedEndpoint, ...]:
        """Return all endpoints."""
