"""Rules about keys that exist, but not in this version, for this handler, or in this file."""

from collections.abc import Iterator
from itertools import islice

from lmi.catalog.version import version_numbers
from lmi.properties.options import OptionUse, uses, vllm_arguments
from lmi.rules.reading import (
    MOST,
    READ_BY_SERVER,
    SAID_ANYWAY,
    is_for_own_code,
    own_code,
    settings_of,
    uses_here,
    words,
)
from lmi.rules.rule import Hit, properties, rule
from lmi.rules.subject import Subject

_V20 = "0.20.0-deepspeed0.7.5-cu116"
_V21 = "0.21.0-deepspeed0.8.3-cu117"
_V23 = "0.23.0-deepspeed0.9.5-cu118"
_V26 = "0.26.0-deepspeed0.12.6-cu121"
_V27 = "0.27.0-deepspeed0.12.6-cu121"
_V28 = "0.28.0-lmi10.0.0-cu124"
_V31 = "0.31.0-lmi13.0.0-cu124"
_HF = "engine=Python\noption.entryPoint=djl_python.huggingface\noption.model_id=gpt2\n"
_S3 = "engine=Python\noption.entryPoint=djl_python.huggingface\noption.s3url=s3://bucket/gpt2/\n"

_BRANCHES = (
    "https://github.com/deepjavalibrary/djl-serving, its release branches: `lmi options KEY` names "
    "the file that reads a key"
)

_OF_CONFIG_PROPERTIES = (
    "batch_size",
    "job_queue_size",
    "load_on_devices",
    "max_batch_delay",
    "max_idle_time",
)
"""Settings of a model that 0.19 and 0.20 have for all models together (ConfigManager.java)."""


def _unread(subject: Subject) -> Iterator[tuple[str, tuple[OptionUse, ...]]]:
    """Yield the keys that are known, and that nothing in the image reads, with all their uses."""
    for key in (setting.key for setting in settings_of(subject)):
        every = uses(key)
        if not every or uses_here(subject, key):
            continue
        if key in READ_BY_SERVER or not is_for_own_code(subject, key):
            yield key, every


def _is_over(subject: Subject, every: tuple[OptionUse, ...]) -> bool:
    return any(use.until and subject.version > version_numbers(use.until) for use in every)


@rule(
    id="removed-key",
    severity="warning",
    title="No key is left over from an older version",
    reason=(
        "What a version no longer reads it ignores without a message: `option.s3url` downloads "
        "nothing from 0.27.0 on."
    ),
    fix="remove the key, or use what took its place",
    source=_BRANCHES,
    passes=(
        properties(_S3, image=_V26),
        properties(
            f"{_HF}option.enable_cuda_graph=true\n".replace("huggingface", "deepspeed"), image=_V27
        ),
        properties(f"{_HF}log_model_metric=true\n", image=_V26),
    ),
    fails=(
        properties(_S3, image=_V27),
        properties(f"{_HF}option.enable_cuda_graph=true\n", image=_V28),
        properties(f"{_HF}log_model_metric=true\n", image=_V27),
    ),
    needs=("image",),
)
def removed_key(subject: Subject) -> Iterator[Hit]:
    """Yield the keys whose time is over."""
    for key, every in islice(_unread(subject), MOST):
        if not _is_over(subject, every):
            continue
        last = max(
            (use for use in every if use.until), key=lambda use: version_numbers(use.until or "0")
        )
        instead = next((use.replaced_by for use in reversed(every) if use.replaced_by), None)
        yield Hit(
            message=f"{_reader(subject, last)} does not read {key!r}; the last that did is "
            f"{_version(last)}",
            location=subject.key_location(key),
            key=key,
            fix=f"use {instead!r}" if instead else None,
        )


@rule(
    id="key-of-later-version",
    severity="warning",
    title="No key needs a newer version than the image has",
    reason=(
        "A key that the version does not know yet is ignored without a message: 0.20.0 has no "
        "`batch_size` in serving.properties, 0.21.0 has."
    ),
    fix="remove the key, or take a newer image",
    source=_BRANCHES,
    passes=(
        properties(f"{_HF}batch_size=4\n", image=_V21),
        properties(f"{_HF}option.rolling_batch=auto\n", image=_V23),
    ),
    fails=(
        properties(f"{_HF}batch_size=4\n", image=_V20),
        properties(f"{_HF}option.rolling_batch=auto\n", image=_V21),
    ),
    needs=("image",),
)
def key_of_later_version(subject: Subject) -> Iterator[Hit]:
    """Yield the keys whose time is to come."""
    for key, every in islice(_unread(subject), MOST):
        if _is_over(subject, every):
            continue
        first = min(every, key=lambda use: version_numbers(use.since))
        yield Hit(
            message=f"{_reader(subject, first)} does not read {key!r}; the first that does is "
            f"{_version(first, since=True)}",
            location=subject.key_location(key),
            key=key,
            fix=f"set the environment variable SERVING_{key.upper()}, or take a newer image"
            if key in _OF_CONFIG_PROPERTIES
            else None,
        )


def _reader(subject: Subject, use: OptionUse) -> str:
    assert subject.image is not None  # noqa: S101 -- needs
    passed = vllm_arguments(subject.image)
    if use.passed_through and passed is not None:
        return f"vLLM {passed.version} of this image"
    return f"DJL Serving {subject.image.djl_version}"


