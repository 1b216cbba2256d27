"""Rules about where the module that answers comes from: a file, a URL, DJL Serving's default."""

from collections.abc import Iterator

from lmi.catalog.nearest import nearest
from lmi.djl.entry_points import KEY, MODEL_FILE, kind_of
from lmi.rules.model_store import PythonModel, root_of, written_entry_points
from lmi.rules.rule import Example, Hit, properties, rule
from lmi.rules.subject import Subject

_FIRST = "0.20.0-deepspeed0.7.5-cu116"
_HANDLER = "def handle(inputs): ...\n"
_MODEL_STORE = "/opt/ml/model/"


@rule(
    id="no-entry-point",
    severity="error",
    title="There is a handler for the model",
    reason=(
        "Without `option.entryPoint` DJL Serving looks for a model.py. Versions before 0.22.1 stop "
        "where there is none; later ones take a handler of their own for a model that "
        "`option.model_id` names, from 0.28.0 on also for one with a config.json in the tarball."
    ),
    fix="set option.entryPoint, e.g. to djl_python.huggingface, or add a model.py",
    source=(
        "deepjavalibrary/djl-serving 0.20.0-dlc, 0.22.1-dlc, 0.28.0-dlc: "
        "engines/python/src/main/java/ai/djl/python/engine/PyModel.java (load, findModelFile)"
    ),
    passes=(
        properties(
            "engine=Python\noption.entryPoint=djl_python.huggingface\noption.model_id=gpt2\n",
            image=_FIRST,
        ),
        properties("engine=Python\noption.model_id=gpt2\n", image="0.22.1-deepspeed0.9.2-cu118"),
        Example(files={"serving.properties": "engine=Python\n", "model.py": _HANDLER}),
        Example(
            files={"serving.properties": "engine=Python\n", "config.json": "{}"},
            image="0.28.0-lmi10.0.0-cu124",
        ),
    ),
    fails=(
        properties("engine=Python\noption.model_id=gpt2\n", image="0.21.0-deepspeed0.8.3-cu117"),
        Example(
            files={"serving.properties": "engine=Python\n", "config.json": "{}"},
            image="0.27.0-deepspeed0.12.6-cu121",
        ),
    ),
    needs=("image", "files", "properties"),
)
def no_entry_point(subject: Subject) -> Iterator[Hit]:
    """Yield the models that nothing answers for."""
    if subject.image is None:
        return
    version = subject.image.djl_version
    for model in subject.python_models:
        # Up to 0.27 the type in config.json can decide on an engine with a handler of its own.
        is_guess = model.engine is None and "config.json" in model.names
        if model.entry_point is not None or (is_guess and not subject.since("0.28.0")):
            continue
        if "option.s3url" in model.options and subject.since("0.27.0"):
            continue  # The rule unread-s3url says what to do.
        near = nearest(MODEL_FILE, (name for name in model.names if "/" not in name), 1, 0.7)
        what = f", only {model.path(near[0])!r}" if near and near[0].endswith(".py") else ""
        message = (
            f"DJL Serving {version} finds no handler: there is no {KEY} and no {MODEL_FILE}{what}"
        )
        if "option.model_id" in model.options:
            message += "; this version takes none of its own for option.model_id"
        yield Hit(message=message, location=model.key_location(subject, "engine"), key=KEY)


@rule(
    id="entry-point-file",
    severity="error",
    title="The entry point's file is there",
    reason=(
        "A value that ends in `.py` is a file of the model's folder; the worker ends where there "
        "is none, and the model does not load. Before 0.36.0 the name without `.py` is imported "
        "as a module, so that it can hold neither a slash nor another dot."
    ),
    fix="add the file, or correct the name",
    source=(
        "deepjavalibrary/djl-serving 0.20.0-dlc: "
        "engines/python/setup/djl_python/service_loader.py, "
        "0.36.0-lmi18-dlc: the same file"
    ),
    passes=(
        Example(
            files={
                "serving.properties": "engine=Python\noption.entryPoint=handler.py\n",
                "handler.py": _HANDLER,
            }
        ),
        Example(
            files={
                "serving.properties": "engine=Python\noption.entryPoint=src/handler.py\n",
                "src/handler.py": _HANDLER,
            },
            image="0.36.0-lmi18.0.0-cu128",
        ),
    ),
    fails=(
        properties("engine=Python\noption.entryPoint=handler.py\n"),
        Example(
            files={
                "serving.properties": "engine=Python\noption.entryPoint=src/handler.py\n",
                "src/handler.py": _HANDLER,
            },
            image="0.35.0-lmi17.0.0-cu128",
        ),
    ),
    needs=("image", "files", "properties"),
)
def entry_point_file(subject: Subject) -> Iterator[Hit]:
    """Yield the names of files that are not there."""
    for value, location, model in written_entry_points(subject):
        is_file = kind_of(value) == "file"
        stem = value.removesuffix(".py")
        if model is None or not (is_file or value.startswith(_MODEL_STORE)):
            continue
        if not _is_there(subject, model, value):
            files = [each for each in model.names if each.endswith(".py")]
            near = nearest(value, files, count=1)
            yield Hit(
                message=f"there is no {value!r} in the model's folder",
                location=location,
                key=KEY,
                fix=f"write {KEY}={near[0]}" if near else None,
                severity="warning" if "{" in value else None,
            )
        elif is_file and ("/" in stem or "." in stem) and not subject.since("0.36.0"):
            yield Hit(
                message=f"{value!r} is imported as module {stem!r}, which Python does not find",
                location=location,
                key=KEY,
                fix="name a file at the top of the folder, without a dot in its name",
            )


def _is_there(subject: Subject, model: PythonModel, value: str) -> bool:
    if not value.startswith("/"):
        return value.removeprefix("./") in model.names
    # The image has files of its own, but not where SageMaker unpacks the tarball.
    prefix = f"{_MODEL_STORE}{root_of(subject)}".rstrip("/") + "/"
    return value.startswith(prefix) and value.removeprefix(prefix) in (subject.files or {})


@rule(
    id="entry-point-url",
    severity="error",
    title="An entry point that is fetched can be fetched",
    reason=(
        "DJL Serving downloads the file that a URL names before the model loads, from 0.22.1 on. "
        "An earlier version takes the URL for the name of a file or a module. A container in "
        "network isolation reaches nothing."
    ),
    fix="put the file into the folder",
    source=(
        "deepjavalibrary/djl-serving 0.22.1-dlc: "
        "engines/python/src/main/java/ai/djl/python/engine/PyModel.java (load)"
    ),
    passes=(
        properties(
            "engine=Python\noption.entryPoint=https://example.com/model.py\n",
            image="0.22.1-deepspeed0.9.2-cu118",
        ),
    ),
    fails=(
        properties(
            "engine=Python\noption.entryPoint=https://example.com/model.py\n",
            image="0.21.0-deepspeed0.8.3-cu117",
        ),
        properties(
            "engine=Python\noption.entryPoint=https://example.com/model.py\n",
            hosting={"network_isolation": True},
        ),
    ),
    needs=("image", "properties"),
)
def entry_point_url(subject: Subject) -> Iterator[Hit]:
    """Yield the URLs that nothing can be fetched from."""
    isolated = subject.hosting is not None and subject.hosting.network_isolation is True
    for value, location, _ in written_entry_points(subject):
        if kind_of(value) != "url":
            continue
        if not subject.since("0.22.1"):
            message = f"this version does not fetch {value!r}"
        elif isolated:
            message = f"in network isolation {value!r} cannot be fetched"
        else:
            continue
        yield Hit(message=message, location=location, key=KEY)
