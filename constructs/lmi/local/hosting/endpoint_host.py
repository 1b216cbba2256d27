"""All endpoints of this host."""

import fcntl
import os
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from lmi.errors import HostError
from lmi.local.hosting.endpoint import Endpoint, Report
from lmi.local.hosting.endpoint_folder import remove
from lmi.local.hosting.failure import EndpointFailed
from lmi.local.hosting.fetch import ReadObject
from lmi.local.hosting.invocation import (
    Answer,
    Invocation,
    StreamingAnswer,
    endpoint_not_found,
)
from lmi.local.hosting.logs import LogFollower, Publish
from lmi.local.hosting.model_server import DjlServers, ServerFactory
from lmi.local.hosting.prefix import ListObjects
from lmi.local.hosting.spec import EndpointSpec
from lmi.local.hosting.status import HostedEndpoint
from lmi.local.hosting.variant import Means

MODEL_TIMEOUT_SECONDS = 60.0
"""
A container must respond within 60 seconds (botocore 1.44.5: sagemaker-runtime, InvokeEndpoint).
"""

DRAIN_SECONDS = 540.0
"""
What an update waits for the invocations of the old servers: longer than an answer may take, be it
streamed (`forward.STREAM_SECONDS`) or not. How long SageMaker waits was not found in public.
"""


