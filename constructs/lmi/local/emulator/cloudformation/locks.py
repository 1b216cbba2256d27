"""
What must not happen at once: stacks run in parallel, each in a thread, and requests in others.

moto keeps its records in plain dictionaries, looks before it adds, and walks them while another
thread may add (moto 5.2.5: `for ... in self.stacks.values()` in cloudformation/models.py, and the
like in iam, s3 and sagemaker).
"""

import contextlib
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Any

_resources = threading.RLock()

begin = threading.RLock()
"""Held from looking at a stack's status to changing it."""

exports = threading.RLock()
"""Held from looking at the exports of a region to changing them."""

_WAITING = frozenset({"AWS::SageMaker::Endpoint"})
"""Types whose creation takes as long as a model loads. Their code locks what it shares."""


def resource(resource_type: str) -> AbstractContextManager[object]:
    """Return what to hold while a resource is created, updated or deleted: one at a time."""
    return contextlib.nullcontext() if resource_type in _WAITING else _resources


class Records(dict[str, Any]):
    """A dictionary that can be walked while another thread adds to it."""

    def __iter__(self) -> Iterator[str]:
        """Walk over the keys of this moment."""
        return iter(list(dict.keys(self)))

    def keys(self) -> list[str]:  # type: ignore[override]
        """Return the keys of this moment."""
        return list(dict.keys(self))

    def values(self) -> list[Any]:  # type: ignore[override]
        """Return the values of this moment."""
        return list(dict.values(self))

    def items(self) -> list[tuple[str, Any]]:  # type: ignore[override]
        """Return the items of this moment."""
        return list(dict.items(self))
