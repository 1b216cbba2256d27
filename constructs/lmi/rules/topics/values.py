"""Rules about values: what a reader refuses, and what it takes for something else."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from lmi.catalog.nearest import nearest
from lmi.properties.options import OptionUse, ParseProblem, parse_problem
from lmi.rules.finding import Severity
from lmi.rules.reading import MOST, is_template, settings_of, uses_read_under_any_name, words
from lmi.rules.rule import Hit, properties, rule
from lmi.rules.subject import Setting, Subject

_V20 = "0.20.0-deepspeed0.7.5-cu116"
_V21 = "0.21.0-deepspeed0.8.3-cu117"
_V23 = "0.23.0-deepspeed0.9.5-cu118"
_V24 = "0.24.0-deepspeed0.10.0-cu118"
_V27 = "0.27.0-deepspeed0.12.6-cu121"
_V31 = "0.31.0-lmi13.0.0-cu124"
_HF = "engine=Python\noption.entryPoint=djl_python.huggingface\noption.model_id=gpt2\n"
_VLLM = f"{_HF}option.rolling_batch=vllm\n"
_DEGREE = "option.tensor_parallel_degree"

_SOURCE = (
    "https://github.com/deepjavalibrary/djl-serving, its release branches: `lmi options KEY` names "
    "the file that reads a key; wlm: ModelInfo.java, engines/python: PyModel.java, "
    "properties_manager/*.py"
)
_LONGEST = 60

_TRUE = ("true", "1", "yes", "on")

_DEVICE = r"(cpu|gpu|nc)?-?\d*"
_DEVICES = re.compile(rf"\*|{_DEVICE}([;+]{_DEVICE})*")
"""What `Device.fromName` of ai.djl:api makes devices of."""

_ELSEWHERE = ("engine", "option.entryPoint")
"""Keys whose values have rules of their own."""

_NUMBERS = {"integer": "an integer", "number": "a number", "integer or max": "an integer or max"}


@dataclass(frozen=True, kw_only=True, slots=True)
class _Refused:
    """A value that is not taken as it is written, and by whom."""

    setting: Setting
    use: OptionUse
    problem: ParseProblem
    severity: Severity


def refused_use(subject: Subject, key: str, value: str) -> tuple[OptionUse, ParseProblem] | None:
    """
    Return who does not take *value* for *key* as it is written, and why; None if nobody minds.

    Where it is open who reads the key, somebody minds only if all of them do.
    """
    if is_template(value):
        return None
    found = [(use, _problem(use, value)) for use in uses_read_under_any_name(subject, key)]
    refused = [(use, problem) for use, problem in found if problem is not None]
    sure = [(use, problem) for use, problem in refused if subject.readers.surely_reads(use)]
    fatal = [(use, problem) for use, problem in sure if problem.fatal]
    if fatal or sure:
        return (fatal or sure)[0]
    all_mind = len(refused) == len(found) and not subject.readers.is_open
    return refused[0] if refused and all_mind else None


def is_fatal(subject: Subject, use: OptionUse, problem: ParseProblem) -> bool:
    """Return whether *problem* keeps the model from loading, whatever the server finds out."""
    return problem.fatal and subject.readers.surely_reads(use)


def _problem(use: OptionUse, value: str) -> ParseProblem | None:
    found = parse_problem(use, value)
    if found is None and use.parser == "python-truth" and value.strip().lower() not in _TRUE:
        return ParseProblem(kind="type", message="is read as true whatever it says", fatal=False)
    if found is not None or use.parser != "text" or use.values is not None:
        return found
    if use.key == "load_on_devices" and not _DEVICES.fullmatch(value.strip()):
        message = "must be * or devices with a semicolon between them, such as 0;1"
        return ParseProblem(kind="type", message=message, fatal=False)
    if _is_unheard_of(use, value):
        message = f"only {words(use.known_values or ())} are known to mean something"
        return ParseProblem(kind="value", message=message, fatal=False)
    # Read by something whose source is not at hand, which will hardly take a word for a number.
    if use.type in _NUMBERS and not _is_number(value):
        return ParseProblem(kind="type", message=f"must be {_NUMBERS[use.type]}", fatal=False)
    if use.type == "boolean" and value.strip().lower() not in ("true", "false", "0", "1"):
        return ParseProblem(kind="type", message="must be true or false", fatal=False)
    return None


def _is_unheard_of(use: OptionUse, value: str) -> bool:
    """Return whether *value* is none of those that mean something, where any is taken."""
    known, word = [each.lower() for each in use.known_values or ()], value.strip().lower()
    if not known or use.type != "string" or use.key in _ELSEWHERE or word in known:
        return False
    if use.key == "option.device_map":
        return word.isalpha() and word not in ("cuda", "cpu")
    # transformers has more tasks than anybody lists; one that looks like a listed one is none.
    return use.key != "option.task" or bool(nearest(word, known, 1, cutoff=0.85))


def _is_number(value: str) -> bool:
    try:
        float(value)
    except ValueError:
        return value == "max"
    return True


def _refused(subject: Subject, kind: str) -> Iterator[_Refused]:
    for setting in settings_of(subject):
        key = setting.key
        found = refused_use(subject, key, setting.value)
        if found is None or found[1].kind != kind or not setting.value:
            continue
        bare = setting.value.rstrip(" \t\f")
        if bare != setting.value and bare and refused_use(subject, key, bare) is None:
            continue  # Only the blanks are wrong: trailing-blank.
        use, problem = found
        yield _Refused(
            setting=setting,
            use=use,
            problem=problem,
            severity="error" if is_fatal(subject, use, problem) else "warning",
        )


def _hits(subject: Subject, kind: str) -> Iterator[Hit]:
    for found in islice(_refused(subject, kind), MOST):
        key, value, use = found.setting.key, found.setting.value, found.use
        by = "" if {"any", "server"}.intersection(use.handlers) else f" for {_who(subject, use)}"
        allowed = use.values or use.known_values
        near = nearest(value, allowed, 1) if allowed and kind == "value" else []
        shown = value if len(value) <= _LONGEST else f"{value[:_LONGEST]}…"
        yield Hit(
            message=f"{key!r} is {shown!r}; {found.problem.message}{by}",
            location=subject.value_location(key),
            key=key,
            fix=f"write {near[0]!r}" if near else None,
            severity=found.severity,
        )


def _who(subject: Subject, use: OptionUse) -> str:
    running = [name for name in use.handlers if name in subject.readers.possible]
    return words(running or use.handlers)


@rule(
    id="value-type",
    severity="error",
    title="Every value has the form that its reader takes",
    reason=(
        "Java's Integer.parseInt and the fields of the Python handlers refuse a word where a "
        "number belongs, and the model does not load. Where nothing is refused (warning) something "
        "else is read: Java takes `yes` for false, and an unreadable time-out for the default."
    ),
    fix="write a value of that form",
    source=_SOURCE,
    passes=(
        properties(f"{_HF}{_DEGREE}=2\nbatch_size=4\n", image=_V21),
        properties(f"{_HF}{_DEGREE}=max\n", image=_V24),
        properties(f"{_HF}option.parallel_loading=true\n", image=_V21),
    ),
    fails=(
        properties(f"{_HF}{_DEGREE}=two\n", image=_V21),
        properties(f"{_HF}{_DEGREE}=max\n", image=_V23),
        properties(f"{_HF}option.parallel_loading=yes\n", image=_V21),
        properties(f"{_HF}option.model_loading_timeout=20m\n", image=_V21),
    ),
    needs=("image",),
)
def value_type(subject: Subject) -> Iterator[Hit]:
    """Yield the values of the wrong form."""
    yield from _hits(subject, "type")


@rule(
    id="value-outside-set",
    severity="error",
    title="Every value of a closed set is one of it",
    reason=(
        "A handler refuses a word that it does not know, and the model does not load: in 0.20.0 "
        "that of Hugging Face hands `option.dtype` on to transformers, which takes `auto` alone, "
        "and from 0.21.0 on it knows fp16 and its like. The handlers for vLLM read their options "
        "as that of Hugging Face too, so that `float16` is refused there as well."
    ),
    fix="write one of the values",
    source=_SOURCE,
    passes=(
        properties(f"{_HF}option.dtype=auto\n", image=_V20),
        properties(f"{_HF}option.dtype=fp16\n", image=_V21),
        properties(f"{_VLLM}option.dtype=fp16\n", image=_V31),
    ),
    fails=(
        properties(f"{_HF}option.dtype=fp16\n", image=_V20),
        properties(f"{_HF}option.dtype=float16\n", image=_V21),
        properties(f"{_VLLM}option.dtype=float16\n", image=_V31),
        properties("option.model_id=gpt2\noption.dtype=float16\n"),
    ),
    needs=("image",),
)
def value_outside_set(subject: Subject) -> Iterator[Hit]:
    """Yield the values that are none of those allowed."""
    yield from _hits(subject, "value")


@rule(
    id="value-out-of-range",
    severity="error",
    title="Every number lies where it makes sense",
    reason=(
        "Some numbers are refused outside of their bounds; others are taken (warning), and then "
        "mean nothing: no memory, no worker."
    ),
    fix="write a number within the bounds",
    source=_SOURCE,
    passes=(properties(f"{_VLLM}option.gpu_memory_utilization=0.9\n", image=_V27),),
    fails=(properties(f"{_VLLM}option.gpu_memory_utilization=90\n", image=_V27),),
    needs=("image",),
)
def value_out_of_range(subject: Subject) -> Iterator[Hit]:
    """Yield the numbers outside of their bounds."""
    yield from _hits(subject, "range")


@rule(
    id="empty-value",
    severity="warning",
    title="Every key has a value",
    reason=(
        "A key alone on its line has the empty text for its value, which is not the same as "
        "leaving it out: no number, no entry point, and false where Java reads a boolean."
    ),
    fix="write a value behind an equals sign, or remove the line",
    source=(
        "https://docs.oracle.com/en/java/javase/17/docs/api/java.base/java/util/Properties.html"
    ),
    passes=(properties(f"{_HF}option.enable_venv=true\n"),),
    fails=(
        properties(f"{_HF}option.enable_venv\n"),
        properties(f"{_HF}{_DEGREE}=\n"),
    ),
)
def empty_value(subject: Subject) -> Iterator[Hit]:
    """Yield the keys without a value."""
    lines = {entry.key: entry for entry in subject.written_entries}
    for setting in settings_of(subject):
        key = setting.key
        if setting.value.strip():
            continue
        entry = lines.get(key)
        alone = entry is not None and not setting.is_override and not entry.span.has_separator
        severity: Severity = "warning"
        if subject.image is not None:
            found = refused_use(subject, key, setting.value)
            severity = "error" if found and is_fatal(subject, *found) else "warning"
        yield Hit(
            message=f"{key!r} stands alone on its line" if alone else f"{key!r} has no value",
            location=subject.key_location(key),
            key=key,
            severity=severity,
        )
