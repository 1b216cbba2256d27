"""Where the model comes from, and whether it stays the same"""

import re
from collections.abc import Iterator

from lmi.artifact.network import is_hub_id
from lmi.artifact.source import Mirror, StoredTarball
from lmi.rules.finding import Location, Severity
from lmi.rules.reading import uses_here
from lmi.rules.rule import Example, Hit, properties, rule
from lmi.rules.subject import Setting, Subject
from lmi.s3_prefix import S3Prefix

MODEL_ID = "option.model_id"
S3_URL = "option.s3url"
REVISION = "option.revision"

_COMMIT = re.compile(r"[0-9a-f]{40}")
_WEIGHTS = re.compile(r".*\.(safetensors|gguf)|(.*/)?(pytorch_model|model)[^/]*\.bin")
_VLLM = "engine=Python\noption.entryPoint=djl_python.lmi_vllm.vllm_async_service\n"
_HUGGINGFACE = "engine=Python\noption.entryPoint=djl_python.huggingface\n"
_PINNED = "option.revision=b968826d9c46dd6066d109eabc6255188de91218\n"
_FIRST = "0.20.0-deepspeed0.7.5-cu116"
_MIRROR = Mirror(store=S3Prefix(bucket="my-models", key="qwen/"))
_TARBALL = StoredTarball(bucket="my-models", key="qwen/model.tar.gz")
_UNCOMPRESSED = (
    "https://docs.aws.amazon.com/sagemaker/latest/dg/large-model-inference-uncompressed.html"
)
_CONTAINER = (
    "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ContainerDefinition.html"
)


@rule(
    id="unpinned-model",
    severity="warning",
    title="A model on the Hugging Face Hub is named with the commit of its repository",
    reason=(
        "A Hub repository changes: without `option.revision` each new instance downloads what the "
        "branch `main` holds that day, so two instances of one endpoint can serve different "
        "models, and nothing shows it. A branch or a tag can move as well. Of an artifact that is "
        "checked by itself it is only said (info)."
    ),
    fix="set option.revision to a commit of the repository, 40 hexadecimal digits",
    source=(
        "https://huggingface.co/docs/huggingface_hub/guides/download (revision); "
        "deepjavalibrary/djl-serving 0.23.0-dlc, 0.36.0-lmi27-dlc: "
        "engines/python/setup/djl_python/properties_manager/properties.py"
    ),
    passes=(
        properties(f"{_VLLM}option.model_id=Qwen/Qwen3-8B\n{_PINNED}"),
        properties(f"{_VLLM}option.model_id=s3://my-models/qwen/\n"),
        # This version reads no revision.
        properties(f"{_HUGGINGFACE}option.model_id=gpt2\n", image=_FIRST),
        # Code of its own may take the revision from elsewhere.
        Example(
            files={
                "serving.properties": "engine=Python\noption.model_id=Qwen/Qwen3-8B\n",
                "model.py": "def handle(inputs):\n    return None\n",
            }
        ),
    ),
    fails=(
        properties(f"{_VLLM}option.model_id=Qwen/Qwen3-8B\n"),
        properties(f"{_VLLM}option.model_id=Qwen/Qwen3-8B\noption.revision=main\n"),
    ),
    needs=("image", "properties"),
)
def unpinned_model(subject: Subject) -> Iterator[Hit]:
    """Yield a Hub id whose repository may change."""
    value = subject.options.get(MODEL_ID, "")
    # Beside a mirror it is wrong altogether, which another rule says.
    if subject.source is not None or not is_hub_id(value, _inside(subject)):
        return
    uses = [use for use in uses_here(subject, REVISION) if subject.readers.surely_reads(use)]
    variables = {} if subject.hosting is None else subject.hosting.environment
    if not uses or any(use.environment_variable in variables for use in uses):
        return
    # What is only looked at is not deployed yet: another model tomorrow harms nobody there.
    severity: Severity | None = "info" if subject.hosting is None else None
    revision = subject.options.get(REVISION, "").strip()
    if not revision:
        yield Hit(
            message=f"{value!r} is a repository that changes, and there is no {REVISION}",
            location=subject.value_location(MODEL_ID),
            key=MODEL_ID,
            severity=severity,
        )
    elif not _COMMIT.fullmatch(revision):
        yield Hit(
            message=f"{revision!r} is a branch or a tag of {value!r}, which can move",
            location=subject.value_location(REVISION),
            key=REVISION,
            severity=severity,
        )


