"""Rules about the code that answers: model.py, or what `option.entryPoint` names."""

from collections.abc import Iterator
from dataclasses import dataclass

from lmi.djl.entry_points import MODEL_FILE
from lmi.djl.handler_source import (
    MAX_BYTES,
    Source,
    definition,
    function_names,
    imported_modules,
    parse_source,
    python_version,
    takes_one_argument,
)
from lmi.rules.model_store import PythonModel
from lmi.rules.rule import Example, Hit, rule
from lmi.rules.subject import Subject

HANDLER_KEY = "option.handler"
_FIRST = "0.20.0-deepspeed0.7.5-cu116"
_NEWEST = "0.36.0-lmi27.0.0-cu130"
_MOST_FILES = 50
_ENGINE = (
    "deepjavalibrary/djl-serving 0.20.0-dlc: engines/python/setup/djl_python_engine.py, "
    "engines/python/setup/djl_python/service_loader.py"
)


def _files(code: str, properties: str = "engine=Python\n") -> dict[str, str]:
    return {"serving.properties": properties, "model.py": code}


@dataclass(frozen=True, kw_only=True, slots=True)
class Handler:
    """The file of a model's folder that answers its requests."""

    model: PythonModel
    file: str
    """In the artifact."""
    function: str
    source: Source


def handlers(subject: Subject) -> Iterator[Handler]:
    """Yield the files that answer requests, as far as they are in the artifact."""
    for model in subject.python_models:
        name = _entry_file(model)
        source = None if name is None else read_source(subject, model.path(name))
        if name is not None and source is not None:
            function = model.options.get(HANDLER_KEY, "handle")
            yield Handler(model=model, file=model.path(name), function=function, source=source)


def answering_built_in(subject: Subject, model: PythonModel) -> str | None:
    """Return the handler of DJL Serving that answers for *model*; None: another does, or none."""
    entry_point = model.entry_point
    if entry_point is None:
        return None
    if entry_point.kind == "built-in":
        return entry_point.value
    if entry_point.fallback is None:
        return None
    source = read_source(subject, model.path(entry_point.value))
    tree = None if source is None else source.tree
    function = model.options.get(HANDLER_KEY, "handle")
    is_missing = tree is not None and definition(tree, function) is None
    return entry_point.fallback if is_missing else None


def _entry_file(model: PythonModel) -> str | None:
    entry_point = model.entry_point
    if entry_point is None or entry_point.kind not in {"file", "module"}:
        return None
    name = entry_point.value.removeprefix("./")
    name = name if entry_point.kind == "file" else f"{name.replace('.', '/')}.py"
    return name if name in model.names else None


def read_source(subject: Subject, name: str) -> Source | None:
    """Return what the image's Python makes of a file; None: there is none, or it is not known."""
    file = (subject.files or {}).get(name)
    python = None if subject.image is None else subject.image.container_python
    if file is None or python is None or file.size > MAX_BYTES:
        return None
    try:
        return parse_source(file.read(MAX_BYTES), python_version(python))
    except (OSError, ValueError):
        return None


def _imported(subject: Subject) -> Iterator[tuple[str, Source]]:
    """Yield the files of the artifact that starting a worker imports."""
    for model in subject.python_models:
        first = _entry_file(model)
        pending = [] if first is None else [first]
        if MODEL_FILE in model.names and subject.since("0.29.0"):
            # Looked at for formatters, whatever the entry point is.
            pending.append(MODEL_FILE)
        seen: set[str] = set()
        while pending and len(seen) < _MOST_FILES:
            name = pending.pop()
            if name in seen:
                continue
            seen.add(name)
            source = read_source(subject, model.path(name))
            if source is None:
                continue
            yield model.path(name), source
            for module in imported_modules(source.tree) if source.tree is not None else ():
                path = module.replace(".", "/")
                pending += [each for each in (f"{path}.py",) if each in model.names]


