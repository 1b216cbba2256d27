"""Rules about how keys are spelt: DJL Serving ignores what it does not know, without a word."""

from collections.abc import Iterator
from functools import lru_cache
from itertools import islice

from lmi.djl.handlers import BARE_KEYS_REACH_PYTHON_SINCE
from lmi.properties.options import OptionUse, uses, vllm_arguments
from lmi.rules.reading import (
    MOST,
    READ_BY_SERVER,
    SAID_ANYWAY,
    is_for_own_code,
    own_code,
    quoted,
    reaches_python,
    settings_of,
)
from lmi.rules.rule import Example, Hit, properties, rule
from lmi.rules.spelling import DEVICE_KEYS, OPTION, Vocabulary, misspelt_prefix, vocabulary
from lmi.rules.subject import Subject

_LOADER = (
    "deepjavalibrary/djl: api/src/main/java/ai/djl/repository/zoo/BaseModelLoader.java, "
    "loadServingProperties"
)
_PY_MODEL = (
    "deepjavalibrary/djl-serving 0.22.1: "
    "engines/python/src/main/java/ai/djl/python/engine/PyModel.java"
)
_V20 = "0.20.0-deepspeed0.7.5-cu116"
_V22 = "0.22.1-deepspeed0.9.2-cu118"
_MOST_LOOKED_UP = 20
"""Keys for which one that resembles them is looked for at length."""

_SHORT = 3

_MODEL = "option.model_id=gpt2\n"
_OWN = "def handle(inputs):\n    return inputs.get_properties().get('my_prompt')\n"


def _own(text: str, image: str) -> Example:
    return Example(files={"serving.properties": text, "model.py": _OWN}, image=image)


@rule(
    id="unknown-key",
    severity="warning",
    title="Every key is one that some DJL Serving version, vLLM or the model's own code reads",
    reason=(
        "An unknown key never fails: with `option.` it is handed to a Python handler that does not "
        "look at it, and without it becomes an argument that nobody asks for. `opiton.s3url` loads "
        "no model from S3, and no log says why. Options that a folder's own Python code names are "
        "taken for its own; of others it is only said (info) that nothing names them."
    ),
    fix="correct the key, or remove it; `lmi options` lists the keys of an image",
    source=_LOADER,
    passes=(
        properties("option.s3url=s3://bucket/model/\n", image=_V20),
        properties("engine=Python\noption.model_id=gpt2\noption.max_model_len=2048\n"),
        _own("engine=Python\noption.my_prompt=Hello\n", _V20),
    ),
    fails=(
        properties("opiton.s3url=s3://bucket/model/\n", image=_V20),
        properties("engine=Python\noption.model_id=gpt2\noption.max_modell_len=2048\n"),
        properties("engine=Python\noption.model_id=gpt2\ngpu.maxWorker=1\n"),
        _own("engine=Python\noption.tensor_paralel_degree=2\n", _V20),
    ),
    needs=("image",),
)
def unknown_key(subject: Subject) -> Iterator[Hit]:
    """Yield the keys that no version knows."""
    yield from islice(_unknown_keys(subject), MOST)


def _unknown_keys(subject: Subject) -> Iterator[Hit]:
    passes_on, code = _hands_on_to_vllm(subject), own_code(subject)
    looked_up = 0
    for key in (setting.key for setting in settings_of(subject)):
        if key in DEVICE_KEYS or uses(key) or _other_form(key):
            continue
        if SAID_ANYWAY.get(key) == subject.options[key].strip():
            continue
        prefixed = misspelt_prefix(key)
        if not prefixed and code and is_for_own_code(subject, key):
            continue
        meant = _meant(subject, key, prefixed, thorough=looked_up < _MOST_LOOKED_UP)
        looked_up += 1
        if meant or not _may_have_reader(subject, key, code):
            yield _unknown(subject, key, meant, passes_on if key.startswith(OPTION) else "")
        elif code:
            yield Hit(
                message=f"nothing in the folder names {key!r}, and DJL Serving does not know it",
                location=subject.key_location(key),
                key=key,
                severity="info",
            )


def _may_have_reader(subject: Subject, key: str, code: str | None) -> bool:
    """Return whether an engine in Java, or code that is not DJL Serving's, can read any *key*."""
    if not subject.readers.has_python:
        return True
    return code != "" and reaches_python(subject, key)


def _unknown(subject: Subject, key: str, meant: str | None, remark: str) -> Hit:
    hint = f"; did you mean {meant!r}?" if meant else ""
    return Hit(
        message=f"unknown key {key!r}{hint}{remark}",
        location=subject.key_location(key),
        key=key,
        fix=f"write {meant!r}" if meant else None,
    )


