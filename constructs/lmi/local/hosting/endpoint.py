"""One endpoint: created, updated, invoked, ended."""

import threading
from collections.abc import Callable, Mapping
from pathlib import Path

from lmi.local.hosting.answering import ask, ask_for_stream
from lmi.local.hosting.endpoint_folder import remove, show_log
from lmi.local.hosting.failure import EndpointFailed, NotWanted
from lmi.local.hosting.fleet import Fleet
from lmi.local.hosting.invocation import (
    Answer,
    Invocation,
    StreamingAnswer,
    check_invocation,
    endpoint_not_found,
)
from lmi.local.hosting.spec import EndpointSpec, weight_problems
from lmi.local.hosting.status import HostedEndpoint, describe
from lmi.local.hosting.variant import Means

Report = Callable[[str], None]
"""Takes one line a step."""


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
        self._folder, self._means = folder, means
        # Held for moments only: who holds it sees one fleet that serves, and enters it.
        self._lock = threading.Lock()
        self._serving = Fleet(spec, folder, means)
        self._starting: Fleet | None = self._serving
        self._draining: Fleet | None = None
        self._in_service = False
        self._stopped = False
        self._settled = threading.Event()

    @property
    def spec(self) -> EndpointSpec:
        """What it serves, or is being created to serve."""
        return self._serving.spec

    def create(self) -> None:
        """
        Return when the endpoint is in service, hosted or not.

        Raises:
            EndpointFailed: it is not; nothing runs, and of its files only the log is left.
        """
        fleet = self._serving
        try:
            self._prepare(fleet)
            fleet.start(self._check_wanted)
            with self._lock:
                self._check_wanted()
                self._starting, self._in_service = None, True
        except BaseException:
            fleet.stop()
            remove(self._folder, keep_logs=True)
            raise
        finally:
            self._settled.set()

    def update(self, spec: EndpointSpec, report: Report) -> None:
        """
        Return when *spec* is served and all that served before is gone.

        The new servers start beside the old, and traffic moves to them at one instant: what begins
        after it goes to them. The old ones end when what they are answering has ended.

        Raises:
            EndpointFailed: the old servers go on serving, untouched, and of the new ones only the
                logs are left.
        """
        new = Fleet(spec, self._folder, self._means)
        with self._lock:
            if not self._in_service or self._starting or self._draining or self._stopped:
                raise EndpointFailed(f'Cannot update in-progress endpoint "{spec.arn}".')
            self._starting = new
            self._settled.clear()
        try:
            self._replace(new, report)
        finally:
            self._settled.set()

    def _replace(self, new: Fleet, report: Report) -> None:
        names = ", ".join(new.names)
        try:
            report(f"Starting the new fleet beside the old: {names}")
            new.start(self._check_wanted)
            report(f"The new fleet is in service: {names}")
            for line in new.spec.rollout:
                report(line)
            if new.log is not None:
                show_log(self._folder, new.log)
            with self._lock:
                self._check_wanted()
                old, self._serving = self._serving, new
                self._draining, self._starting = old, None
        except BaseException:
            new.stop()
            with self._lock:
                self._starting = None
            if not self._stopped and self._serving.log is not None:
                show_log(self._folder, self._serving.log)
            raise
        try:
            report("All traffic goes to the new fleet")
            if waiting := old.open_invocations:
                report(f"Draining the old fleet: {waiting} open")
            if left := old.drain(self._means.drain_seconds):
                report(f"{left} open after {self._means.drain_seconds:g} s; they are cut off")
        finally:
            old.stop()
            with self._lock:
                self._draining = None
        report("The old fleet has ended")

    def stop(self, *, keep_log: bool) -> None:
        """End the endpoint, also one that is being created or updated, and remove its files."""
        with self._lock:
            self._stopped = True
            fleets = {self._serving, self._starting, self._draining} - {None}
        for fleet in fleets:
            if fleet is not None:
                fleet.interrupt()
        self._settled.wait()
        self._serving.stop()
        remove(self._folder, keep_logs=keep_log)

    def invoke(self, invocation: Invocation) -> Answer:
        """
        Return the model's answer.

        Raises:
            InvocationFailed: as InvokeEndpoint fails.
        """
        fleet = self._enter()
        try:
            check_invocation(invocation, fleet.names)
            return ask(fleet.route(invocation.target_variant), invocation)
        finally:
            fleet.end()

    def invoke_stream(self, invocation: Invocation) -> StreamingAnswer:
        """
        Return the model's answer part by part; an update waits for its end.

        Raises:
            InvocationFailed: as InvokeEndpointWithResponseStream fails.
        """
        fleet = self._enter()
        try:
            check_invocation(invocation, fleet.names)
            return ask_for_stream(fleet.route(invocation.target_variant), invocation, fleet.end)
        except BaseException:
            fleet.end()
            raise

    def set_weights(self, weights: Mapping[str, float]) -> None:
        """
        Distribute by *weights* from now on; a variant that is not named keeps its own.

        Raises:
            EndpointFailed: a variant is not there, or a weight is wrong.
        """
        with self._lock:
            fleet = self._serving
            problems = [
                f"the endpoint has no production variant {name!r}; it has {', '.join(fleet.names)}"
                for name in weights
                if name not in fleet.names
            ]
            problems += weight_problems({**fleet.router.weights, **weights})
            if problems:
                raise EndpointFailed("\n".join(problems))
            fleet.set_weights(weights)

    def status(self) -> HostedEndpoint:
        """Return what can be seen of the endpoint now."""
        with self._lock:
            fleet, is_updating = self._serving, bool(self._starting or self._draining)
            status = (
                "Deleting"
                if self._stopped
                else "Creating"
                if not self._in_service
                else "Updating"
                if is_updating
                else "InService"
            )
        return describe(fleet, status, self._folder)

    def _enter(self) -> Fleet:
        """Return the fleet that serves now, with the invocation counted."""
        with self._lock:
            if not self._in_service or self._stopped:
                raise endpoint_not_found(self.spec.endpoint_name, self.spec.account)
            self._serving.begin()
            return self._serving

    def _prepare(self, fleet: Fleet) -> None:
        try:
            remove(self._folder)
            self._folder.mkdir(parents=True)
            if fleet.log is not None:
                show_log(self._folder, fleet.log)
        except OSError as error:
            raise EndpointFailed(f"the endpoint's files cannot be written: {error}") from error

    def _check_wanted(self) -> None:
        if self._stopped:
            raise NotWanted(
                f"endpoint {self.spec.endpoint_name!r} was deleted while it was being "
                f"{'updated' if self._in_service else 'created'}"
            )