@rule(
    id="handler-syntax",
    severity="error",
    title="The image's Python can import the handler",
    reason=(
        "Each image has a Python of its own, from 3.8 to 3.12, and newer syntax or an annotation "
        "that an older one cannot evaluate ends the worker, as does a wrong indent or a byte that "
        "is not UTF-8. Looked at are the entry point and the files that it imports at its top. "
        "Not seen are f-strings in the style of 3.12 where the Python that runs the check is 3.12 "
        "or later, and what only fails when it runs."
    ),
    fix="write what the image's Python understands",
    source=(
        f"{_ENGINE}; https://docs.python.org/3/library/ast.html#ast.parse; "
        "https://peps.python.org/pep-0585/; https://peps.python.org/pep-0604/"
    ),
    passes=(
        Example(
            files=_files(
                "def handle(inputs) -> list[str] | None:\n    match inputs:\n        case _: ...\n"
            ),
            image=_NEWEST,
        ),
        Example(
            files=_files(
                "from __future__ import annotations\n\ndef handle(inputs) -> str | None: ...\n"
            ),
            image=_FIRST,
        ),
    ),
    fails=(
        Example(
            files=_files("def handle(inputs):\n    match inputs:\n        case _: ...\n"),
            image=_FIRST,
        ),
        Example(files=_files("def handle(inputs) -> str | None: ...\n"), image=_FIRST),
        Example(files=_files("def handle(inputs):\nreturn None\n"), image=_NEWEST),
    ),
    needs=("image", "files", "properties"),
)
def handler_syntax(subject: Subject) -> Iterator[Hit]:
    """Yield what Python refuses."""
    assert subject.image is not None  # noqa: S101 -- needs
    told = set()
    for name, source in _imported(subject):
        problem = source.problem
        if problem is None or name in told:
            continue
        told.add(name)
        python = subject.image.container_python
        message = f"Python {python} of the image does not take this: {problem.message}"
        if problem.is_uncertain:
            message = f"Python {python} of the image may take this, the running Python does not: "
            message += problem.message
        yield Hit(
            message=message,
            location=subject.file_location(name, problem.line, problem.column),
            severity="info" if problem.is_uncertain else None,
        )


@rule(
    id="no-handler",
    severity="error",
    title="The entry point has the handler function",
    reason=(
        "Every request, the first one included that DJL Serving sends when the model loads, calls "
        "the function that `option.handler` names, `handle` without it. Where there is none, the "
        "model does not load; 0.20.0 and 0.21.0 with engine=Python load it and answer every call "
        "with 424. From 0.29.0 on a model.py without it is fine where no entry point is written "
        "and DJL Serving has a handler of its own for the model."
    ),
    fix="define `def handle(inputs)`, or name the function in option.handler",
    source=f"{_ENGINE}; 0.29.0-dlc: the same files",
    passes=(
        Example(files=_files("def handle(inputs): ...\n")),
        Example(files=_files("from handlers import *\n")),
        Example(
            files=_files("def answer(inputs): ...\n", "engine=Python\noption.handler=answer\n")
        ),
        Example(
            files=_files("x = 1\n", "engine=Python\noption.model_id=gpt2\n"),
            image="0.29.0-lmi11.0.0-cu124",
        ),
    ),
    fails=(
        Example(files=_files("def predict(inputs): ...\n"), image="0.36.0-cpu-full"),
        Example(
            files=_files("def handle(inputs): ...\n", "engine=Python\noption.handler=answer\n"),
            image="0.36.0-cpu-full",
        ),
        Example(
            files=_files("x = 1\n", "engine=Python\noption.model_id=gpt2\n"),
            image="0.28.0-lmi10.0.0-cu124",
        ),
    ),
    needs=("image", "files", "properties"),
)
def no_handler(subject: Subject) -> Iterator[Hit]:
    """Yield the files without the function."""
    for handler in handlers(subject):
        tree, entry_point = handler.source.tree, handler.model.entry_point
        has_fallback = entry_point is not None and entry_point.fallback is not None
        if tree is None or has_fallback or definition(tree, handler.function) is not None:
            continue
        functions = ", ".join(function_names(tree)[:8])
        what = f"it defines {functions}" if functions else "it defines no function"
        is_named = HANDLER_KEY in handler.model.options
        yield Hit(
            message=f"there is no function {handler.function!r} in {handler.file!r}; {what}",
            location=handler.model.value_location(subject, HANDLER_KEY)
            if is_named
            else subject.file_location(handler.file),
            key=HANDLER_KEY if is_named else None,
        )


@rule(
    id="handler-arguments",
    severity="error",
    title="The handler function takes one argument",
    reason=(
        "DJL Serving calls it with the inputs and nothing else. TorchServe's `handle(data, "
        "context)` is a TypeError on every call."
    ),
    fix="define `def handle(inputs)`",
    source=_ENGINE,
    passes=(
        Example(files=_files("def handle(inputs): ...\n")),
        Example(files=_files("def handle(inputs, context=None): ...\n")),
        Example(files=_files("def handle(*inputs, **rest): ...\n")),
    ),
    fails=(
        Example(files=_files("def handle(data, context): ...\n")),
        Example(files=_files("def handle(): ...\n")),
        Example(files=_files("def handle(inputs, *, model): ...\n")),
    ),
    needs=("image", "files", "properties"),
)
def handler_arguments(subject: Subject) -> Iterator[Hit]:
    """Yield functions that cannot be called with the inputs alone."""
    for handler in handlers(subject):
        tree = handler.source.tree
        found = None if tree is None else definition(tree, handler.function)
        function = None if found is None else found.function
        if function is not None and not takes_one_argument(function):
            yield Hit(
                message=f"{handler.function!r} cannot be called with the inputs alone",
                location=subject.file_location(
                    handler.file, function.lineno, function.col_offset + 1
                ),
            )
