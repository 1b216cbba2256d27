"""Rules about requirements.txt: what pip installs before the handler starts, and what not."""

from collections.abc import Iterator, Mapping

from lmi.rules.finding import Location
from lmi.rules.model_store import PythonModel
from lmi.rules.requirements_file import Line, normalized, read_requirements
from lmi.rules.rule import Example, Hit, rule
from lmi.rules.subject import Subject

NAME = "requirements.txt"

_LARGEST = 1 << 20
"""Bytes of a requirements.txt that is read."""

_WHEELS_SINCE = "0.23.0"
"""The first DJL Serving that gives `requirements/` to pip."""

_PY_ENV = (
    "deepjavalibrary/djl-serving 0.20.0-dlc, 0.22.1-dlc, 0.23.0-dlc, 0.36.0-lmi27-dlc: "
    "engines/python/src/main/java/ai/djl/python/engine/PyEnv.java (installDependency)"
)
_PIP = "https://pip.pypa.io/en/stable/reference/requirements-file-format/"
_OLD = "0.22.1-deepspeed0.9.2-cu118"
_NEW = "0.23.0-deepspeed0.9.5-cu118"

_FILES = {
    "serving.properties": "engine=Python\n",
    "model.py": "def handle(inputs):\n    return None\n",
}


def _with(
    requirements: str,
    image: str = "0.36.0-lmi27.0.0-cu130",
    others: Mapping[str, str] | None = None,
) -> Example:
    return Example(files={**_FILES, NAME: requirements, **(others or {})}, image=image)


def _installed(subject: Subject) -> Iterator[tuple[str, Line]]:
    """Yield the lines that pip reads, each with its file, included files among them."""
    for model in subject.python_models:
        seen: set[str] = set()
        waiting = [model.path(NAME)] if NAME in model.names else []
        while waiting:
            path = waiting.pop()
            if path in seen:
                continue
            seen.add(path)
            for line in read_requirements(_text(subject, path) or ""):
                yield path, line
                if line.includes is not None:
                    included = _beside(path, line.includes)
                    if included in (subject.files or {}):
                        waiting.append(included)


def _beside(path: str, name: str) -> str:
    parts = path.split("/")[:-1]
    for part in name.split("/"):
        if part == ".." and parts:
            parts.pop()
        elif part not in {".", ""}:
            parts.append(part)
    return "/".join(parts)


def _text(subject: Subject, path: str) -> str | None:
    file = (subject.files or {}).get(path)
    if file is None or file.size > _LARGEST:
        return None
    try:
        return file.read(_LARGEST).decode()
    except (OSError, UnicodeDecodeError):
        return None


@rule(
    id="requirements-syntax",
    severity="warning",
    title="pip can read requirements.txt",
    reason=(
        "pip refuses the file as a whole and installs none of it. DJL Serving logs that as a "
        "warning and starts the handler without the packages."
    ),
    fix="write one requirement a line, such as sentencepiece==0.2.0",
    source=f"{_PIP}; {_PY_ENV}",
    passes=(
        _with("# comment\nsix==1.16.0  # why\ntiktoken>=0.7,<1 ; python_version >= '3.9'\n"),
        _with("--pre\n-r more.txt\n", others={"more.txt": "six==1.16.0\n"}),
    ),
    fails=(
        _with("torch=2.1\n"),
        _with("pip install sentencepiece\n"),
        _with("-r more.txt\n"),
    ),
    needs=("image", "files"),
)
def requirements_syntax(subject: Subject) -> Iterator[Hit]:
    """Yield the lines that pip refuses."""
    files = subject.files or {}
    for model in subject.python_models:
        path = model.path(NAME)
        if NAME in model.names and files[path].size <= _LARGEST and _text(subject, path) is None:
            message = f"{path!r} is not UTF-8 text, or cannot be read"
            yield Hit(message=message, location=subject.file_location(path))
    for path, line in _installed(subject):
        location = subject.file_location(path, line.number, 1)
        if line.problem is not None:
            yield Hit(message=f"{line.text!r} {line.problem}", location=location)
            continue
        named = line.includes or line.constraints
        if named is None or "://" in named or named.startswith("/"):
            continue
        if _beside(path, named) not in files:
            message = f"{named!r} is not in the artifact"
            yield Hit(message=message, location=location, fix="add the file, or remove the line")


@rule(
    id="requirements-unpinned",
    severity="info",
    title="requirements.txt names one version of each package",
    reason=(
        "pip takes the newest that fits whenever an instance starts: an endpoint that scales out "
        "tomorrow can run other code than today's instances, or fail where they do not. A package "
        "that the image has and that fits is left alone."
    ),
    fix="pin the version with ==",
    source="https://pip.pypa.io/en/stable/topics/repeatable-installs/",
    passes=(_with("sentencepiece==0.2.0\ntransformers\n"),),
    fails=(_with("sentencepiece\n"), _with("sentencepiece>=0.2\n")),
    needs=("image", "files"),
)
def requirements_unpinned(subject: Subject) -> Iterator[Hit]:
    """Yield requirements that several versions satisfy."""
    wheels = {
        normalized(name.rpartition("/")[2].partition("-")[0])
        for name in subject.names()
        if name.endswith(".whl")
    }
    for path, line in _installed(subject):
        if line.name is None or line.problem or line.is_pinned or line.name in wheels:
            continue
        if line.name in _image_packages(subject):
            continue
        yield Hit(
            message=f"{line.text!r} leaves the version to the day on which an instance starts",
            location=subject.file_location(path, line.number, 1),
        )


