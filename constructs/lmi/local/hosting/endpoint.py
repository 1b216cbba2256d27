"""One endpoint: from its model data to its last invocation."""

import threading
from dataclasses import dataclass
from pathlib import Path

from lmi.catalog import LocalServer, local_server
from lmi.errors import ArtifactError, HostError
from lmi.local.hosting.container import container_of
from lmi.local.hosting.endpoint_folder import LOG_NAME, remove
from lmi.local.hosting.failure import EndpointFailed, health_check_failed, model_data_not_extracted
from lmi.local.hosting.fetch import ReadObject, open_model_data
from lmi.local.hosting.forward import Forwarder, NoAnswer, TooLate, TooLong
from lmi.local.hosting.invocation import (
    Answer,
    Invocation,
    check_invocation,
    endpoint_not_found,
)
from lmi.local.hosting.model_error import ModelErrors
from lmi.local.hosting.model_server import Server, ServerFactory
from lmi.local.hosting.scan import ModelNotFound, find_models
from lmi.local.hosting.spec import EndpointSpec
from lmi.local.hosting.status import HostedEndpoint
from lmi.local.hosting.unpack import UnpackFailed, unpack

DEFAULT_STARTUP_SECONDS = 480
"""
ContainerStartupHealthCheckTimeoutInSeconds where it is not set: 8 minutes.

https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-inference-code.html
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Means:
    """What an endpoint works with."""

    read_object: ReadObject
    servers: ServerFactory
    model_timeout_seconds: float


class Endpoint:
    """
    An endpoint of this host.

    Args:
        spec: what to host.
        folder: the endpoint's own; made by `create`.
        means: what it works with.

    Raises:
        EndpointFailed: this host cannot do what is asked for.
    """

    def __init__(self, spec: EndpointSpec, folder: Path, means: Means) -> None:
        self.spec = spec
        self._variant = spec.only_variant()
        self._container = container_of(spec, self._variant)
        self._accelerators = self._container.accelerators
        self._stand_in: LocalServer | None = (
            None if self._accelerators else local_server(self._container.image)
        )
        self._folder, self._means = folder, means
        # A server that is not there prints nothing.
        self._log = None if self._stand_in is None else folder / LOG_NAME
        self._errors = ModelErrors(spec, self._log)
        self._notes = self._first_notes()
        # Held while the server starts or ends and the files go: create, delete and close may meet.
        self._lock = threading.Lock()
        self._server: Server | None = None
        self._server_to_stop: Server | None = None
        self._forwarder: Forwarder | None = None
        self._in_service = False
        self._stopped = False
        self._created = threading.Event()

    def create(self) -> None:
        """
        Return when the endpoint is in service, hosted or not.

        Raises:
            EndpointFailed: it is not; nothing runs, and of its files only the log is left.
        """
        try:
            self._unpack()
            if self._stand_in is None:
                self._scan()
            else:
                self._serve(self._stand_in, self._folder / LOG_NAME)
            self._check_wanted()
            self._in_service = True
        except OSError as error:
            self._end(keep_log=True)
            raise EndpointFailed(f"the endpoint's files cannot be written: {error}") from error
        except BaseException:
            self._end(keep_log=True)
            raise
        finally:
            self._created.set()

    def stop(self, *, keep_log: bool) -> None:
        """End the endpoint, also one that is being created, and remove its files."""
        self._stopped = True
        self._stop_server()
        self._created.wait()
        self._end(keep_log=keep_log)

    def invoke(self, invocation: Invocation) -> Answer:
        """
        Return the model's answer.

        Raises:
            InvocationFailed: as InvokeEndpoint fails.
        """
        if not self._in_service or self._stopped:
            raise endpoint_not_found(self.spec.endpoint_name, self.spec.account)
        check_invocation(invocation, self._variant.variant_name)
        server, forwarder = self._server, self._forwarder
        if server is None or forwarder is None:
            raise self._errors.unhosted(
                f"the endpoint is unhosted: {self._variant.instance_type} has "
                f"{self._accelerators}, and local model servers run on the CPU only"
            )
        if not server.alive:
            raise self._errors.ended("its process is gone")
        return self._forward(forwarder, invocation)

    def status(self) -> HostedEndpoint:
        """Return what can be seen of the endpoint now."""
        return HostedEndpoint(
            endpoint_name=self.spec.endpoint_name,
            region=self.spec.region,
            status=self._status(),
            server_version=None if self._stand_in is None else self._stand_in.server_version,
            notes=self._notes,
            url=None if self._server is None else self._server.url,
            log=self._log,
        )

    def _status(self) -> str:
        if self._stopped:
            return "Deleting"
        if not self._in_service:
            return "Creating"
        if self._accelerators:
            return f"InService (unhosted: needs {self._accelerators})"
        if self._server is not None and not self._server.alive:
            return "Failed (the model server has ended)"
        return "InService"

    def _first_notes(self) -> tuple[str, ...]:
        if self._stand_in is None:
            return ()
        different = () if self._stand_in.exact else (self._stand_in.reason,)
        return (*different, *self._container.health_check_notes())

    def _unpack(self) -> None:
        url = self._variant.model_data_url or ""
        remove(self._folder)
        self._folder.mkdir(parents=True)
        data = open_model_data(
            url,
            self._means.read_object,
            check=self._check_wanted,
            timeout_seconds=self._variant.model_data_download_timeout_seconds,
        )
        try:
            unpack(data, self._model_store)
        except UnpackFailed as error:
            raise model_data_not_extracted(url, str(error)) from error

    @property
    def _model_store(self) -> Path:
        # Named as in the container, /opt/ml/model: a model without a folder of its own is called
        # after it.
        return self._folder / "model"

    def _scan(self) -> None:
        version = self._container.image.djl_version
        try:
            models = find_models(self._model_store, version, self._variant.environment)
        except ModelNotFound as error:
            if error.passes_health_check:
                raise EndpointFailed(str(error)) from error
            raise self._not_healthy(str(error)) from error
        except ArtifactError as error:
            raise self._not_healthy(str(error)) from error
        if any(model.engine == "Python" for model in models):
            self._notes += self._container.health_check_notes()
        if len(models) > 1:
            names = ", ".join(model.name for model in models)
            self._notes += (
                f"the tarball holds {len(models)} models ({names}): an invocation must say which "
                "by the query parameter model_name, which InvokeEndpoint cannot send",
            )

    def _serve(self, stand_in: LocalServer, log: Path) -> None:
        if self._notes:
            log.write_text("".join(f"note: {note}\n" for note in self._notes))
        try:
            server = self._means.servers(
                version=stand_in.server_version,
                directory=self._folder,
                model_store=self._model_store,
                environment=self._variant.environment,
                log=log,
            )
            with self._lock:
                self._check_wanted()
                self._server = self._server_to_stop = server
                server.start()
        except HostError as error:
            raise EndpointFailed(str(error)) from error
        seconds = self._variant.container_startup_health_check_timeout_seconds
        try:
            server.wait_until_in_service(DEFAULT_STARTUP_SECONDS if seconds is None else seconds)
            url = server.url
        except HostError as error:
            self._check_wanted()
            raise self._not_healthy(str(error)) from error
        except Exception:
            # What another thread stops may fail in any way.
            self._check_wanted()
            raise
        if url is None:
            raise self._not_healthy("the model server is in service without an address")
        self._forwarder = Forwarder(url, timeout_seconds=self._means.model_timeout_seconds)

    def _forward(self, forwarder: Forwarder, invocation: Invocation) -> Answer:
        try:
            answer = forwarder.invoke(invocation)
        except TooLate as error:
            raise self._errors.timed_out() from error
        except TooLong as error:
            raise self._errors.too_long() from error
        except NoAnswer as error:
            raise self._errors.ended(str(error)) from error
        if not 200 <= answer.status < 300:
            raise self._errors.of_answer(answer)
        return Answer(
            body=answer.body,
            content_type=answer.content_type,
            invoked_production_variant=self._variant.variant_name,
            custom_attributes=answer.custom_attributes,
        )

    def _not_healthy(self, cause: str) -> EndpointFailed:
        return health_check_failed(self._variant.variant_name, cause, self._log)

    def _check_wanted(self) -> None:
        if self._stopped:
            raise EndpointFailed(
                f"endpoint {self.spec.endpoint_name!r} was deleted while it was being created"
            )

    def _stop_server(self) -> None:
        with self._lock:
            server, self._server_to_stop = self._server_to_stop, None
            if server is not None:
                server.stop()

    def _end(self, *, keep_log: bool) -> None:
        if self._forwarder is not None:
            self._forwarder.close()
        self._stop_server()
        with self._lock:
            remove(self._folder, keep=LOG_NAME if keep_log else None)
