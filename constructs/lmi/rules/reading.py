"""Who reads a key of a subject, for the rules about keys and values."""

from collections.abc import Iterable
from types import MappingProxyType

from lmi.djl.handlers import BARE_KEYS_REACH_PYTHON_SINCE
from lmi.properties.options import OptionUse, uses_in_image
from lmi.rules.spelling import OPTION
from lmi.rules.subject import Subject

MOST = 200
"""Findings of one rule in one file; what is beyond them comes up once they are mended."""

SAID_ANYWAY = MappingProxyType(
    {
        # Handlers without such an option generate text.
        "option.task": "text-generation",
        # The folder in which DJL Serving looks for LoRA adapters (PyAdapterManager, ModelInfo.java).
        "option.adapters": "adapters",
    }
)
"""Values that change nothing where nobody reads the key: it is so without them."""


def uses_here(subject: Subject, key: str) -> tuple[OptionUse, ...]:
    """Return what *key* is in the subject's image, whoever runs there."""
    assert subject.image is not None  # noqa: S101 -- the rules that ask need it
    return uses_in_image(key, subject.image)


def uses_read(subject: Subject, key: str) -> tuple[OptionUse, ...]:
    """Return what *key* can become for those that run here."""
    return tuple(use for use in uses_here(subject, key) if subject.readers.reads(use))


def reaches_python(subject: Subject, key: str) -> bool:
    """Return whether a Python handler is given *key*, without its ``option.``."""
    if not subject.readers.has_python:
        return False
    return key.startswith(OPTION) or subject.version >= BARE_KEYS_REACH_PYTHON_SINCE


def own_code(subject: Subject) -> str | None:
    """
    Return the text of the code that is not DJL Serving's, empty where none runs; None: not known.
    """
    if not subject.readers.is_open or not subject.readers.has_python:
        return ""
    is_elsewhere = (subject.readers.entry_point or "").lower().startswith(("/", "http"))
    return None if is_elsewhere else subject.code


def is_for_own_code(subject: Subject, key: str) -> bool:
    """
    Return whether *key* may be for code that is not DJL Serving's: there is such code, it is given
    the key, and it names it or is not known.
    """
    code = own_code(subject)
    if code == "" or not reaches_python(subject, key):
        return False
    return code is None or key.removeprefix(OPTION) in code


def is_template(value: str) -> bool:
    """Return whether *value* is filled in by something before DJL Serving sees it."""
    return "{{" in value or "${" in value


def words(names: Iterable[str]) -> str:
    """Return names for a message: ``a, b or c``."""
    all_names = list(dict.fromkeys(names))
    if len(all_names) < 2:
        return "".join(all_names)
    return f"{', '.join(all_names[:-1])} or {all_names[-1]}"