def _image_packages(subject: Subject) -> dict[str, str]:
    """Return the packages that the image is built around, and their versions as far as known."""
    if subject.image is None:
        return {}
    return {normalized(name): version for name, version in subject.image.framework_versions.items()}


@rule(
    id="replaced-package",
    severity="warning",
    title="requirements.txt leaves the packages of the image as they are",
    reason=(
        "The image's engines are built for each other and for its CUDA. pip replaces one with "
        "what the file asks for, its dependencies with it, and tests of the image say nothing "
        "any more."
    ),
    fix="remove the line, or take the image that has this version",
    source=(
        "deepjavalibrary/djl-serving: serving/docker/lmi-container-requirements.txt and "
        "serving/docker/*.Dockerfile of the branch of each version"
    ),
    passes=(
        _with("torch\n"),
        _with("transformers==4.30.2\n", _NEW),
        _with("torch==2.7.1\n", "0.36.0-cpu-full"),
    ),
    fails=(_with("torch==2.1.0\n"), _with("vllm==0.9.0\n"), _with("transformers==4.31.0\n", _NEW)),
    needs=("image", "files"),
)
def replaced_package(subject: Subject) -> Iterator[Hit]:
    """Yield pins of packages that the image has in another version, as far as that is known."""
    has = _image_packages(subject)
    tag = "" if subject.image is None else subject.image.tag
    for path, line in _installed(subject):
        if line.name not in has or line.problem:
            continue
        built = has[line.name]
        pins = [version for operator, version in line.specifiers if operator in {"==", "==="}]
        exact = built[:1].isdigit()
        if line.is_direct:
            asks = "another build"
        elif exact and pins and not _same(pins[0], built):
            asks = pins[0]
        else:
            continue
        yield Hit(
            message=f"{line.text!r} asks for {asks}, and image {tag!r} is built "
            f"with {line.name} {built}",
            location=subject.file_location(path, line.number, 1),
        )


def _same(asked: str, built: str) -> bool:
    """Return whether the version *built* satisfies ``==asked``, as far as numbers tell."""
    if asked.endswith(".*"):
        return f"{built}.".startswith(asked[:-1])
    return _numbers(asked) == _numbers(built)


def _numbers(version: str) -> str:
    return version.partition("+")[0].removesuffix(".0").removesuffix(".0")


@rule(
    id="unread-wheels",
    severity="warning",
    title="pip is told of the wheels in requirements/",
    reason=(
        "DJL Serving gives the folder to pip since 0.23.0, and only where there is a "
        "requirements.txt beside it, which is what pip installs. Else nobody looks at the wheels."
    ),
    fix="list the packages in requirements.txt, on an image with DJL Serving 0.23.0 or later",
    source=_PY_ENV,
    passes=(_with("six==1.16.0\n", _NEW, {"requirements/six.whl": ""}),),
    fails=(
        _with("six==1.16.0\n", _OLD, {"requirements/six.whl": ""}),
        Example(files={**_FILES, "requirements/six.whl": ""}),
    ),
    needs=("image", "files"),
)
def unread_wheels(subject: Subject) -> Iterator[Hit]:
    """Yield the folder of wheels that nobody looks at."""
    for model in subject.python_models:
        wheels = [
            name
            for name in sorted(model.names)
            if name.startswith("requirements/") and name.endswith(".whl")
        ]
        if not wheels:
            continue
        location = subject.file_location(model.path(wheels[0]))
        if NAME not in model.names:
            message = "there is no requirements.txt, and pip installs nothing without"
            yield Hit(message=message, location=location)
        elif not subject.since(_WHEELS_SINCE) and subject.image is not None:
            message = f"DJL Serving {subject.image.djl_version} does not tell pip of requirements/"
            yield Hit(message=message, location=location)


@rule(
    id="unread-requirements",
    severity="warning",
    title="Every requirements.txt is installed",
    reason="pip is given the file of this name in the folder of a Python model, and no other.",
    fix="move the file to the model's folder, name it requirements.txt, or remove it",
    source=_PY_ENV,
    passes=(
        _with("six==1.16.0\n"),
        _with("-r more/requirements.txt\n", others={"more/requirements.txt": "six==1.16.0\n"}),
    ),
    fails=(
        Example(files={**_FILES, "code/requirements.txt": "six\n"}),
        Example(files={**_FILES, "Requirements.txt": "six\n"}),
    ),
    needs=("image", "files"),
)
def unread_requirements(subject: Subject) -> Iterator[Hit]:
    """Yield the files that nobody installs."""
    models: tuple[PythonModel, ...] = subject.python_models
    if not models or len(models) < len(subject.found.models):
        return
    installed = {path for path, _ in _installed(subject)} | {model.path(NAME) for model in models}
    for path in subject.names():
        folder, _, last = path.rpartition("/")
        is_meant = last == NAME or (not folder and last.lower() in {NAME, "requirement.txt"})
        if is_meant and path not in installed:
            yield Hit(
                message=f"{path!r} is installed by nobody",
                location=Location(file=subject.file_location(path).file),
            )
