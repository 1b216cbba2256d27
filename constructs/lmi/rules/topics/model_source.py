"""Rules about where the weights come from: the Hub, S3, the tarball."""

from collections.abc import Iterator

from lmi.djl.entry_points import built_in
from lmi.rules.model_store import PythonModel
from lmi.rules.rule import Example, Hit, properties, rule
from lmi.rules.subject import Subject
from lmi.rules.topics.handler import answering_built_in

MODEL_ID = "option.model_id"
S3_URL = "option.s3url"
_FIRST = "0.20.0-deepspeed0.7.5-cu116"
_SECOND = "0.22.1-deepspeed0.9.2-cu118"
_LAST = "0.26.0-deepspeed0.12.6-cu121"
_AFTER = "0.27.0-deepspeed0.12.6-cu121"
_HUGGINGFACE = "engine=Python\noption.entryPoint=djl_python.huggingface\n"
_DOWNLOAD = (
    "deepjavalibrary/djl-serving 0.20.0-dlc: "
    "engines/python/src/main/java/ai/djl/python/engine/PyModel.java (downloadS3), 0.22.1-dlc, "
    "0.27.0-dlc: wlm/src/main/java/ai/djl/serving/wlm/ModelInfo.java (downloadS3)"
)
_NO_WEIGHTS = (".py", ".md", ".txt", ".properties", ".yaml", ".yml", ".sh", ".toml", ".whl")
_NO_WEIGHTS_NAMES = frozenset({"LICENSE", "NOTICE", "README", "Makefile", "Dockerfile"})
_NEED_NO_MODEL = frozenset({"sagemaker", "sklearn_handler", "xgboost_handler"})


@rule(
    id="two-model-sources",
    severity="error",
    title="The model comes from one place",
    reason=(
        'With both `option.model_id` and `option.s3url` DJL Serving refuses to load: "model_id '
        'and s3url could not both set!". From 0.27.0 on it does not look at s3url.'
    ),
    fix="remove one of the two",
    source=_DOWNLOAD,
    passes=(
        properties(f"{_HUGGINGFACE}option.s3url=s3://bucket/gpt-j/\n", image=_FIRST),
        properties(
            "engine=Python\noption.model_id=gpt2\noption.s3url=s3://bucket/gpt2/\n", image=_AFTER
        ),
    ),
    fails=(
        properties(
            f"{_HUGGINGFACE}option.model_id=gpt2\noption.s3url=s3://bucket/gpt2/\n", image=_FIRST
        ),
        properties(
            "engine=Python\noption.model_id=gpt2\noption.s3url=s3://bucket/gpt2/\n", image=_LAST
        ),
    ),
    needs=("image", "properties"),
)
def two_model_sources(subject: Subject) -> Iterator[Hit]:
    """Yield s3url where there is model_id too."""
    if MODEL_ID in subject.options and S3_URL in subject.options and not subject.since("0.27.0"):
        yield Hit(
            message=f"{MODEL_ID!r} is set as well; this version takes one of the two",
            location=subject.key_location(S3_URL),
            key=S3_URL,
        )


@rule(
    id="unread-s3url",
    severity="error",
    title="option.s3url is the model for versions that read it",
    reason=(
        "Up to 0.26.0 `option.s3url` names a folder of S3 that is fetched before the model loads; "
        "0.27.0 and later do not read it, and look for the model in the tarball."
    ),
    fix="write option.model_id=s3://... instead",
    source=_DOWNLOAD,
    passes=(
        properties("engine=Python\noption.s3url=s3://bucket/gpt2/\n", image=_LAST),
        properties("engine=Python\noption.model_id=s3://bucket/gpt2/\n", image=_AFTER),
    ),
    fails=(properties("engine=Python\noption.s3url=s3://bucket/gpt2/\n", image=_AFTER),),
    needs=("image", "files", "properties"),
)
def unread_s3url(subject: Subject) -> Iterator[Hit]:
    """Yield s3url where nothing reads it."""
    if S3_URL not in subject.options or not subject.since("0.27.0"):
        return
    if subject.files is None or any(
        _has_source(subject, model) or _is_own(model) for model in subject.python_models
    ):
        return  # Then it is a key like others that a version does not read any more.
    yield Hit(
        message="this version does not read it, and there is no other model",
        location=subject.key_location(S3_URL),
        key=S3_URL,
    )


@rule(
    id="s3url-prefix",
    severity="warning",
    title="A folder of S3 ends in a slash",
    reason=(
        "0.20.0 and 0.21.0 fetch everything that begins with the value of `option.s3url`: "
        "s3://bucket/gpt-j also fetches s3://bucket/gpt-j-v2/, and keeps the folders' names, so "
        "that config.json is not where the handler looks for it."
    ),
    fix="end the value in a slash",
    source=_DOWNLOAD,
    passes=(
        properties(f"{_HUGGINGFACE}option.s3url=s3://bucket/gpt-j/\n", image=_FIRST),
        properties(f"{_HUGGINGFACE}option.s3url=s3://bucket/gpt-j\n", image=_SECOND),
    ),
    fails=(
        properties(
            f"{_HUGGINGFACE}option.s3url=s3://bucket/gpt-j\n", image="0.21.0-deepspeed0.8.3-cu117"
        ),
    ),
    needs=("image", "properties"),
)
def s3url_prefix(subject: Subject) -> Iterator[Hit]:
    """Yield prefixes that are no folder."""
    value = subject.options.get(S3_URL)
    if value is None or subject.since("0.22.1") or value.endswith("/"):
        return
    yield Hit(
        message=f"this version fetches all that begins with {value!r}",
        location=subject.value_location(S3_URL),
        key=S3_URL,
    )


