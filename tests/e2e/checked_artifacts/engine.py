"""Artifacts whose engine decides: `engine`, and what DJL Serving guesses without it."""

from tests.e2e.checked_artifacts.artifact import HANDLER, Artifact, settings

ENGINE = (
    settings("engine Python", "engine=Python\n"),
    settings("engine python", "engine=python\n", "unknown-engine"),
    settings("engine with a blank behind it", "engine=Python \n", "trailing-blank"),
    settings("engine with a comment", "engine=Python # for the CPU\n", "inline-comment"),
    settings("engine with a colon", "engine: Python\n"),
    settings("Engine", "Engine=Python\n", "unknown-key"),
    settings("engine DeepSpeed", "engine=DeepSpeed\n", "mpi-without-gpu"),
    settings("engine MPI", "engine=MPI\n", "mpi-without-gpu"),
    settings("engine twice, the last one right", "engine=python\nengine=Python\n", "duplicate-key"),
    settings("escape cut short", "engine=Python\noption.greeting=\\u12\n", "properties-file"),
    settings("escape in a comment", "# \\u12\nengine=Python\n"),
    settings("byte order mark", b"\xef\xbb\xbfengine=Python\n"),
    settings("mpi_mode", "engine=Python\noption.mpi_mode=true\n", "mpi-without-gpu"),
    Artifact(name="no serving.properties", files={"model.py": HANDLER}),
    Artifact(
        name="handler of another name",
        files={"Model.py": HANDLER, "serving.properties": "engine=Python\n"},
        rule="no-entry-point",
    ),
    Artifact(
        name="nothing that names an engine",
        files={"serving.properties": "option.greeting=hello\n", "handler.py": HANDLER},
        rule="no-model",
    ),
    Artifact(
        name="a folder in the folder",
        files={"deeper/serving.properties": "engine=Python\n", "deeper/model.py": HANDLER},
        rule="model-in-subfolder",
        needs_own_server=True,
    ),
    Artifact(
        name="a serving.properties that nobody reads",
        files={"model.py": HANDLER, "code/serving.properties": "engine=python\n"},
        rule="unread-properties",
    ),
)
