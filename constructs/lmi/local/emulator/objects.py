"""What lies in the embedded S3, without a request."""

from collections.abc import Iterator

from moto.s3.models import FakeKey, s3_backends

from lmi.local.emulator import ACCOUNT
from lmi.local.hosting.prefix import StoredObject


def list_objects(bucket: str, prefix: str, account: str = ACCOUNT) -> Iterator[StoredObject] | None:
    """Return the objects of *bucket* whose keys begin with *prefix*; None: no such bucket."""
    for backend in list(s3_backends[account].values()):
        found = backend.buckets.get(bucket)
        if found is not None:
            # Of a versioned object that was deleted, a marker is left.
            return (
                StoredObject(key=name, bytes=key.size)
                for name, key in sorted(found.keys.items())
                if name.startswith(prefix) and isinstance(key, FakeKey)
            )
    return None