class EndpointHost:
    """
    Creates, invokes and deletes endpoints; may be called from many threads.

    Args:
        home: the folder `.lmi` of the project; endpoints lie in `local/endpoints` below it.
        read_object: reads model data, by bucket and key.
        list_objects: lists model data, by bucket and prefix. Default: there is none.
        account: named in the error about an endpoint that is not there. Default: the account of the
            local environment.
        model_timeout_seconds: what a container has for its answer. Default: SageMaker's 60 seconds.
        drain_seconds: what an update waits for invocations of the old servers. Default: longer than
            any may take.
        aws_environment: variables by which containers that are not isolated reach AWS. Default:
            none, so that they do not.
        publish_log: gets the lines of the model servers' logs. Default: they stay in the files.
        servers: makes model servers. Default: DJL's, as installed in *home*.

    Raises:
        HostError: another host works in the same folder.
    """

    def __init__(
        self,
        *,
        home: Path,
        read_object: ReadObject,
        list_objects: ListObjects = lambda bucket, prefix: None,
        account: str = "111111111111",
        model_timeout_seconds: float = MODEL_TIMEOUT_SECONDS,
        drain_seconds: float = DRAIN_SECONDS,
        aws_environment: Mapping[str, str] | None = None,
        publish_log: Publish | None = None,
        servers: ServerFactory | None = None,
    ) -> None:
        self._logs = None if publish_log is None else LogFollower(publish_log)
        self._means = Means(
            read_object=read_object,
            list_objects=list_objects,
            servers=DjlServers(home) if servers is None else servers,
            model_timeout_seconds=model_timeout_seconds,
            drain_seconds=drain_seconds,
            logs=self._logs,
            aws_environment=aws_environment or {},
        )
        self._account = account
        self._folder = home / "local" / "endpoints"
        self._claim = _claim(self._folder)
        self._lock = threading.Lock()
        self._endpoints: dict[str, Endpoint] = {}
        self._closed = False
        # Of a host that was killed; its logs are what tells why.
        for left_over in self._folder.iterdir():
            if left_over.is_dir():
                remove(left_over, keep_logs=True)

    def create(self, spec: EndpointSpec) -> None:
        """
        Return when the endpoint is in service, or unhosted.

        Raises:
            EndpointFailed: it is not; nothing of it runs, and only its log is on disk.
        """
        endpoint = Endpoint(spec, self._folder / spec.endpoint_name, self._means)
        key = spec.endpoint_name.lower()
        with self._lock:
            if self._closed:
                raise EndpointFailed("the local host is shutting down")
            other = self._endpoints.get(key)
            if other is not None:
                # The name is case-insensitive here, and exact in InvokeEndpoint (botocore 1.44.5:
                # sagemaker, CreateEndpointInput). Wording:
                # ministryofjustice/modernisation-platform-environments#9383.
                here = (
                    ""
                    if other.spec.region == spec.region
                    else "; the local host has one name space for all regions"
                )
                raise EndpointFailed(
                    f'Cannot create already existing endpoint "{other.spec.arn}"{here}.'
                )
            self._endpoints[key] = endpoint
        try:
            endpoint.create()
        except BaseException:
            with self._lock:
                if self._endpoints.get(key) is endpoint:
                    del self._endpoints[key]
            raise

    def update(self, spec: EndpointSpec, *, report: Report = lambda line: None) -> None:
        """
        Return when the endpoint is what *spec* says, and all that served before is gone.

        Args:
            report: gets one line a step.

        Raises:
            EndpointFailed: there is no such endpoint, another update is at work, or the new servers
                do not get into service; the old ones go on serving, untouched.
        """
        self._find(spec.endpoint_name).update(spec, report)

    def set_weights(self, endpoint_name: str, weights: Mapping[str, float]) -> None:
        """
        Distribute the endpoint's traffic by *weights*, by variant name, from now on.

        Raises:
            EndpointFailed: there is no such endpoint or variant, or a weight is wrong.
        """
        self._find(endpoint_name).set_weights(weights)

    def delete(self, endpoint_name: str) -> None:
        """
        End the endpoint and remove its files. Nothing to do for one that is not there, or that
        failed.
        """
        with self._lock:
            endpoint = self._endpoints.get(endpoint_name.lower())
        if endpoint is None:
            return
        endpoint.stop(keep_log=False)
        with self._lock:
            if self._endpoints.get(endpoint_name.lower()) is endpoint:
                del self._endpoints[endpoint_name.lower()]

    def invoke(self, endpoint_name: str, invocation: Invocation) -> Answer:
        """
        Return the model's answer.

        Raises:
            InvocationFailed: as InvokeEndpoint fails.
        """
        return self._find_to_invoke(endpoint_name).invoke(invocation)

    def invoke_stream(self, endpoint_name: str, invocation: Invocation) -> StreamingAnswer:
        """
        Return the model's answer part by part; read it to its end, or close its parts.

        Raises:
            InvocationFailed: as InvokeEndpointWithResponseStream fails before the first part.
        """
        return self._find_to_invoke(endpoint_name).invoke_stream(invocation)

    def status(self) -> tuple[HostedEndpoint, ...]:
        """Return all endpoints, oldest first."""
        with self._lock:
            endpoints = list(self._endpoints.values())
        return tuple(endpoint.status() for endpoint in endpoints)

    def close(self) -> None:
        """
        End all endpoints at once, also those being created; their logs stay. No endpoint can be
        created after it.
        """
        with self._lock:
            if self._closed:
                return
            self._closed = True
            endpoints = list(self._endpoints.values())
            self._endpoints.clear()
        try:
            with ThreadPoolExecutor(max_workers=max(1, len(endpoints))) as pool:
                list(pool.map(lambda endpoint: endpoint.stop(keep_log=True), endpoints))
        finally:
            if self._logs is not None:
                self._logs.close()
            os.close(self._claim)

    def _find(self, endpoint_name: str) -> Endpoint:
        with self._lock:
            endpoint = self._endpoints.get(endpoint_name.lower())
        if endpoint is None:
            raise EndpointFailed(f"Could not find endpoint {endpoint_name!r} on the local host.")
        return endpoint

    def _find_to_invoke(self, endpoint_name: str) -> Endpoint:
        with self._lock:
            endpoint = self._endpoints.get(endpoint_name.lower())
        if endpoint is None or endpoint.spec.endpoint_name != endpoint_name:
            raise endpoint_not_found(endpoint_name, self._account)
        return endpoint


def _claim(folder: Path) -> int:
    """
    Lock *folder* for this process; the kernel lets go of it when the process ends, however it ends.
    """
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(descriptor)
        raise HostError(
            f"another local host works in {folder}; stop it with `lmi local stop`"
        ) from error
    return descriptor