@rule(
    id="s3url-scheme",
    severity="error",
    title="option.s3url is an address of S3",
    reason=(
        "It is handed to s5cmd, or to the AWS CLI, which take s3://BUCKET/PREFIX/. Versions from "
        "0.22.1 on take anything else for the name of a model on the Hub."
    ),
    fix="write s3://BUCKET/PREFIX/",
    source=_DOWNLOAD,
    passes=(properties(f"{_HUGGINGFACE}option.s3url=s3://bucket/gpt-j/\n", image=_FIRST),),
    fails=(properties(f"{_HUGGINGFACE}option.s3url=your-s3-url\n", image=_FIRST),),
    needs=("image", "properties"),
)
def s3url_scheme(subject: Subject) -> Iterator[Hit]:
    """Yield values that are no address of S3."""
    value = subject.options.get(S3_URL)
    if value is None or subject.since("0.27.0") or value.startswith("s3://"):
        return
    yield Hit(
        message=f"must begin with 's3://', got {value!r}",
        location=subject.value_location(S3_URL),
        key=S3_URL,
        severity="warning" if "{" in value else None,
    )


@rule(
    id="s3-model-id",
    severity="error",
    title="option.model_id names S3 only where a version fetches from there",
    reason=(
        "Before 0.22.1 `option.model_id` goes to transformers as it is, which knows names of the "
        "Hub and folders; the handlers of that time fetch what `option.s3url` names."
    ),
    fix="write option.s3url instead, with a slash at its end",
    source=_DOWNLOAD,
    passes=(properties("engine=Python\noption.model_id=s3://bucket/gpt2/\n", image=_SECOND),),
    fails=(
        properties(
            f"{_HUGGINGFACE}option.model_id=s3://bucket/gpt2/\n",
            image="0.21.0-deepspeed0.8.3-cu117",
        ),
    ),
    needs=("image", "properties"),
)
def s3_model_id(subject: Subject) -> Iterator[Hit]:
    """Yield addresses of S3 that nothing fetches from."""
    value = subject.options.get(MODEL_ID, "")
    is_own = any(map(_is_own, subject.python_models))
    if value.startswith("s3://") and not subject.since("0.22.1") and not is_own:
        yield Hit(
            message=f"this version does not fetch {value!r}",
            location=subject.value_location(MODEL_ID),
            key=MODEL_ID,
        )


@rule(
    id="no-model-source",
    severity="error",
    title="The handler has a model to load",
    reason=(
        "DJL Serving's own handlers load what `option.model_id`, or up to 0.26.0 `option.s3url`, "
        "names, and without both what lies in the model's folder. Where that has no weights "
        "either, the model does not load; 0.20.0 and 0.21.0 with engine=Python answer every call "
        "with 424. A misspelt key counts as none: nothing reports it."
    ),
    fix="set option.model_id, or put config.json and the weights into the folder",
    source=(
        "deepjavalibrary/djl-serving 0.20.0-dlc: engines/python/setup/djl_python/deepspeed.py, "
        "huggingface.py"
    ),
    passes=(
        properties(f"{_HUGGINGFACE}option.model_id=gpt2\n", image=_FIRST),
        Example(
            files={
                "serving.properties": _HUGGINGFACE,
                "config.json": "{}",
                "model.safetensors": "",
            },
            image=_FIRST,
        ),
    ),
    fails=(
        properties(f"{_HUGGINGFACE}opiton.s3url=s3://bucket/gpt-j/\n", image=_FIRST),
        properties(f"{_HUGGINGFACE}option.s3_url=s3://bucket/gpt-j/\n", image=_FIRST),
    ),
    needs=("image", "files", "properties"),
)
def no_model_source(subject: Subject) -> Iterator[Hit]:
    """Yield handlers of DJL Serving without a model."""
    for model in subject.python_models:
        value = answering_built_in(subject, model)
        found = None if value is None else built_in(value)
        if found is None or found.name in _NEED_NO_MODEL or _has_source(subject, model):
            continue
        if S3_URL in model.options:
            continue  # The rule unread-s3url says so.
        yield Hit(
            message=f"{value} has no model: there is no {MODEL_ID}"
            + (", no option.s3url" if not subject.since("0.27.0") else "")
            + " and no weights in the folder",
            location=model.key_location(subject, "option.entryPoint"),
            key=MODEL_ID,
        )


def _has_source(subject: Subject, model: PythonModel) -> bool:
    keys = [MODEL_ID] if subject.since("0.27.0") else [MODEL_ID, S3_URL]
    variables = () if subject.hosting is None else subject.hosting.environment
    return (
        any(model.options.get(key) for key in keys)
        or "HF_MODEL_ID" in variables
        or any(_may_be_weights(name) for name in model.names)
    )


def _may_be_weights(name: str) -> bool:
    last = name.rpartition("/")[2]
    return not last.lower().endswith(_NO_WEIGHTS) and last not in _NO_WEIGHTS_NAMES


def _is_own(model: PythonModel) -> bool:
    """Return whether code of the artifact's own answers, which may read any option."""
    return model.entry_point is not None and model.entry_point.kind != "built-in"
