"""The instances of one endpoint configuration, and what they are answering."""

import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from lmi.local.hosting.container import container_of
from lmi.local.hosting.failure import EndpointFailed, NotWanted
from lmi.local.hosting.routing import Router
from lmi.local.hosting.spec import EndpointSpec
from lmi.local.hosting.variant import Means, Variant


class Fleet:
    """
    One instance for each production variant of an endpoint.

    Args:
        spec: what to host.
        folder: the endpoint's own.
        means: what they work with.

    Raises:
        EndpointFailed: this host cannot do what is asked for; every problem, one a line.
    """

    def __init__(self, spec: EndpointSpec, folder: Path, means: Means) -> None:
        spec.check()
        _check_containers(spec)
        self.spec = spec
        self.variants = tuple(Variant(spec, each, folder, means) for each in spec.variants)
        self.router = Router(spec.weights)
        self._by_name = {variant.name: variant for variant in self.variants}
        self._open = 0
        # A plain lock under it: each invocation takes it twice.
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._stopped = False

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its variants."""
        return tuple(self._by_name)

    @property
    def log(self) -> Path | None:
        """The log of the first variant that has a server."""
        return next((each.log for each in self.variants if each.log is not None), None)

    def start(self, check_wanted: Callable[[], None]) -> None:
        """
        Return when every variant is in service; they start side by side.

        Raises:
            EndpointFailed: one is not, for the reasons of all that are not. Nothing runs, and only
                the logs are left.
        """
        try:
            with ThreadPoolExecutor(max_workers=len(self.variants)) as pool:
                starts = [pool.submit(self._start, each, check_wanted) for each in self.variants]
            errors = [error for start in starts if (error := start.exception()) is not None]
            if errors:
                raise _all_of(errors)
        except OSError as error:
            self.stop()
            raise EndpointFailed(f"the endpoint's files cannot be written: {error}") from error
        except BaseException:
            self.stop()
            raise

    def _start(self, variant: Variant, check_wanted: Callable[[], None]) -> None:
        try:
            variant.start(check_wanted)
        except BaseException:
            # The others would load their models for nothing.
            for other in self.variants:
                if other is not variant:
                    other.stop()
            raise

    def begin(self) -> None:
        """Count an invocation, so that `drain` waits for it."""
        with self._lock:
            self._open += 1

    def end(self) -> None:
        """Count an invocation no more."""
        with self._lock:
            self._open -= 1
            if not self._open:
                self._changed.notify_all()

    def route(self, target_variant: str | None) -> Variant:
        """Return the variant that answers the next invocation."""
        return self._by_name[self.router.pick() if target_variant is None else target_variant]

    @property
    def open_invocations(self) -> int:
        """How many invocations have begun and not ended, streams among them."""
        with self._changed:
            return self._open

    def drain(self, seconds: float) -> int:
        """Wait until every invocation has ended, and return how many have not in time."""
        ends = time.monotonic() + seconds
        with self._changed:
            while self._open and not self._stopped:
                left = ends - time.monotonic()
                if left <= 0:
                    break
                self._changed.wait(left)
            return self._open

    def interrupt(self) -> None:
        """End every server at once, also those that start, and let `drain` return."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        for variant in self.variants:
            variant.stop()

    def stop(self) -> None:
        """End every server and remove its files; the logs stay."""
        self.interrupt()
        for variant in self.variants:
            variant.remove()

    def set_weights(self, weights: Mapping[str, float]) -> None:
        """Distribute by *weights* from now on; a variant that is not named keeps its own."""
        self.router.set({**self.router.weights, **weights})


def _all_of(errors: list[BaseException]) -> BaseException:
    """Return one error with the reasons of all; a variant is not to blame for another's failure."""
    for error in errors:
        if not isinstance(error, EndpointFailed):
            return error
    causes = [error for error in errors if not isinstance(error, NotWanted)] or errors
    return EndpointFailed("\n".join(dict.fromkeys(str(error) for error in causes)))


def _check_containers(spec: EndpointSpec) -> None:
    """Raise EndpointFailed for the containers of all variants at once."""
    problems: dict[str, None] = {}
    for variant in spec.variants:
        try:
            container_of(spec, variant)
        except EndpointFailed as failure:
            problems |= dict.fromkeys(failure.reason.splitlines())
    if problems:
        raise EndpointFailed("\n".join(problems))