def _meant(subject: Subject, key: str, prefixed: str | None, *, thorough: bool) -> str | None:
    assert subject.image is not None  # noqa: S101 -- needs
    here, everywhere = vocabulary(subject.image), vocabulary(None)
    if prefixed:
        return prefixed if uses(prefixed) else _slip(prefixed, here, everywhere) or prefixed
    code = own_code(subject)
    if _may_have_reader(subject, key, code):
        return _slip(key, here, everywhere) or (_of_code(code).slip(key) if code else None)
    return _slip(key, here, everywhere) or (here.nearest(key) if thorough else None)


@lru_cache(maxsize=4)
def _of_code(code: str) -> Vocabulary:
    # Of short words, every other one is a slip away.
    return Vocabulary.of(OPTION + name for name in quoted(code) if len(name) > _SHORT)


def _slip(key: str, here: Vocabulary, everywhere: Vocabulary) -> str | None:
    return here.slip(key) or everywhere.slip(key) or _with_prefix(key, here)


def _with_prefix(key: str, here: Vocabulary) -> str | None:
    """Return the option that *key* is, misspelt and without ``option.``."""
    return None if key.startswith(OPTION) else here.slip(OPTION + key)


def _hands_on_to_vllm(subject: Subject) -> str:
    """Return what to add about the arguments of vLLM, where the image hands on what it knows."""
    assert subject.image is not None  # noqa: S101 -- needs
    if subject.version < (0, 32) or not subject.readers.possible & {"vllm", "lmi_vllm"}:
        return ""
    known = vllm_arguments(subject.image)
    if known is None:
        return "; which arguments the image's vLLM takes is not known, only those of earlier ones"
    return f"; vLLM {known.version} has no such argument either, and it is dropped in silence"


def _other_form(key: str) -> str | None:
    """Return the known key that *key* is but for its ``option.``, one too many or missing."""
    other = key.removeprefix(OPTION) if key.startswith(OPTION) else OPTION + key
    return other if other in DEVICE_KEYS or uses(other) else None


@rule(
    id="option-prefix",
    severity="warning",
    title="Options stand with `option.`, and what DJL Serving itself reads without",
    reason=(
        "DJL Serving takes options by their prefix: `tensor_parallel_degree=2` is none, and no "
        "more is `option.maxWorkers=1` the number of workers. From 0.22.1 on Python handlers are "
        "given both forms under one name, but by then the server has chosen devices, entry point "
        "and rolling batch without them."
    ),
    fix="write the key as the documentation of the image's version does",
    source=f"{_LOADER}; {_PY_MODEL}",
    passes=(
        properties(f"engine=Python\n{_MODEL}option.tensor_parallel_degree=2\nmaxWorkers=1\n"),
        _own("engine=Python\nmy_prompt=Hello\n", _V22),
    ),
    fails=(
        properties(f"engine=Python\n{_MODEL}tensor_parallel_degree=2\n"),
        properties(f"engine=Python\n{_MODEL}option.maxWorkers=1\n"),
        properties(f"engine=Python\n{_MODEL}option.entryPoint=djl_python.huggingface\ntask=x\n"),
        _own("engine=Python\nmy_prompt=Hello\ntensor_parallel_degree=2\n", _V20),
    ),
    needs=("image",),
)
def option_prefix(subject: Subject) -> Iterator[Hit]:
    """Yield the known keys whose ``option.`` is missing, or is one too many."""
    yield from islice(_wrong_forms(subject), MOST)


def _wrong_forms(subject: Subject) -> Iterator[Hit]:
    for key in (setting.key for setting in settings_of(subject)):
        other = _other_form(key)
        if other is None or key in DEVICE_KEYS or uses(key):
            continue
        if not subject.readers.has_python and other not in READ_BY_SERVER:
            continue  # Its translator may read it.
        named = is_for_own_code(subject, key)
        of_server = other in READ_BY_SERVER or _is_read_in_java(uses(other))
        if named and (key.startswith(OPTION) or not of_server):
            continue
        yield Hit(
            message=f"{key!r} is {_what(subject, key, of_server=of_server)}: {other!r} is what "
            "DJL Serving reads",
            location=subject.key_location(key),
            key=key,
            fix=f"write {other!r}",
        )


def _what(subject: Subject, key: str, *, of_server: bool) -> str:
    if key.startswith(OPTION):
        return "no option"
    if of_server:
        return "no option, and passed over"
    if subject.version < BARE_KEYS_REACH_PYTHON_SINCE:
        return "no option, and no handler is given it"
    return "no option, though a Python handler takes it for one"


def _is_read_in_java(found: tuple[OptionUse, ...]) -> bool:
    return any(use.parser.startswith("java-") for use in found)