@rule(
    id="model-beside-mirror",
    severity="error",
    title="A mirrored artifact names no other model",
    reason=(
        "SageMaker puts all files of the mirror below /opt/ml/model, weights included, and the "
        "container loads them from there. With `option.model_id` or `option.s3url` it would "
        "download another model instead, and it would need the network."
    ),
    fix="remove the key, or remove 'source' from artifact.yaml",
    source=_UNCOMPRESSED,
    passes=(
        Example(
            files={"serving.properties": _VLLM, "config.json": "{}"},
            sizes={"model.safetensors": 10},
            source=_MIRROR,
        ),
        Example(
            files={
                "serving.properties": f"{_VLLM}option.model_id=weights\n",
                "weights/config.json": "{}",
            },
            sizes={"weights/model.safetensors": 10},
            source=_MIRROR,
        ),
    ),
    fails=(
        properties(f"{_VLLM}option.model_id=Qwen/Qwen3-8B\n{_PINNED}", source=_MIRROR),
        properties(f"{_VLLM}option.model_id=s3://my-models/qwen/\n", source=_MIRROR),
        properties(
            f"{_HUGGINGFACE}option.s3url=s3://my-models/gpt-j/\n", image=_FIRST, source=_MIRROR
        ),
    ),
    needs=("properties",),
)
def model_beside_mirror(subject: Subject) -> Iterator[Hit]:
    """Yield what names a model elsewhere."""
    if not isinstance(subject.source, Mirror):
        return
    for key in (MODEL_ID, S3_URL):
        value = subject.options.get(key, "")
        if "://" in value or is_hub_id(value, _inside(subject)):
            yield Hit(
                message=f"{value!r} is not the model that {subject.source.store} holds",
                location=subject.value_location(key),
                key=key,
            )


@rule(
    id="options-beside-tarball",
    severity="error",
    title="Nothing overrides serving.properties in a tarball that is in S3",
    reason=(
        "A tarball in a bucket is deployed as it is. An option of the environment file would have "
        "to be written into it, and is not."
    ),
    fix="remove the option; change serving.properties in the tarball, under another key of S3",
    source=_CONTAINER,
    passes=(Example(files={}, source=_TARBALL),),
    fails=(Example(files={}, options={"option.dtype": "fp16"}, source=_TARBALL),),
)
def options_beside_tarball(subject: Subject) -> Iterator[Hit]:
    """Yield the overrides."""
    if not isinstance(subject.source, StoredTarball):
        return
    for setting in subject.settings.values():
        yield Hit(
            message=f"{setting.key!r} does not reach {subject.source.url}",
            location=_location(setting, subject),
            key=setting.key,
        )


@rule(
    id="weights-twice",
    severity="warning",
    title="Weights lie either in the folder or where option.model_id says",
    reason=(
        "With `option.model_id` or `option.s3url` the handlers of DJL Serving load what it names, "
        "and never look at the weights beside serving.properties, which every new instance "
        "downloads all the same."
    ),
    fix="remove the weights from the folder, or the key",
    source=(
        "deepjavalibrary/djl-serving 0.20.0-dlc: engines/python/src/main/java/ai/djl/python/engine/"
        "PyModel.java; 0.36.0-lmi27-dlc: wlm/src/main/java/ai/djl/serving/wlm/ModelInfo.java "
        "(downloadDir)"
    ),
    passes=(
        Example(
            files={"serving.properties": f"{_VLLM}option.model_id=Qwen/Qwen3-8B\n{_PINNED}"},
            sizes={"adapters/fr/adapter_model.safetensors": 10},
        ),
        Example(
            files={"serving.properties": _VLLM, "config.json": "{}"},
            sizes={"model.safetensors": 10},
        ),
        Example(
            files={
                "serving.properties": "engine=Python\noption.model_id=Qwen/Qwen3-8B\n",
                "model.py": "def handle(inputs):\n    return None\n",
            },
            sizes={"draft.safetensors": 10},
        ),
    ),
    fails=(
        Example(
            files={"serving.properties": f"{_VLLM}option.model_id=s3://my-models/qwen/\n"},
            sizes={"model-00001-of-00002.safetensors": 10},
        ),
    ),
    needs=("image", "files", "properties"),
)
def weights_twice(subject: Subject) -> Iterator[Hit]:
    """Yield the first file of weights that nobody loads."""
    keys = [MODEL_ID] if subject.since("0.27.0") else [MODEL_ID, S3_URL]
    named = [
        key
        for key in keys
        if "://" in subject.options.get(key, "")
        or is_hub_id(subject.options.get(key, ""), _inside(subject))
    ]
    if not named or subject.readers.is_open:
        return
    found = [name for name in subject.names() if _is_weights(name)]
    if found:
        others = f" and {len(found) - 1} more" if len(found) > 1 else ""
        yield Hit(
            message=f"{found[0]!r}{others} beside {named[0]}={subject.options[named[0]]}, which is "
            "loaded instead",
            location=subject.file_location(found[0]),
            key=named[0],
        )


def _inside(subject: Subject) -> frozenset[str]:
    """Return the files and folders that a value of an option may name."""
    names = list(subject.names())
    folders = {"/".join(name.split("/")[:depth]) for name in names for depth in range(1, 9)}
    return frozenset({*names, *folders})


def _is_weights(name: str) -> bool:
    return _WEIGHTS.fullmatch(name) is not None and "adapter" not in name


def _location(setting: Setting, subject: Subject) -> Location:
    # An override that is an argument of a construct stands in no file.
    at = setting.key_location
    return at if at.file is not None else Location(file=subject.file)
