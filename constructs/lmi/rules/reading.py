"""Who reads a key of a subject, for the rules about keys and values."""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import islice
from types import MappingProxyType

from lmi.djl.handlers import BARE_KEYS_REACH_PYTHON_SINCE
from lmi.properties.options import OptionUse, uses_in_image
from lmi.rules.spelling import OPTION
from lmi.rules.subject import Setting, Subject

MOST = 200
"""Findings of one rule in one file; what is beyond them comes up once they are mended."""
MOST_KEYS = 5000
"""Keys of a file that are looked at. No serving.properties has so many."""

READ_BY_SERVER = (
    "option.entryPoint",
    "option.model_id",
    "option.modelName",
    "option.pythonExecutable",
    "option.s3url",
)
"""Options that are no numbers and that DJL Serving reads itself (ModelInfo.java, PyModel.java)."""

SAID_ANYWAY = MappingProxyType(
    {
        # Handlers without such an option generate text.
        "option.task": "text-generation",
        # Where DJL Serving looks for LoRA adapters (ModelInfo.java).
        "option.adapters": "adapters",
    }
)
"""Values that change nothing where nobody reads the key: it is so without them."""

_QUOTED = re.compile(r"""["']([\w.-]{1,80})["']""")


def settings_of(subject: Subject) -> Iterator[Setting]:
    """Yield the effective keys, as far as they are looked at."""
    return islice(subject.settings.values(), MOST_KEYS)


def uses_here(subject: Subject, key: str) -> tuple[OptionUse, ...]:
    """Return what *key* is in the subject's image, whoever runs there."""
    assert subject.image is not None  # noqa: S101 -- the rules that ask need it
    return uses_in_image(key, subject.image)


def uses_read(subject: Subject, key: str) -> tuple[OptionUse, ...]:
    """Return what *key* can become for those that run here."""
    return tuple(use for use in uses_here(subject, key) if subject.readers.reads(use))


def uses_read_under_any_name(subject: Subject, key: str) -> tuple[OptionUse, ...]:
    """Return the same, and what *key* is to a Python handler that is given it as an option."""
    found = uses_read(subject, key)
    if found or key.startswith(OPTION) or not reaches_python(subject, key):
        return found
    as_option = uses_read(subject, OPTION + key)
    return tuple(use for use in as_option if not use.parser.startswith("java-"))


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
    return code is None or key.removeprefix(OPTION) in quoted(code)


@lru_cache(maxsize=4)
def quoted(code: str) -> frozenset[str]:
    """
    Return the words that stand in quotes in *code*, where its options are among them: a handler
    takes them out of a dictionary, `properties.get("task")`.
    """
    return frozenset(_QUOTED.findall(code))


def is_template(value: str) -> bool:
    """Return whether *value* is filled in by something before DJL Serving sees it."""
    return "{{" in value or "${" in value


def words(names: Iterable[str]) -> str:
    """Return names for a message: ``a, b or c``."""
    all_names = list(dict.fromkeys(names))
    if len(all_names) < 2:
        return "".join(all_names)
    return f"{', '.join(all_names[:-1])} or {all_names[-1]}"
