"""Rules about where the files lie: what DJL Serving finds of them."""

from collections.abc import Iterator

from lmi.catalog.nearest import nearest
from lmi.djl.detection import PROPERTIES
from lmi.rules.finding import Location
from lmi.rules.model_store import in_artifact
from lmi.rules.rule import Example, Hit, properties, rule
from lmi.rules.subject import Subject

_FIRST = "0.20.0-deepspeed0.7.5-cu116"
_SECOND = "0.22.1-deepspeed0.9.2-cu118"
_REQUIREMENTS = "requirements.txt"
_HANDLER = "def handle(inputs): ...\n"
_SEARCH = (
    "deepjavalibrary/djl-serving 0.20.0-dlc: "
    "serving/src/main/java/ai/djl/serving/ModelServer.java (mapModelUrl, inferEngine), "
    "0.36.0-lmi27-dlc: wlm/src/main/java/ai/djl/serving/wlm/ModelInfo.java (inferEngine), "
    "serving/src/main/java/ai/djl/serving/util/ModelStore.java; deepjavalibrary/djl v0.25.0: "
    "api/src/main/java/ai/djl/util/Utils.java (getNestedModelDir)"
)


@rule(
    id="no-model",
    severity="error",
    title="DJL Serving recognises a model in the folder",
    reason=(
        "Without `engine` DJL Serving guesses it from file names, in the root of the tarball or "
        "the only folder there. Where that fails, versions before 0.22.1 start without a model, "
        "answer /ping with 200 and every call with 400; later ones stop. Only 0.22.1 and later "
        "take `option.model_id` or a config.json for a model of Python."
    ),
    fix="set 'engine' in serving.properties, e.g. engine=Python",
    source=_SEARCH,
    passes=(
        properties("engine=Python\noption.model_id=gpt2\n", image=_FIRST),
        properties("option.model_id=gpt2\n", image=_SECOND),
        Example(files={"model.py": _HANDLER}, image=_FIRST),
        Example(files={"config.json": "{}"}, image=_SECOND),
    ),
    fails=(
        properties("option.model_id=gpt2\n", image=_FIRST),
        Example(files={"config.json": "{}"}, image=_FIRST),
        Example(files={"a/serving.properties": "engine=Python\n", "README.md": ""}, image=_SECOND),
    ),
    needs=("image", "files", "properties"),
)
def no_model(subject: Subject) -> Iterator[Hit]:
    """Yield the folders that DJL Serving looks at in vain."""
    found = subject.found
    if found.archives or subject.image is None or subject.files is None:
        return  # What is in an archive can be a model.
    version = subject.image.djl_version
    if found.undetected:
        for model in found.undetected:
            where = in_artifact(subject, model.folder)
            yield _missing(subject, where, f"DJL Serving {version} stops")
    elif not found.models:
        does = f"DJL Serving {version} starts without a model and answers every call with 400"
        yield _missing(subject, "", does)


def _missing(subject: Subject, folder: str, does: str) -> Hit:
    misspelt = next(
        (key for key in subject.settings if key != "engine" and _last(key) == "engine"), None
    )
    what = f"in '{folder}/' of the folder" if folder else "here"
    message = f"{does}: it finds no model {what}, as serving.properties has no 'engine'"
    if misspelt is not None:
        message += f", but {misspelt!r}, which is another key"
    message += ", and no file's name stands for a model"
    deeper = _model_below(subject, folder)
    if not subject.since("0.22.1") and "option.model_id" in subject.settings:
        message += "; this version does not guess it from option.model_id"
    return Hit(
        message=message,
        location=subject.key_location(misspelt) if misspelt else Location(file=subject.file),
        key=misspelt,
        fix=f"move what is in '{deeper}/' to the top of the folder" if deeper else None,
    )


def _last(key: str) -> str:
    return key.rpartition(".")[2].strip().lower()


def _model_below(subject: Subject, folder: str) -> str | None:
    """Return a folder below *folder* that has what makes a model, if it is the only one."""
    prefix = f"{folder}/" if folder else ""
    found = {
        name.rpartition("/")[0]
        for name in subject.names()
        if name.startswith(prefix)
        and "/" in name[len(prefix) :]
        and name.rpartition("/")[2] in {PROPERTIES, "model.py"}
    }
    return found.pop() if len(found) == 1 else None


