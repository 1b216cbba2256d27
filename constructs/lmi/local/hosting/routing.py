"""
Which production variant answers an invocation that names none.

SageMaker distributes by the ratio of a variant's weight to the sum of all
(https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ProductionVariant.html), and does not
say in which order. Here it is a smooth weighted round robin, so that a test which counts answers
gets the same counts each time (https://github.com/nginx/nginx/commit/52327e0627f49dbda1e8db695e63a4b0af4448b1).
"""

import threading
from collections.abc import Mapping


class Router:
    """
    Picks variants by weight; may be called from many threads.

    Over as many calls as the weights sum up to, whole numbers given, each variant is picked exactly
    as often as its weight says, and never all at once. One with weight 0 is never picked.
    """

    def __init__(self, weights: Mapping[str, float]) -> None:
        self._lock = threading.Lock()
        self._weights: dict[str, float] = {}
        self._credit: dict[str, float] = {}
        self._only: str | None = None
        self.set(weights)

    @property
    def weights(self) -> dict[str, float]:
        """The weights now, by variant name."""
        with self._lock:
            return dict(self._weights)

    def set(self, weights: Mapping[str, float]) -> None:
        """Distribute by *weights* from now on."""
        with self._lock:
            self._weights = dict(weights)
            self._credit = dict.fromkeys(weights, 0.0)
            weighted = [name for name, weight in weights.items() if weight > 0]
            self._only = weighted[0] if len(weighted) == 1 else None

    def pick(self) -> str:
        """Return the name of the next variant."""
        if self._only is not None:
            return self._only
        with self._lock:
            for name, weight in self._weights.items():
                self._credit[name] += weight
            weighted = [name for name, weight in self._weights.items() if weight > 0]
            chosen = max(weighted, key=self._credit.__getitem__)
            self._credit[chosen] -= sum(self._weights.values())
            return chosen
