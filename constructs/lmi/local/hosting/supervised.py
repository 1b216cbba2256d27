"""A model server that is started again when it ends by itself or fails its /ping."""

import threading
import time
from collections.abc import Callable

from lmi.errors import HostError
from lmi.local.hosting.forward import Forwarder
from lmi.local.hosting.model_server import Server

BACKOFF_SECONDS = (0.1, 0.5, 2.0, 8.0, 30.0)
"""
What is waited before each start in a row; after the last one fails, the server stays down.

SageMaker restarts a container that exits, and does not say how fast; Docker waits 100 ms at first
and longer each time (https://docs.docker.com/engine/containers/start-containers-automatically/).
"""

STEADY_SECONDS = 60.0
"""A server that has served for this long begins anew with the first of BACKOFF_SECONDS."""

PING_SECONDS = 5.0
"""How often /ping is asked; the pace of SageMaker is not documented."""

PINGS_FAILED = 3
"""
After so many in a row a server is started again. DJL Serving marks a model as failed when its
Python had to be ended, after a time-out for instance, and answers /ping with 500 from then on
(deepjavalibrary/djl-serving 0.34.0: WorkerThread and ModelManager.workerStatus).
"""

_POLL_SECONDS = 0.2


class SupervisedServer:
    """
    The model server of one instance, over its restarts.

    Args:
        make: makes the server of the start of this number, the first being 1.
        startup_seconds: what a server has until /ping answers 200.
        model_timeout_seconds: what it has for an answer.
    """

    def __init__(
        self,
        *,
        make: Callable[[int], Server],
        startup_seconds: float,
        model_timeout_seconds: float,
    ) -> None:
        self._make = make
        self._startup_seconds = startup_seconds
        self._model_timeout_seconds = model_timeout_seconds
        # Held while a server starts or ends: restart and stop may meet.
        self._lock = threading.Lock()
        self._server: Server | None = None
        self._forwarder: Forwarder | None = None
        self._stopped = threading.Event()
        self._watcher: threading.Thread | None = None
        self._starts = 0
        self._has_given_up = False

    @property
    def url(self) -> str | None:
        """Where the server listens now, if it does."""
        server = self._server
        return None if server is None or not server.alive else server.url

    @property
    def was_started(self) -> bool:
        """Whether a process of it was ever started."""
        return self._starts > 0

    @property
    def restarts(self) -> int:
        """How often it was started again."""
        return max(0, self._starts - 1)

    @property
    def trouble(self) -> str | None:
        """What is wrong with it now, in words; None while it serves."""
        if self._has_given_up:
            return f"the model server has ended {self._starts} times and is not started again"
        server = self._server
        if self._forwarder is None or server is None or not server.alive:
            return "the model server has ended and is being restarted"
        return None

    @property
    def forwarder(self) -> Forwarder | None:
        """The connections to the server, or None where there is none."""
        return None if self.trouble else self._forwarder

    def start(self) -> None:
        """
        Return when the server is in service.

        Raises:
            HostError: it is not, or it was stopped meanwhile.
        """
        self._launch()
        self._watcher = threading.Thread(target=self._watch, name="restarts", daemon=True)
        self._watcher.start()

    def stop(self) -> None:
        """End the server for good; may be called while another thread starts it."""
        self._stopped.set()
        self._end()

    def join(self) -> None:
        """Return when no thread of this server is at work any more; after `stop`."""
        if self._watcher is not None:
            self._watcher.join()

    def _launch(self) -> None:
        server = self._make(self._starts + 1)
        with self._lock:
            if self._stopped.is_set():
                raise HostError("the model server was stopped before it started")
            self._server = server
            server.start()
            self._starts += 1
        server.wait_until_in_service(self._startup_seconds)
        url = server.url
        if url is None:
            raise HostError("the model server is in service without an address")
        self._forwarder = Forwarder(url, timeout_seconds=self._model_timeout_seconds)

    def _end(self) -> None:
        forwarder, self._forwarder = self._forwarder, None
        if forwarder is not None:
            forwarder.close()
        with self._lock:
            server, self._server = self._server, None
            if server is not None:
                server.stop()

    def _watch(self) -> None:
        failures, since = 0, time.monotonic()
        health = _Health()
        while not self._stopped.wait(_POLL_SECONDS):
            server = self._server
            if server is not None and server.alive and health.is_good(server):
                if time.monotonic() - since > STEADY_SECONDS:
                    failures = 0
                continue
            self._end()
            if failures == len(BACKOFF_SECONDS):
                self._has_given_up = True
                return
            if self._stopped.wait(BACKOFF_SECONDS[failures]):
                return
            failures += 1
            try:
                self._launch()
            except Exception:
                # Its log says why; what another thread stops may fail in any way.
                self._end()
            since, health = time.monotonic(), _Health()


class _Health:
    """The pings of one server, from its start."""

    def __init__(self) -> None:
        self._asked = time.monotonic()
        self._failed = 0

    def is_good(self, server: Server) -> bool:
        """Ask if it is time to; return False when too many pings in a row have failed."""
        if time.monotonic() - self._asked >= PING_SECONDS:
            self._failed = 0 if server.ping() == 200 else self._failed + 1
            self._asked = time.monotonic()
        return self._failed < PINGS_FAILED
