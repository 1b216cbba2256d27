"""What a container downloads itself: because of its environment variables, and from S3."""

from collections.abc import Collection, Iterator, Mapping

import aws_cdk as cdk

from cdk_lmi.model_data import S3Location
from lmi import catalog
from lmi.artifact.network import MODEL_KEYS

MODEL_VARIABLES = (
    "HF_MODEL_ID",
    "OPTION_MODEL_ID",
    "OPTION_SPECULATIVE_DRAFT_MODEL",
    "OPTION_DRAFT_MODEL_ID",
    "OPTION_SPECULATIVE_MODEL",
    "OPTION_QLORA_ADAPTER_NAME_OR_PATH",
    "OPTION_TOKENIZER",
)
"""
Variables that name a model, an adapter or a tokenizer by Hub id, location or path.

deepjavalibrary/djl-serving, serving/docs/lmi: HF_MODEL_ID is in user_guides/starting-guide.md, that
``option.KEY`` can be written ``OPTION_KEY`` is in deployment_guide/configurations.md.
The keys are those of lmi.artifact.network.
"""

S3_VARIABLES = ("OPTION_S3URL", "OPTION_SESSIONS_S3URL")
"""Variables that name an S3 prefix (deepjavalibrary/djl-serving 0.23.0: ModelInfo.java)."""

URL_VARIABLES = ("OPTION_ENTRYPOINT", "SERVING_LOAD_MODELS")
"""Variables that may hold URLs (djl-serving 0.36.0: PyModel.java, ModelStore.java)."""

FOLDERS_SINCE = (0, 22, 1)
"""DJL Serving's version since which an address in S3 is that of a folder."""


def environment_network_reasons(
    environment: Mapping[str, str], inside: Collection[str]
) -> tuple[str, ...]:
    """
    Return why the container needs the network, a sentence for each variable; tokens are passed on.

    What a variable says counts with every image, also where its DJL Serving is too old to read it:
    a handler may.

    Args:
        environment: of the container.
        inside: paths of the files and folders in the model's folder, which a value may name.
    """
    return tuple(_reasons(environment, inside))


def is_known_at_deployment_only(environment: Mapping[str, str]) -> bool:
    """Return whether a token decides what the container downloads."""
    names = (*MODEL_VARIABLES, *S3_VARIABLES, *URL_VARIABLES)
    return any(cdk.Token.is_unresolved(environment.get(name)) for name in names)


def weights_in_s3(
    options: Mapping[str, str], environment: Mapping[str, str], image: catalog.Image
) -> tuple[S3Location, ...]:
    """
    Return where the container reads weights in S3 itself; what a token names is passed over.

    Up to DJL Serving 0.21 it lists what begins with the value of ``option.s3url``, later the folder
    of that name (deepjavalibrary/djl-serving: PyModel.java of 0.20.0-dlc, ModelInfo.java of
    0.22.1-dlc and later).

    Args:
        options: of serving.properties.
        environment: of the container.
        image: that runs in it.
    """
    values = [options.get(key, "") for key in (*MODEL_KEYS, "option.s3url")]
    values += [environment.get(name, "") for name in (*MODEL_VARIABLES, "OPTION_S3URL")]
    is_folder = image.version_numbers >= FOLDERS_SINCE
    return tuple(
        sorted(
            {
                _location(value.strip(), is_folder=is_folder)
                for value in values
                if value.startswith("s3://") and not cdk.Token.is_unresolved(value)
            }
        )
    )


def _location(url: str, *, is_folder: bool) -> S3Location:
    bucket, _, prefix = url.removeprefix("s3://").removesuffix("*").partition("/")
    end = "/" if is_folder and prefix and not prefix.endswith("/") else ""
    return S3Location(bucket_name=bucket, prefix=f"{prefix}{end}")


def _reasons(environment: Mapping[str, str], inside: Collection[str]) -> Iterator[str]:
    for name in (*MODEL_VARIABLES, *S3_VARIABLES, *URL_VARIABLES):
        value = environment.get(name, "")
        # DJL Serving passes over an empty variable (ModelInfo.java), CDK fills in a token later.
        if not value or cdk.Token.is_unresolved(value):
            continue
        if name in S3_VARIABLES or value.startswith("s3://"):
            yield f"environment: {name}={value} is in S3, which the container reads itself"
        elif "://" in value:
            yield f"environment: {name}={value} is a URL, which the container downloads"
        elif name in MODEL_VARIABLES and not _is_path(value, inside):
            yield (
                f"environment: {name}={value} is the id of a model on the Hugging Face Hub, which "
                "the container downloads"
            )


def _is_path(value: str, inside: Collection[str]) -> bool:
    # A relative path begins where the handler runs, in the model's folder.
    return value.startswith(("/", ".")) or value.rstrip("/") in inside
