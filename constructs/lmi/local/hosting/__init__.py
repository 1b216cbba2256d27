"""
What SageMaker does with a real-time endpoint, on this host.

Fetches the model data, unpacks it as SageMaker does, starts a model server on it, asks its health
check and forwards invocations. Knows nothing of moto or of CloudFormation.
"""

from lmi.local.hosting.endpoint_host import EndpointHost
from lmi.local.hosting.failure import EndpointFailed
from lmi.local.hosting.invocation import (
    Answer,
    Invocation,
    InvocationFailed,
    StreamingAnswer,
)
from lmi.local.hosting.logs import LogStream
from lmi.local.hosting.spec import EndpointSpec, VariantSpec
from lmi.local.hosting.status import HostedEndpoint

__all__ = [
    "Answer",
    "EndpointFailed",
    "EndpointHost",
    "EndpointSpec",
    "HostedEndpoint",
    "Invocation",
    "InvocationFailed",
    "LogStream",
    "StreamingAnswer",
    "VariantSpec",
]