def _version(use: OptionUse, *, since: bool = False) -> str:
    version = use.since if since else use.until
    return f"the image's of {version}" if use.passed_through else f"{version}"


@rule(
    id="key-of-another-handler",
    severity="warning",
    title="Every option is one that the handler at work reads",
    reason=(
        "Handlers read different options, and ignore those of others without a message: the "
        "DeepSpeed handler's `option.max_tokens` says nothing to the one of Hugging Face."
    ),
    fix="remove the key, or choose the handler that reads it",
    source=_BRANCHES,
    passes=(
        properties(f"{_HF}option.device_map=auto\n", image=_V27),
        properties(f"{_HF}option.rolling_batch=lmi-dist\noption.max_lora_rank=8\n", image=_V27),
        properties(f"{_HF}option.rolling_batch=vllm\noption.max_loras=8\n", image=_V31),
    ),
    fails=(
        properties(f"{_HF}option.max_tokens=512\n", image=_V27),
        properties(f"{_HF}option.rolling_batch=disable\noption.max_lora_rank=8\n", image=_V27),
        properties(
            f"{_HF}option.rolling_batch=vllm\noption.use_passive_workers=true\n", image=_V31
        ),
    ),
    needs=("image",),
)
def key_of_another_handler(subject: Subject) -> Iterator[Hit]:
    """Yield the options that only other handlers of the version read."""
    who = subject.readers
    if not who.has_python or not who.possible:
        return
    for key in (setting.key for setting in settings_of(subject)):
        here = uses_here(subject, key)
        if not here or who.is_open or any(who.reads(use) for use in here):
            continue
        if SAID_ANYWAY.get(key) == subject.options[key].strip() or _is_read_by_server(subject, key):
            continue
        others = sorted({name for use in here for name in use.handlers})
        bare = key.removeprefix("option.")
        server = key != bare and any("any" in use.handlers for use in uses_here(subject, bare))
        yield Hit(
            message=f"{key!r} is read by {words(others)}, and here {who.names} runs",
            location=subject.key_location(key),
            key=key,
            fix=f"write {bare!r}, without `option.`, for the setting of DJL Serving"
            if server
            else None,
        )


def _is_read_by_server(subject: Subject, key: str) -> bool:
    # LmiConfigRecommender.java chooses engine mode and batch size by it, whoever handles the rest.
    return key == "option.rolling_batch" and subject.since("0.27.0")


@rule(
    id="config-properties-key",
    severity="warning",
    title="serving.properties holds nothing that belongs into config.properties",
    reason=(
        "The server's own settings are read from config.properties, which lies in the image, and "
        "from SERVING_ variables; in serving.properties they are ignored."
    ),
    fix="remove the key, and set the SERVING_ variable in the environment of the model",
    source=(
        "deepjavalibrary/djl-serving: serving/src/main/java/ai/djl/serving/util/ConfigManager.java"
    ),
    passes=(properties(f"{_HF}job_queue_size=100\n", image=_V21),),
    fails=(properties(f"{_HF}max_request_size=6291456\n", image=_V21),),
    needs=("image",),
)
def config_properties_key(subject: Subject) -> Iterator[Hit]:
    """Yield the keys of the other file."""
    for key in (setting.key for setting in settings_of(subject)):
        here = uses_here(subject, key)
        if not here or any(use.scope == "serving.properties" for use in here):
            continue
        if own_code(subject) and is_for_own_code(subject, key):
            continue
        variable = here[0].environment_variable
        yield Hit(
            message=f"{key!r} is a setting of the server, which does not read it here",
            location=subject.key_location(key),
            key=key,
            fix=f"set the environment variable {variable} instead" if variable else None,
        )


@rule(
    id="overwritten-key",
    severity="warning",
    title="No key is set that DJL Serving sets itself",
    reason="The server writes its own value over it before a handler sees it.",
    fix="remove the key",
    source=_BRANCHES,
    passes=(properties(_HF, image=_V21),),
    fails=(properties(f"{_HF}option.model_dir=/opt/ml/model\n", image=_V21),),
    needs=("image",),
)
def overwritten_key(subject: Subject) -> Iterator[Hit]:
    """Yield the keys whose value is lost."""
    for key in (setting.key for setting in settings_of(subject)):
        read = [use for use in uses_here(subject, key) if subject.readers.reads(use)]
        if read and all(use.set_by_server for use in read):
            yield Hit(
                message=f"DJL Serving sets {key!r} itself",
                location=subject.key_location(key),
                key=key,
            )


@rule(
    id="deprecated-key",
    severity="info",
    title="No key is on its way out",
    reason="It still works in this version, and a later one will ignore it.",
    fix="use what took its place",
    source=_BRANCHES,
    passes=(properties(_S3, image=_V21),),
    fails=(properties(_S3, image=_V26),),
    needs=("image",),
)
def deprecated_key(subject: Subject) -> Iterator[Hit]:
    """Yield the keys that the version reads and advises against."""
    for key in (setting.key for setting in settings_of(subject)):
        for use in uses_here(subject, key):
            since = use.deprecated_since
            if since is None or not subject.readers.reads(use) or not subject.since(since):
                continue
            yield Hit(
                message=f"{key!r} is deprecated since DJL Serving {since}",
                location=subject.key_location(key),
                key=key,
                fix=f"use {use.replaced_by!r}" if use.replaced_by else "remove the key",
            )
            break
