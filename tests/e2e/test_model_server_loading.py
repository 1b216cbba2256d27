"""What the local model server takes for a model, and what it says when that does not load."""

import json
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.model_servers import BASE_PYTHON, ECHO, Servers, call, servers_in

pytestmark = pytest.mark.e2e


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[Servers]:
    with servers_in(tmp_path) as servers:
        yield servers


def test_fails_with_the_exception_and_the_line_of_a_handler_that_raises_at_load(
    servers: Servers,
) -> None:
    message = servers.failure(
        {"m/serving.properties": "engine=Python\n", "m/model.py": "raise OSError('no wéights')\n"}
    )

    assert message == (
        "the model does not load: OSError: no wéights (m/model.py, line 1, in <module>)\n"
        f"log: {servers.folder / 'model.log'}"
    )


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({"serving.properties": "engine=DeepSpeed\n"}, "Deep learning engine not found: DeepSpeed"),
        ({"serving.properties": "# nothing\n"}, "Failed to detect engine of the model"),
        ({"model.onnx": ""}, "the local model server has DJL's Python engine only"),
        ({"serving.properties": "engine=Python\n"}, ".py file not found in"),
        (
            {"serving.properties": "engine=Python\noption.model_id=djl://ai.djl/gpt-j\n"},
            "does not download option.model_id djl://ai.djl/gpt-j",
        ),
        ({"model.py": "import os\nos._exit(5)\n"}, "exit code: 5"),
    ],
)
def test_fails_on_a_model_that_cannot_be_loaded(
    servers: Servers, files: dict[str, str], reason: str
) -> None:
    assert reason in servers.failure(files)


def test_fails_on_a_setting_that_the_server_does_not_have(servers: Servers) -> None:
    message = servers.failure({"model.py": ECHO}, SERVING_ERROR_RATE_ANY="1")

    assert "SERVING_ERROR_RATE_ANY is a setting of DJL Serving" in message


def test_an_empty_model_store_is_in_service_and_serves_nothing(servers: Servers) -> None:
    server = servers.serve({})

    answer = call(server, body=b"x")

    assert call(server, "/ping", method="GET").body.split() == [b"{}"]
    assert answer.status == 400
    assert json.loads(answer.body)["message"] == "Parameter model_name is required."


def test_two_models_need_a_name(servers: Servers) -> None:
    server = servers.serve({"a/model.py": ECHO, "b-2/model.py": ECHO})

    assert call(server, body=b"x").status == 400
    assert call(server, "/invocations?model_name=a", b"x").body == b"x"
    assert call(server, "/predictions/b_2", b"y").body == b"y"


def test_a_hidden_file_beside_two_models_makes_the_store_itself_the_model(
    servers: Servers,
) -> None:
    message = servers.failure({"a/model.py": ECHO, "b/model.py": ECHO, ".hidden": ""})

    assert "Failed to detect engine of the model" in message


def test_requirements_are_installed_for_this_model_alone(servers: Servers) -> None:
    info = "tiny_requirement-1.0.dist-info"
    wheel = servers.folder / "tiny_requirement-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("tiny_requirement.py", "TEXT = 'installed'\n")
        archive.writestr(
            f"{info}/METADATA", "Metadata-Version: 2.1\nName: tiny-requirement\nVersion: 1.0\n"
        )
        archive.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{info}/RECORD", "")
    handler = """
import tiny_requirement
from djl_python import Output

def handle(inputs):
    return None if inputs.is_empty() else Output().add(tiny_requirement.TEXT)
"""
    files: dict[str, str | bytes] = {
        "model.py": handler,
        "requirements.txt": "tiny-requirement==1.0\n",
        f"requirements/{wheel.name}": wheel.read_bytes(),
    }

    server = servers.serve(files, PIP_NO_INDEX="1")

    assert call(server, body=b"x").body == b"installed"
    seen = subprocess.run([BASE_PYTHON, "-c", "import tiny_requirement"], capture_output=True)
    assert seen.returncode == 1
