"""Rules about asynchronous mode: which kind of function it needs."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from lmi.djl.entry_points import KEY, MODEL_FILE, built_in, kind_of
from lmi.djl.handler_source import definition, is_generator, may_return_awaitable
from lmi.djl.handlers import features
from lmi.rules.finding import Severity
from lmi.rules.model_store import PythonModel, written_entry_points
from lmi.rules.rule import Example, Hit, properties, rule
from lmi.rules.subject import Subject
from lmi.rules.topics.handler import Handler, handlers, read_source

ASYNC_KEY = "option.async_mode"
_VLLM_SERVICE = "djl_python.lmi_vllm.vllm_async_service"
_VLLM = (
    f"option.entryPoint={_VLLM_SERVICE}\noption.async_mode=true\noption.rolling_batch=disable\n"
    "option.model_id=gpt2\n"
)
_CPU = "0.36.0-cpu-full"
_SOURCE = (
    "deepjavalibrary/djl-serving 0.33.0-dlc: engines/python/setup/djl_python/"
    "python_async_engine.py, python_sync_engine.py, engines/python/src/main/java/ai/djl/python/"
    "engine/PyModel.java, 0.36.0-lmi27-dlc: "
    "wlm/src/main/java/ai/djl/serving/wlm/LmiConfigRecommender.java"
)

_Mode = Literal["on", "off", "on for text"]


def _files(code: str, options: str) -> dict[str, str]:
    return {"serving.properties": f"engine=Python\n{options}", "model.py": code}


def _mode(subject: Subject, model: PythonModel) -> _Mode:
    """Return whether a model is served in asynchronous mode."""
    options, entry_point = model.options, model.entry_point
    assert subject.image is not None  # noqa: S101 -- needs
    if not subject.since("0.33.0"):
        return "off"
    if options.get(ASYNC_KEY, "").lower() == "true":
        return "on"
    image_asks = bool(features(subject.image) & {"vllm", "trtllm"})
    if not image_asks or subject.version[:2] == (0, 34):
        return "off"
    if not subject.since("0.34.0"):
        is_written = entry_point is not None and entry_point.is_written
        return "off" if is_written else "on"
    has_model = "option.model_id" in options or "config.json" in model.names
    is_auto = options.get("option.rolling_batch", "auto") == "auto"
    is_batched = any(
        options.get(key, "1") != "1" for key in ("batch_size", "max_dynamic_batch_size")
    )
    return "on for text" if has_model and is_auto and not is_batched else "off"


@rule(
    id="async-mode",
    severity="error",
    title="Handler function and mode belong together",
    reason=(
        "In asynchronous mode, which there is from 0.33.0 on, DJL Serving awaits what the function "
        "returns; a plain function that returns an Output fails on every call, as does an "
        "asynchronous generator. In the other mode what an `async def` returns is no Output. "
        "The images for vLLM and TensorRT-LLM set the mode themselves: 0.33.0 where no entry point "
        "is written, those from 0.35.0 on for a model that generates text, unless rolling_batch "
        "is written."
    ),
    fix="write `async def handle(inputs)` and option.async_mode=true, or neither",
    source=_SOURCE,
    passes=(
        Example(
            files=_files("async def handle(inputs): ...\n", "option.async_mode=true\n"), image=_CPU
        ),
        Example(files=_files("def handle(inputs): ...\n", ""), image=_CPU),
        Example(
            files=_files(
                "async def _answer(inputs): ...\n\n\ndef handle(inputs):\n"
                "    return _answer(inputs)\n",
                "option.async_mode=true\n",
            ),
            image=_CPU,
        ),
        Example(
            files=_files("def handle(inputs): ...\n", "option.async_mode=true\n"),
            image="0.32.0-lmi14.0.0-cu126",
        ),
    ),
    fails=(
        Example(files=_files("def handle(inputs): ...\n", "option.async_mode=true\n"), image=_CPU),
        Example(files=_files("async def handle(inputs): ...\n", ""), image=_CPU),
        Example(
            files=_files("async def handle(inputs): ...\n", "option.async_mode=true\n"),
            image="0.32.0-lmi14.0.0-cu126",
        ),
        Example(
            files=_files("def handle(inputs): ...\n", "option.async_mode=true\n"),
            image="0.33.0-lmi15.0.0-cu128",
        ),
        Example(files=_files("def handle(inputs): ...\n", "option.model_id=gpt2\n")),
    ),
    needs=("image", "files", "properties"),
)
def async_mode(subject: Subject) -> Iterator[Hit]:
    """Yield functions of the wrong kind."""
    for handler in handlers(subject):
        mode = _mode(subject, handler.model)
        tree = handler.source.tree
        found = None if tree is None else definition(tree, handler.function)
        function = None if found is None else found.function
        wrong = None if function is None else _wrong(subject, handler, function, mode)
        if function is not None and wrong is not None:
            place = (handler.file, function.lineno, function.col_offset + 1)
            yield Hit(
                message=f"{handler.function!r} {wrong.what}",
                location=subject.file_location(*place),
                fix=wrong.fix,
                severity=wrong.severity,
            )


@rule(
    id="async-custom-handler",
    severity="error",
    title="A handle beside the asynchronous handler is asynchronous",
    reason=(
        "From 0.34.0 on djl_python.lmi_vllm.vllm_async_service hands each request to the `handle` "
        "of a model.py in the folder, if there is one, and awaits it. A plain function fails on "
        "every call with 424."
    ),
    fix="write `async def handle(inputs)`",
    source=(
        "deepjavalibrary/djl-serving 0.34.0-dlc: "
        "engines/python/setup/djl_python/custom_handler_service.py"
    ),
    passes=(
        Example(files=_files("async def handle(inputs): ...\n", _VLLM)),
        Example(files=_files("def handle(inputs): ...\n", _VLLM), image="0.33.0-lmi15.0.0-cu128"),
    ),
    fails=(
        Example(files=_files("def handle(inputs): ...\n", _VLLM), image="0.34.0-lmi16.0.0-cu128"),
    ),
    needs=("image", "files", "properties"),
)
def async_custom_handler(subject: Subject) -> Iterator[Hit]:
    """Yield plain functions that are awaited."""
    for model in subject.python_models:
        entry_point = model.entry_point
        is_vllm = entry_point is not None and entry_point.value == _VLLM_SERVICE
        source = read_source(subject, model.path(MODEL_FILE)) if is_vllm else None
        tree = None if source is None or not subject.since("0.34.0") else source.tree
        found = None if tree is None else definition(tree, "handle")
        function = None if found is None else found.function
        if isinstance(function, ast.FunctionDef) and not may_return_awaitable(function):
            yield Hit(
                message=f"{_VLLM_SERVICE} awaits 'handle', which is no async def",
                location=subject.file_location(
                    model.path(MODEL_FILE), function.lineno, function.col_offset + 1
                ),
            )


@dataclass(frozen=True, slots=True)
class _Wrong:
    what: str
    fix: str
    severity: Severity | None = None


def _wrong(
    subject: Subject,
    handler: Handler,
    function: ast.FunctionDef | ast.AsyncFunctionDef,
    mode: _Mode,
) -> _Wrong | None:
    if isinstance(function, ast.AsyncFunctionDef):
        if is_generator(function):
            what = "is an asynchronous generator, which cannot be awaited"
            return _Wrong(what, "return the generator from an `async def`")
        if mode == "off":
            other = f", or set {ASYNC_KEY}=true" if subject.since("0.33.0") else ""
            return _Wrong("is an async def, which nothing awaits here", f"write `def`{other}")
        return None
    if mode == "off" or (may_return_awaitable(function) and _awaits_somewhere(handler)):
        return None
    if mode == "on for text":
        what = "is no async def, and this image awaits it for a model of text"
        fix = "write `async def`, or set option.rolling_batch=disable"
        return _Wrong(what, fix, "warning")
    severity: Severity | None = "warning" if may_return_awaitable(function) else None
    what = "is no async def, and asynchronous mode awaits it"
    return _Wrong(what, "write `async def`", severity)


def _awaits_somewhere(handler: Handler) -> bool:
    tree = handler.source.tree
    return tree is not None and any(
        isinstance(node, ast.AsyncFunctionDef | ast.Import | ast.ImportFrom)
        for node in ast.walk(tree)
    )


@rule(
    id="async-built-in",
    severity="error",
    title="DJL Serving's asynchronous handlers run in asynchronous mode",
    reason=(
        "djl_python.lmi_vllm.vllm_async_service and djl_python.lmi_trtllm.trtllm_async_service are "
        "`async def`. Written as entry point without option.async_mode=true, what they return is "
        "awaited by nobody; djl_python.huggingface, on the other hand, cannot be awaited."
    ),
    fix="set option.async_mode=true for the asynchronous handlers, and for no other",
    source=_SOURCE,
    passes=(
        properties(
            "engine=Python\noption.entryPoint=djl_python.lmi_vllm.vllm_async_service\n"
            "option.async_mode=true\noption.rolling_batch=disable\n"
        ),
        properties(
            "engine=Python\noption.entryPoint=djl_python.huggingface\n"
            "option.rolling_batch=disable\n"
        ),
    ),
    fails=(
        properties(
            "engine=Python\noption.entryPoint=djl_python.lmi_vllm.vllm_async_service\n"
            "option.rolling_batch=disable\n"
        ),
        properties(
            "engine=Python\noption.entryPoint=djl_python.huggingface\noption.async_mode=true\n"
        ),
    ),
    needs=("image", "files", "properties"),
)
def async_built_in(subject: Subject) -> Iterator[Hit]:
    """Yield handlers of DJL Serving in the wrong mode."""
    for value, location, model in written_entry_points(subject):
        found = built_in(value) if kind_of(value) == "built-in" else None
        if found is None or model is None or subject.image is None:
            continue
        mode = _mode(subject, model)
        if not found.is_in(subject.image.djl_version) or (mode == "on") == found.is_async:
            continue
        if mode == "on":
            message = f"{value!r} cannot be awaited, and {ASYNC_KEY} is true"
        elif mode == "off":
            message = f"{value!r} needs {ASYNC_KEY}=true"
        else:
            continue
        yield Hit(message=message, location=location, key=KEY)
