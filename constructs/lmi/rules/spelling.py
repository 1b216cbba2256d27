"""What a misspelt key may have meant."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from lmi.catalog import Image
from lmi.catalog.nearest import nearest
from lmi.properties.option_data import uses_by_key
from lmi.properties.options import vllm_arguments

OPTION = "option."

DEVICE_KEYS = frozenset(
    f"{device}.{name}"
    for device in ("cpu", "gpu", "nc")
    for name in ("minWorkers", "maxWorkers", "required_memory_mb", "reserved_memory_mb")
)
"""Keys for one kind of device (djl-serving: WorkerPoolConfig.java, ModelInfo.java)."""

_LIKE = 0.75
"""How like a key must be to be offered; most share `option.` already."""

_LONGEST = 80
"""Longer than this is no key that somebody mistyped."""


def _deletions(key: str) -> Iterator[str]:
    return (key[:at] + key[at + 1 :] for at in range(len(key)))


def _plain(key: str) -> str:
    return "".join(letter for letter in key.lower() if letter.isalnum())


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The keys that a misspelt one can have meant, for look-ups that take no longer the more."""

    keys: frozenset[str]
    _by_deletion: Mapping[str, frozenset[str]]
    _by_sound: Mapping[str, str]

    @classmethod
    def of(cls, keys: Iterable[str]) -> "Vocabulary":
        """Return the vocabulary of *keys*."""
        known = frozenset(keys)
        by_deletion: dict[str, set[str]] = {}
        for key in known:
            for shorter in _deletions(key):
                by_deletion.setdefault(shorter, set()).add(key)
        return cls(
            known,
            {shorter: frozenset(found) for shorter, found in by_deletion.items()},
            {_plain(key): key for key in sorted(known)},
        )

    def slip(self, key: str) -> str | None:
        """
        Return the key that *key* is but for one letter: left out, doubled, wrong or swapped; or but
        for case, blanks, dots, hyphens and underscores.
        """
        if len(key) > _LONGEST:
            return None
        found = set(self._by_deletion.get(key, ()))
        for shorter in _deletions(key):
            found |= {shorter} & self.keys
            found |= self._by_deletion.get(shorter, frozenset())
        found.discard(key)
        if found:
            return min(found, key=lambda each: (abs(len(each) - len(key)), each))
        return self._by_sound.get(_plain(key))

    def nearest(self, key: str) -> str | None:
        """Return the key that resembles *key* most, None if none does."""
        slip = self.slip(key)
        if slip is not None or len(key) > _LONGEST:
            return slip
        found = nearest(key, self.keys, 1, cutoff=_LIKE)
        return found[0] if found else None


_HEADS = Vocabulary.of(("option",))


@lru_cache(maxsize=4)
def vocabulary(image: Image | None) -> Vocabulary:
    """Return the keys that *image*, or any image, reads."""
    keys = {
        key
        for key, uses in uses_by_key().items()
        if image is None or any(use.applies_to(image.djl_version) for use in uses)
    }
    passed = None if image is None else vllm_arguments(image)
    if passed is not None:
        keys |= {OPTION + name for name in passed.arguments}
    return Vocabulary.of(keys | DEVICE_KEYS)


def misspelt_prefix(key: str) -> str | None:
    """Return *key* with ``option.`` where its first part looks like that and is not, else None."""
    head, dot, rest = key.partition(".")
    if not dot or not rest or head == "option" or len(head) > len("option") + 2:
        return None
    like = _HEADS.slip(head) or _HEADS.slip(head.lower()) or _is_jumble(head, OPTION + rest)
    return OPTION + rest if like else None


def _is_jumble(head: str, key: str) -> bool:
    # Two slips at once, `opitons`; before a known option also a third, `opt`.
    cutoff = 0.6 if key in uses_by_key() else 0.75
    return bool(nearest(head.lower(), ("option",), 1, cutoff=cutoff))
