"""
What becomes of a value's text: who reads it, what is refused, and what is misread.

* ``java-integer``: `Integer.parseInt`, no blanks, 32 bits
  (https://docs.oracle.com/en/java/javase/17/docs/api/java.base/java/lang/Integer.html).
* ``java-integer-or-max``: the same, or exactly ``max``.
* ``java-boolean``: `Boolean.parseBoolean`, anything but ``true`` in any case is false.
* ``python-integer``, ``python-number``: `int()` and `float()`, which allow blanks around it.
* ``python-true``: ``text.lower() == "true"``, anything else is false.
* ``python-truth``: the bare text as a condition, so that every text, ``false`` too, is true.
* ``pydantic1-…``: a field of pydantic 1.10, DJL Serving 0.25.0 to 0.27.0.
* ``pydantic-…``: a field of pydantic 2 in lax mode, from 0.28.0 on
  (https://docs.pydantic.dev/latest/concepts/conversion_table/).
* ``python-literal``: `ast.literal_eval`.
* ``json``: `json.loads`.
* ``integers``: integers with commas between; ``counts``: ``name=integer`` with commas between.
* ``refused``: no text is taken.
* ``vllm-…``: vLLM's command line, on which DJL Serving puts ``--key value``; ``true`` and ``false``
  in any case become ``--key`` and ``--no-key``. ``vllm-switch``: ``false`` adds nothing, so that
  vLLM's own default stays (up to the image 0.36.0-lmi25).
* ``text``: nothing is refused.
"""

import ast
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from lmi.properties.option import OptionUse, Parser

_JAVA_MINIMUM, _JAVA_MAXIMUM = -(2**31), 2**31 - 1

