"""The lines of model servers as events of CloudWatch Logs."""

import time
from collections.abc import Sequence

from moto.logs.models import logs_backends

from lmi.local.emulator import ACCOUNT
from lmi.local.hosting import LogStream


def publish(stream: LogStream, lines: Sequence[str]) -> None:
    """
    Put *lines* into the log stream, with the group if a stack has not made it, as SageMaker does
    (https://docs.aws.amazon.com/sagemaker/latest/dg/logging-cloudwatch.html).

    An event's time is that of its reading here, a quarter of a second late at most.
    """
    if not lines:
        return
    backend = logs_backends[ACCOUNT][stream.region]
    if stream.group_name not in backend.groups:
        backend.create_log_group(stream.group_name, {})
    backend.ensure_log_stream(stream.group_name, stream.stream_name)
    now = int(time.time() * 1000)
    backend.put_log_events(
        stream.group_name,
        stream.stream_name,
        [{"timestamp": now, "message": line} for line in lines],
    )
