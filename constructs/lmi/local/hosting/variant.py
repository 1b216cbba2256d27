"""One production variant on one instance: from its model data to its last invocation."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from lmi.catalog import LocalServer, local_server
from lmi.errors import ArtifactError, HostError
from lmi.local.hosting.container import container_of
from lmi.local.hosting.endpoint_folder import log_of, remove
from lmi.local.hosting.failure import (
    EndpointFailed,
    NotWanted,
    health_check_failed,
    model_data_not_extracted,
)
from lmi.local.hosting.fetch import ReadObject, open_model_data, with_deadline
from lmi.local.hosting.forward import Forwarder
from lmi.local.hosting.logs import LogFollower, LogStream
from lmi.local.hosting.model_error import ModelErrors
from lmi.local.hosting.model_server import Server, ServerFactory
from lmi.local.hosting.prefix import ListObjects, download_prefix
from lmi.local.hosting.scan import ModelNotFound, find_models
from lmi.local.hosting.spec import EndpointSpec, VariantSpec
from lmi.local.hosting.supervised import SupervisedServer
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
    list_objects: ListObjects
    servers: ServerFactory
    model_timeout_seconds: float
    drain_seconds: float
    logs: LogFollower | None
    aws_environment: Mapping[str, str]
    """By which a container that is not isolated reaches AWS."""


class Variant:
    """
    A production variant of this host: one instance, whatever the configuration says.

    Args:
        spec: of the endpoint.
        variant: what to host of it.
        folder: the endpoint's own; exists when the variant starts.
        means: what it works with.

    Raises:
        EndpointFailed: this host cannot do what is asked for.
    """

    def __init__(
        self, spec: EndpointSpec, variant: VariantSpec, folder: Path, means: Means
    ) -> None:
        self.spec = variant
        self.name = variant.variant_name
        self._container = container_of(spec, variant)
        self.accelerators = self._container.accelerators
        """The accelerators that no server can be started for, such as `4 GPUs`."""
        self._stand_in: LocalServer | None = (
            None if self.accelerators else local_server(self._container.image)
        )
        # In the form of an EC2 instance, as in the log streams of SageMaker.
        instance_id = f"i-{secrets.token_hex(9)[:17]}"
        self._folder, self._means = folder / instance_id, means
        self._aws_environment: dict[str, str] = {}
        # An isolated container gets no credentials either:
        # https://docs.aws.amazon.com/sagemaker/latest/dg/mkt-algo-model-internet-free.html
        if means.aws_environment and not variant.network_isolation:
            region = {"AWS_REGION": spec.region, "AWS_DEFAULT_REGION": spec.region}
            self._aws_environment = {**means.aws_environment, **region}
        # A server that is not there prints nothing.
        self.log = None if self._stand_in is None else log_of(folder, self.name, instance_id)
        self._stream = LogStream(
            region=spec.region,
            endpoint_name=spec.endpoint_name,
            stream_name=f"{self.name}/{instance_id}",
        )
        self.errors = ModelErrors(spec, self.log)
        self._notes = self._first_notes()
        self._stopped = False
        self._server = (
            None
            if self._stand_in is None
            else SupervisedServer(
                make=self._make_server,
                startup_seconds=_startup_seconds(variant),
                model_timeout_seconds=means.model_timeout_seconds,
            )
        )

    @property
    def server_version(self) -> str | None:
        """The version of DJL's engine that serves it."""
        return None if self._stand_in is None else self._stand_in.server_version

    @property
    def url(self) -> str | None:
        """Where its server listens now."""
        return None if self._server is None else self._server.url

    @property
    def trouble(self) -> str | None:
        """Why its server does not serve now; None where it does, and where there is none."""
        return None if self._server is None else self._server.trouble

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences about where this host differs from SageMaker, and what has happened."""
        restarts = 0 if self._server is None else self._server.restarts
        if not restarts:
            return self._notes
        return (*self._notes, f"the model server has ended by itself; restarts: {restarts}")

    def start(self, check_wanted: Callable[[], None]) -> None:
        """
        Return when the variant is in service, hosted or not.

        Args:
            check_wanted: called now and then; raises to end the start.

        Raises:
            EndpointFailed: it is not in service; `stop` removes what there is of it.
        """

        def check() -> None:
            check_wanted()
            if self._stopped:
                raise NotWanted(f"production variant {self.name} is not wanted any more")

        self._unpack(check)
        if self._server is None:
            self._scan()
        else:
            self._serve(self._server, check)
        check()

    def stop(self) -> None:
        """End the server, also one that starts."""
        self._stopped = True
        if self._server is not None:
            self._server.stop()

    def remove(self) -> None:
        """Remove its files but the log; after `stop`, when `start` has returned."""
        if self._server is not None:
            self._server.join()
        if self.log is not None and self._means.logs is not None:
            self._means.logs.finish(self.log)
        remove(self._folder)

    def forwarder(self) -> Forwarder:
        """
        Return the connections to the server.

        Raises:
            InvocationFailed: ModelError; there is no server, or none now.
        """
        if self._server is None:
            raise self.errors.unhosted(
                f"the endpoint is unhosted: {self.spec.instance_type} has "
                f"{self.accelerators}, and local model servers run on the CPU only"
            )
        forwarder = self._server.forwarder
        if forwarder is None:
            raise self.errors.ended(self._server.trouble or "the model server has ended")
        return forwarder

    def _first_notes(self) -> tuple[str, ...]:
        if self._stand_in is None:
            return ()
        different = () if self._stand_in.exact else (self._stand_in.reason,)
        return (*different, *self._container.health_check_notes())

    def _unpack(self, check: Callable[[], None]) -> None:
        url, means = self.spec.model_data_url or "", self._means
        self._folder.mkdir(parents=True)
        check = with_deadline(url, check, self.spec.model_data_download_timeout_seconds)
        if self.spec.model_data_is_prefix:
            download_prefix(
                url,
                self._model_store,
                list_objects=means.list_objects,
                read_object=means.read_object,
                check=check,
            )
            return
        data = open_model_data(url, means.read_object, check=check)
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
            models = find_models(self._model_store, version, self.spec.environment)
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

    def _serve(self, server: SupervisedServer, check: Callable[[], None]) -> None:
        check()
        try:
            server.start()
        except HostError as error:
            check()
            if not server.was_started:
                # Something is not installed; the model is not to blame.
                raise EndpointFailed(str(error)) from error
            raise self._not_healthy(str(error)) from error
        except Exception:
            # What another thread stops may fail in any way.
            check()
            raise

    def _make_server(self, start: int) -> Server:
        if self._stand_in is None or self.log is None:
            raise HostError(f"production variant {self.name} has no model server")
        self.log.parent.mkdir(parents=True, exist_ok=True)
        if start == 1:
            self.log.write_text("".join(f"note: {note}\n" for note in self._notes))
            if self._means.logs is not None:
                self._means.logs.follow(self.log, self._stream)
        else:
            with self.log.open("a", encoding="utf-8") as log:
                log.write(f"note: the model server has ended; this is start {start}\n")
            remove(self._folder / str(start - 1))
        directory = self._folder / str(start)
        directory.mkdir()
        return self._means.servers(
            version=self._stand_in.server_version,
            directory=directory,
            model_store=self._model_store,
            environment={**self._aws_environment, **self.spec.environment},
            log=self.log,
        )

    def _not_healthy(self, cause: str) -> EndpointFailed:
        return health_check_failed(self.name, cause, self.log)


def _startup_seconds(variant: VariantSpec) -> float:
    seconds = variant.container_startup_health_check_timeout_seconds
    return DEFAULT_STARTUP_SECONDS if seconds is None else seconds
