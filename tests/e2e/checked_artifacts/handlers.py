"""Artifacts whose model.py decides."""

from tests.e2e.checked_artifacts.artifact import HANDLER, Artifact, code

_OUTPUT = "from djl_python import Output\n\n"
_ANSWER = '    return None if inputs.is_empty() else Output().add(b"works")\n'
_ASYNC = f"{_OUTPUT}async def handle(inputs):\n{_ANSWER}"
_AWAITED = """
from djl_python.async_utils import create_non_stream_output

async def handle(inputs):
    return None if inputs.is_empty() else create_non_stream_output("works")
"""
_MODE = "option.async_mode=true\n"
_SINCE_25 = ("0.25.0", "0.34.0")
_PROPERTIES = "engine=Python\n"

HANDLERS = (
    code("no colon", f"{_OUTPUT}def handle(inputs)\n{_ANSWER}", "handler-syntax"),
    code("not UTF-8", HANDLER.encode() + b"GREETING = 'Gr\xfc\xdfe'\n", "handler-syntax"),
    code("not UTF-8 in a comment", HANDLER.encode() + b"# Gr\xfc\xdfe\n"),
    code("handel", HANDLER.replace("handle(", "handel("), "no-handler"),
    code(
        "handle of an object",
        "class Service:\n    def __call__(self, inputs): ...\n\n\nhandle = Service()\n",
    ),
    code("handle under a condition", f"{_OUTPUT}if True:\n    def handle(inputs):\n    {_ANSWER}"),
    code(
        "handle under a main guard",
        f"{_OUTPUT}if __name__ == '__main__':\n    def handle(inputs):\n    {_ANSWER}",
        "no-handler",
    ),
    code("handle of TorchServe", "def handle(data, context): ...\n", "handler-arguments"),
    code("handle with a default", f"{_OUTPUT}def handle(inputs, context=None):\n{_ANSWER}"),
    code("async handle", _ASYNC, "async-mode"),
    Artifact(
        name="async handle in asynchronous mode",
        files={"model.py": _AWAITED, "serving.properties": f"{_PROPERTIES}{_MODE}"},
        versions=("0.34.0",),
        has_hollow_packages=True,
    ),
    code(
        "async handle before asynchronous mode", _ASYNC, "async-mode", ("0.20.0", "0.25.0"), _MODE
    ),
    Artifact(
        name="handle in asynchronous mode",
        files={"model.py": HANDLER, "serving.properties": f"{_PROPERTIES}{_MODE}"},
        rule="async-mode",
        never_loads=True,
    ),
    code(
        "async handle that returns what it must not",
        _ASYNC,
        None,
        ("0.34.0",),
        _MODE,
        "what a function returns",
    ),
    code("handle in asynchronous mode, with a blank", HANDLER, options="option.async_mode=true \n"),
    Artifact(
        name="handle from another file",
        files={
            "model.py": "from answering import handle\n",
            "answering.py": HANDLER,
            "serving.properties": _PROPERTIES,
        },
    ),
    Artifact(
        name="handle from another file that does not parse",
        files={
            "model.py": "from answering import handle\n",
            "answering.py": f"{HANDLER}\noptions = {{\n",
            "serving.properties": _PROPERTIES,
        },
        rule="handler-syntax",
    ),
    Artifact(
        name="a file that does not parse and nobody imports",
        files={
            "model.py": HANDLER,
            "notes.py": "def handle(inputs)\n",
            "serving.properties": _PROPERTIES,
        },
    ),
    Artifact(
        name="requirements that there are not",
        files={
            "model.py": HANDLER,
            "requirements.txt": "no-such-package-as-this==1.0\n",
            "serving.properties": _PROPERTIES,
        },
    ),
    code(
        "handle that returns a text",
        "def handle(inputs):\n    return 'works'\n",
        None,
        _SINCE_25,
        unseen="what a function returns",
    ),
    code(
        "handle that raises",
        "def handle(inputs):\n    raise OSError('no weights')\n",
        unseen="what a function does",
    ),
    code(
        "a module that there is not",
        f"import no_such_module_as_this\n{HANDLER}",
        unseen="what the image has installed",
    ),
)