_PYDANTIC_BOOLEANS = frozenset(
    ("0", "off", "f", "false", "n", "no", "1", "on", "t", "true", "y", "yes")
)
_PYDANTIC_INTEGER = re.compile(r"[+-]?[0-9]+(_[0-9]+)*(\.0+)?")
_PYDANTIC_BLANKS = " \t\n\x0b\x0c\r\x85\xa0\u2000\u2003\u2009\u202f\u3000"
_HUMAN_INTEGER = re.compile(r"\d+(\.\d+)?[kmgtKMGT]")
_NOTHING = ("", "None")
"""What vLLM reads as no value, where an argument may have none."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ParseProblem:
    """Why a value is not taken as it was written."""

    kind: Literal["type", "value", "range"]
    """Whether the text has the wrong form, is outside the closed set, or outside the bounds."""
    message: str
    """What is expected, as the second half of a sentence: ``must be an integer``."""
    fatal: bool
    """Whether that version refuses it, so that the model does not load; else it is misread."""


def parse_problem(use: OptionUse, text: str) -> ParseProblem | None:
    """
    Return what keeps the reader of *use* from taking *text* as written, None if nothing does.

    *text* is the value as Java's Properties class loads it: trailing blanks are part of it.
    """
    refused = _PARSERS[use.parser](text)
    if refused is not None:
        silently = use.parser in _NEVER_REFUSES or (
            use.parser == "vllm-switch" and text.lower() == "false"
        )
        return ParseProblem(
            kind="type", message=refused, fatal=not silently and use.refusal == "fails"
        )
    if use.values is not None and not _is_one_of(text, use):
        allowed = ", ".join(use.values)
        return ParseProblem(
            kind="value", message=f"must be one of {allowed}", fatal=use.refusal == "fails"
        )
    return _range_problem(use, text)


def _is_one_of(text: str, use: OptionUse) -> bool:
    values = use.values or ()
    if use.case_sensitive:
        return text in values
    return text.lower() in {value.lower() for value in values}


def _range_problem(use: OptionUse, text: str) -> ParseProblem | None:
    if use.minimum is None and use.maximum is None:
        return None
    try:
        number = float(text)
    except ValueError:
        return None
    fatal = use.bounds_are_checked
    if use.minimum is not None and number < use.minimum:
        return ParseProblem(kind="range", message=f"must be at least {use.minimum}", fatal=fatal)
    if use.maximum is not None and number > use.maximum:
        return ParseProblem(kind="range", message=f"must be at most {use.maximum}", fatal=fatal)
    return None


def _text(text: str) -> None:
    return None


def _java_integer(text: str) -> str | None:
    # Character.digit knows the decimal digits of every script, as Python's int() does.
    digits = text[1:] if text[:1] in ("+", "-") else text
    if not digits or not all(digit.isdecimal() for digit in digits):
        return "must be an integer with no blank around it"
    # Beyond 4300 digits int() refuses; zeros in front count for nothing.
    number = int(digits.lstrip("0")[:11] or "0") * (-1 if text.startswith("-") else 1)
    if not _JAVA_MINIMUM <= number <= _JAVA_MAXIMUM:
        return f"must be an integer from {_JAVA_MINIMUM} to {_JAVA_MAXIMUM}"
    return None


def _java_integer_or_max(text: str) -> str | None:
    if text == "max" or _java_integer(text) is None:
        return None
    return "must be an integer or max, with no blank around it"


def _true_or_false(text: str) -> str | None:
    if text.lower() in ("true", "false"):
        return None
    return "must be true or false; anything but true is read as false"


def _truth(text: str) -> str | None:
    if text.strip().lower() in ("false", "0", "no", "off"):
        return "is read as true whatever it says; leave the key out to have it off"
    return None


def _python_integer(text: str) -> str | None:
    try:
        int(text)
    except ValueError:
        return "must be an integer"
    return None


def _python_number(text: str) -> str | None:
    try:
        float(text)
    except ValueError:
        return "must be a number"
    return None


def _pydantic_integer(text: str) -> str | None:
    if _PYDANTIC_INTEGER.fullmatch(text.strip(_PYDANTIC_BLANKS)):
        return None
    return "must be an integer"


def _pydantic_number(text: str) -> str | None:
    stripped = text.strip(_PYDANTIC_BLANKS)
    refused = not stripped.isascii() or any(blank in stripped for blank in "\x1c\x1d\x1e\x1f")
    if "_" in text:
        refused |= stripped != text or "__" in text or text[0] == "_" or text[-1] == "_"
    return "must be a number" if refused else _python_number(stripped.replace("_", ""))


def _pydantic_boolean(text: str) -> str | None:
    if text.lower() in _PYDANTIC_BOOLEANS:
        return None
    return "must be true or false, with no blank around it"


def _python_literal(text: str) -> str | None:
    try:
        ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return "must be a Python literal"
    return None


def _json(text: str) -> str | None:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return "must be JSON"
    return None


def _integers(text: str) -> str | None:
    if all(_python_integer(part) is None for part in text.split(",")):
        return None
    return "must be integers with commas between"


def _counts(text: str) -> str | None:
    for item in text.split(","):
        parts = item.split("=")
        if len(parts) != 2 or _python_integer(parts[1]) is not None:
            return "must be like image=2,video=1"
    return None


def _refused(text: str) -> str:
    return "is refused whatever it says; leave the key out"


def _is_flag(text: str) -> bool:
    return text.lower() in ("true", "false")


def _vllm_integer(text: str) -> str | None:
    if text in _NOTHING or text == "auto" or _HUMAN_INTEGER.fullmatch(text):
        return None
    if _python_integer(text) is None:
        return None
    return "must be an integer"


def _vllm_number(text: str) -> str | None:
    return None if text in _NOTHING else _python_number(text)


def _vllm_boolean(text: str) -> str | None:
    return None if _is_flag(text) else "must be true or false"


def _vllm_switch(text: str) -> str | None:
    if text.lower() == "true":
        return None
    if text.lower() == "false":
        return "is not handed on when false; vLLM's own default stays"
    return "must be true or false"


def _vllm_json(text: str) -> str | None:
    if text in _NOTHING:
        return None
    return "must be a JSON object or list" if _is_flag(text) else _json(text)


def _vllm_text(text: str) -> str | None:
    return "must have a value other than true and false" if _is_flag(text) else None


_NEVER_REFUSES = frozenset(("text", "java-boolean", "python-true", "python-truth"))

_PARSERS: Mapping[Parser, Callable[[str], str | None]] = MappingProxyType(
    {
        "text": _text,
        "java-integer": _java_integer,
        "java-integer-or-max": _java_integer_or_max,
        "java-boolean": _true_or_false,
        "python-integer": _python_integer,
        "python-number": _python_number,
        "python-true": _true_or_false,
        "python-truth": _truth,
        "pydantic1-integer": _python_integer,
        "pydantic1-number": _python_number,
        "pydantic1-boolean": _pydantic_boolean,
        "pydantic-integer": _pydantic_integer,
        "pydantic-number": _pydantic_number,
        "pydantic-boolean": _pydantic_boolean,
        "python-literal": _python_literal,
        "json": _json,
        "integers": _integers,
        "counts": _counts,
        "refused": _refused,
        "vllm-integer": _vllm_integer,
        "vllm-number": _vllm_number,
        "vllm-boolean": _vllm_boolean,
        "vllm-switch": _vllm_switch,
        "vllm-json": _vllm_json,
        "vllm-text": _vllm_text,
    }
)
