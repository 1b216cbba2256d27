"""Artifacts whose `option.entryPoint` or `option.handler` decides."""

from collections.abc import Mapping

from tests.e2e.checked_artifacts.artifact import HANDLER, VERSIONS, Artifact


def _entry(
    name: str,
    value: str,
    rule: str | None = None,
    versions: tuple[str, ...] = VERSIONS,
    files: Mapping[str, str | bytes] | None = None,
) -> Artifact:
    text = f"engine=Python\noption.entryPoint={value}\n"
    held = {"handler.py": HANDLER} if files is None else files
    return Artifact(
        name=name, files={**held, "serving.properties": text}, rule=rule, versions=versions
    )


_RENAMED = HANDLER.replace("handle(", "answer(")
_SOURCE = {"source/handler.py": HANDLER}

ENTRY_POINTS = (
    _entry("entry point of a file", "handler.py"),
    _entry("entry point with a blank behind it", "handler.py ", "trailing-blank"),
    _entry("entry point of a file that is not there", "handlers.py", "entry-point-file"),
    _entry("entry point of a module", "handler"),
    _entry("entry point in a folder", "source/handler.py", "entry-point-file", files=_SOURCE),
    _entry("entry point of a module in a folder", "source.handler", files=_SOURCE),
    _entry("entry point without djl_python", "huggingface", "unknown-entry-point"),
    _entry("entry point misspelt", "djl_python.hugginface", "unknown-entry-point"),
    _entry("entry point DeepSpeed", "djl_python.deepspeed", "unknown-entry-point", ("0.34.0",)),
    _entry(
        "entry point that is not there yet",
        "djl_python.lmi_vllm.vllm_async_service",
        "unknown-entry-point",
        ("0.20.0", "0.25.0"),
    ),
    _entry("entry point of a URL", "http://127.0.0.1:9/model.py", "entry-point-url", ("0.20.0",)),
    Artifact(
        name="entrypoint in small letters",
        files={
            "handler.py": HANDLER,
            "serving.properties": "engine=Python\noption.entrypoint=handler.py\n",
        },
        rule="no-entry-point",
    ),
    Artifact(
        name="model_id without entry point",
        files={"serving.properties": "engine=Python\noption.model_id=gpt2\n"},
        rule="no-entry-point",
        versions=("0.20.0",),
    ),
    Artifact(
        name="function of another name, named",
        files={
            "model.py": _RENAMED,
            "serving.properties": "engine=Python\noption.handler=answer\n",
        },
    ),
    Artifact(
        name="function of another name, with a blank behind it",
        files={
            "model.py": _RENAMED,
            "serving.properties": "engine=Python\noption.handler=answer \n",
        },
        rule="trailing-blank",
    ),
    Artifact(
        name="function that is named, and not there",
        files={
            "model.py": HANDLER,
            "serving.properties": "engine=Python\noption.handler=answer\n",
        },
        rule="no-handler",
    ),
)