@rule(
    id="several-models",
    severity="warning",
    title="The tarball holds one model",
    reason=(
        "With two or more, DJL Serving wants the query parameter or the form field `model_name` "
        "in every call and answers 400 without. InvokeEndpoint cannot send a query."
    ),
    fix="make an artifact of each, or add a serving.properties at the top that is the only model",
    source=(
        "deepjavalibrary/djl-serving 0.20.0-dlc: "
        "serving/src/main/java/ai/djl/serving/http/InferenceRequestHandler.java"
    ),
    passes=(
        Example(
            files={"model.py": _HANDLER, "a/model.py": _HANDLER, "b/model.py": _HANDLER},
            image=_FIRST,
            layout="flat",
        ),
    ),
    fails=(
        Example(
            files={"a/model.py": _HANDLER, "b/model.py": _HANDLER}, image=_FIRST, layout="flat"
        ),
    ),
    needs=("image", "files", "properties"),
)
def several_models(subject: Subject) -> Iterator[Hit]:
    """Yield the models, where there is more than one."""
    models = subject.found.models
    if len(models) < 2:
        return
    names = ", ".join(repr(model.name) for model in models)
    yield Hit(
        message=f"DJL Serving finds {len(models)} models ({names}), and a call must say which",
        location=Location(file=subject.file),
    )


@rule(
    id="model-in-subfolder",
    severity="info",
    title="The model's files lie at the top of the artifact",
    reason=(
        "DJL Serving descends into a folder that is alone. It reads the serving.properties there; "
        "overrides, rules and everything else that works on the artifact's own do not reach it, "
        "and one more file at the top ends the descent."
    ),
    fix="move the files to the top of the artifact",
    source=_SEARCH,
    passes=(Example(files={"serving.properties": "engine=Python\n", "model.py": _HANDLER}),),
    fails=(Example(files={"a/serving.properties": "engine=Python\n", "a/model.py": _HANDLER}),),
    needs=("image", "files", "properties"),
)
def model_in_subfolder(subject: Subject) -> Iterator[Hit]:
    """Yield the folder that DJL Serving descends into."""
    models = [model for model in subject.found.models if model.folder is not None]
    if len(models) != 1:
        return
    folder = in_artifact(subject, models[0].folder or "")
    if folder:
        yield Hit(
            message=f"the model is what lies in '{folder}/'",
            location=subject.file_location(f"{folder}/{PROPERTIES}"),
        )


@rule(
    id="unread-properties",
    severity="warning",
    title="Every serving.properties is read",
    reason="DJL Serving reads the one in the model's folder and no other.",
    fix="put its keys into the one at the top, or remove it",
    source=_SEARCH,
    passes=(properties("engine=Python\noption.model_id=gpt2\n"),),
    fails=(
        Example(
            files={
                "serving.properties": "engine=Python\n",
                "model.py": _HANDLER,
                "conf/serving.properties": "option.dtype=fp16\n",
            }
        ),
    ),
    needs=("image", "files", "properties"),
)
def unread_properties(subject: Subject) -> Iterator[Hit]:
    """Yield those that are not."""
    found = subject.found
    if not found.models:
        return
    read = {in_artifact(subject, model.folder) for model in found.models if model.folder}
    for name in subject.names():
        folder, _, last = name.rpartition("/")
        if last == PROPERTIES and folder and folder not in read:
            yield Hit(
                message=f"{name!r} is not in the model's folder, and not read",
                location=subject.file_location(name),
            )


@rule(
    id="misnamed-requirements",
    severity="warning",
    title="Packages to install are named in requirements.txt",
    reason=(
        "Before it starts a worker, DJL Serving installs what requirements.txt in the model's "
        "folder names. It looks for no other file, and says nothing where there is none."
    ),
    fix="name the file requirements.txt",
    source=(
        "deepjavalibrary/djl-serving 0.20.0-dlc: "
        "engines/python/src/main/java/ai/djl/python/engine/PyEnv.java (installDependency)"
    ),
    passes=(
        Example(files={"model.py": _HANDLER, "requirements.txt": ""}),
        Example(files={"model.py": _HANDLER, "requirements-dev.txt": ""}),
    ),
    fails=(
        Example(files={"model.py": _HANDLER, "requirement.txt": ""}),
        Example(files={"model.py": _HANDLER, "Requirements.txt": ""}),
    ),
    needs=("image", "files", "properties"),
)
def misnamed_requirements(subject: Subject) -> Iterator[Hit]:
    """Yield files that are nearly requirements.txt."""
    for model in subject.python_models:
        if _REQUIREMENTS in model.names:
            continue
        for name in model.names:
            if "/" in name or not name.lower().endswith(".txt"):
                continue
            if nearest(_REQUIREMENTS, [name.lower()], 1, cutoff=0.9):
                yield Hit(
                    message=f"{name!r} is not {_REQUIREMENTS!r}, and nothing installs its packages",
                    location=subject.file_location(model.path(name)),
                )
