"""
The embedded AWS and the local model servers, seen from outside: start, stop, ask, and reach it.

Nothing here imports moto; the embedded AWS is a process of its own.
"""

from lmi.local.client import client_environment, shell_exports
from lmi.local.daemon import start, status, stop
from lmi.local.state import ACCOUNT, EndpointStatus, Running, Status, running, running_or_fail

__all__ = [
    "ACCOUNT",
    "EndpointStatus",
    "Running",
    "Status",
    "client_environment",
    "running",
    "running_or_fail",
    "shell_exports",
    "start",
    "status",
    "stop",
]
