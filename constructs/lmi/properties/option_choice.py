"""Chooses the options that an image and a handler read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from lmi.catalog import Image
from lmi.catalog.nearest import nearest_or
from lmi.errors import CatalogError
from lmi.properties.option import OptionUse
from lmi.properties.option_text import explanation, not_read
from lmi.properties.options import known_keys, known_keys_in_image, uses, uses_in_image

_BY_ALL = frozenset(("any", "server"))

_GPU = frozenset(("djl-deepspeed", "djl-fastertransformer", "djl-lmi"))
_FAMILIES: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "deepspeed": frozenset(("djl-deepspeed",)),
        "stable-diffusion": frozenset(("djl-deepspeed",)),
        "fastertransformer": frozenset(("djl-fastertransformer",)),
        "transformers_neuronx": frozenset(("djl-neuronx",)),
        "stable_diffusion_inf2": frozenset(("djl-neuronx",)),
        "tensorrt_llm": frozenset(("djl-tensorrtllm",)),
        "lmi_trtllm": frozenset(("djl-tensorrtllm",)),
        "scheduler": _GPU,
        "lmi-dist": _GPU,
        "vllm": _GPU | {"djl-neuronx"},
        "lmi_vllm": frozenset(("djl-lmi",)),
    }
)
"""Families of images that have what a handler needs; a handler that is not named here runs in all.
See serving/docker of https://github.com/deepjavalibrary/djl-serving."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What is known of one key."""

    text: str
    is_read: bool
    """Whether the image and handler that were asked for read it."""
    uses: tuple[OptionUse, ...]
    """By the image and handler that were asked for; by any where they do not read it."""
    tags: tuple[str, ...]
    """Of all images that read the key, whatever was asked for."""


def handlers() -> tuple[str, ...]:
    """Return the names of all readers, sorted."""
    return tuple(
        sorted({name for key in known_keys() for use in uses(key) for name in use.handlers})
    )


def chosen(image: Image | None, handler: str | None) -> list[tuple[str, tuple[OptionUse, ...]]]:
    """
    Return the keys that *image* and *handler* read, each with its uses there.

    Raises CatalogError with the nearest names where no reader is called *handler*.
    """
    _check(handler)
    keys = known_keys() if image is None else known_keys_in_image(image)
    found = []
    for key in keys:
        read = _read(key, image, handler)
        if read:
            found.append((key, read))
    return found


def explained(
    key: str, image: Image | None, handler: str | None, images: Sequence[Image]
) -> Answer:
    """
    Return what is known of *key*, for *image* and *handler* where they are given.

    Raises CatalogError with the nearest names for an unknown key or handler.
    """
    _check(handler)
    everywhere = uses(key)
    if not everywhere:
        hint = nearest_or(key, known_keys(), "see lmi options for all of them")
        raise CatalogError(f"unknown key {key!r}; {hint}")
    reading = [candidate for candidate in images if _read(key, candidate, None)]
    read = _read(key, image, handler)
    text = explanation(key, read or everywhere, reading)
    if not read:
        text = f"{_refusal(key, image, handler, everywhere)}\n\n{text}"
    return Answer(
        text=text,
        is_read=bool(read),
        uses=read or everywhere,
        tags=tuple(candidate.tag for candidate in reading),
    )


def _refusal(
    key: str, image: Image | None, handler: str | None, everywhere: Sequence[OptionUse]
) -> str:
    if image is not None and not _read(key, image, None):
        return not_read(key, image, everywhere)
    where = "" if image is None else f" in {image.tag}"
    readers = dict.fromkeys(name for use in everywhere for name in use.handlers)
    return f"{key} is not read by {handler}{where}; it is read by {', '.join(readers)}"


def _read(key: str, image: Image | None, handler: str | None) -> tuple[OptionUse, ...]:
    found = uses(key) if image is None else uses_in_image(key, image)
    return tuple(
        use
        for use in found
        if (handler is None or {handler, *_BY_ALL} & {*use.handlers})
        and (image is None or any(_runs(name, image) for name in use.handlers))
    )


def _runs(handler: str, image: Image) -> bool:
    families = _FAMILIES.get(handler)
    return families is None or image.framework_key in families


def _check(handler: str | None) -> None:
    if handler is not None and handler not in handlers():
        hint = nearest_or(handler, handlers(), f"there are {', '.join(handlers())}")
        raise CatalogError(f"unknown handler {handler!r}; {hint}")
