"""
The model data as a stream: from the object store, under a deadline, at most one part in memory.
"""

import io
import time
from collections.abc import Callable, Iterable, Iterator

from lmi.local.hosting.failure import EndpointFailed, model_data_missing

ReadObject = Callable[[str, str], Iterable[bytes] | None]
"""
Takes bucket and key; returns the object's bytes in parts, or None where there is no such object.
"""


class ModelData(io.RawIOBase):
    """
    A readable stream of an object's bytes.

    Args:
        parts: the object's bytes, in order.
        check: called before each part; raises to end the reading.
    """

    def __init__(self, parts: Iterable[bytes], check: Callable[[], None]) -> None:
        super().__init__()
        self._parts: Iterator[bytes] = iter(parts)
        self._rest = memoryview(b"")
        self._check = check

    def read(self, size: int = -1, /) -> bytes:
        """Return up to *size* bytes, or all that are left; nothing at the end."""
        if size < 0:
            return b"".join(iter(lambda: self.read(1 << 20), b""))
        while not self._rest:
            self._check()
            part = next(self._parts, None)
            if part is None:
                return b""
            self._rest = memoryview(part)
        data, self._rest = self._rest[:size], self._rest[size:]
        return bytes(data)


def open_model_data(url: str, read_object: ReadObject, *, check: Callable[[], None]) -> ModelData:
    """
    Return the stream of the object at *url*.

    Args:
        url: the ModelDataUrl, `s3://bucket/key`.
        read_object: reads from the object store.
        check: called before each part; raises to end the reading.

    Raises:
        EndpointFailed: the URL is not of that form, or no object lies there.
    """
    scheme, _, rest = url.partition("://")
    bucket, _, key = rest.partition("/")
    if scheme != "s3" or not bucket or not key:
        raise EndpointFailed(f"ModelDataUrl must be s3://BUCKET/KEY on the local host, got {url!r}")
    parts = read_object(bucket, key)
    if parts is None:
        raise model_data_missing(url)
    return ModelData(parts, check)


def with_deadline(
    url: str, check: Callable[[], None], timeout_seconds: float | None
) -> Callable[[], None]:
    """
    Return a *check* that also raises EndpointFailed when the time for the model data is over.

    Args:
        url: of the model data.
        check: called first.
        timeout_seconds: ModelDataDownloadTimeoutInSeconds, from now until the last byte is read.
            None: no limit.
    """
    ends = None if timeout_seconds is None else time.monotonic() + timeout_seconds

    def check_both() -> None:
        check()
        if ends is not None and time.monotonic() > ends:
            raise EndpointFailed(
                f"model data at {url} was not downloaded and unpacked within "
                f"ModelDataDownloadTimeoutInSeconds ({timeout_seconds:g} s)"
            )

    return check_both
