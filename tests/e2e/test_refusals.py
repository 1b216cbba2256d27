"""Each mistake of a user: one clear message, no traceback, the exit code, nothing half-written."""

import io
import os
import re
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

from tests.e2e.project import BIN, Project

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

pytestmark = pytest.mark.e2e

DEV = """\
target: aws
region: us-west-2
endpoints:
  gpt-j:
    artifact: gpt-j-6b-deepspeed
    instance_type: ml.g5.12xlarge
"""

MISTAKES = {
    "unknown-key/broken": (
        DEV.replace("instance_type", "instance_typ"),
        "endpoints.gpt-j.instance_typ",
        "instance_type",
    ),
    "bad-endpoint-name/broken": (DEV.replace("gpt-j:", "GPT_J:"), "GPT_J", "lower-case letter"),
    "unknown-instance-type/broken": (
        DEV.replace("ml.g5.12xlarge", "ml.g5.13xlarge"),
        "ml.g5.13xlarge",
        "ml.g5.12xlarge",
    ),
    "missing-artifact/gpt-j": (
        DEV.replace("gpt-j-6b-deepspeed", "gpt-j-6b-deepsped"),
        "gpt-j-6b-deepsped",
        "gpt-j-6b-deepspeed",
    ),
    "unknown-image/gpt-j": (
        DEV.replace("gpt-j-6b-deepspeed", "bad-image"),
        "0.20.0-deepspeed0.7.5-cu117",
        "0.20.0-deepspeed0.7.5-cu116",
    ),
    "region-without-image/gpt-j": (
        DEV.replace("us-west-2", "ap-east-2"),
        "0.20.0-deepspeed0.7.5-cu116",
        "ap-east-2",
    ),
    # No stage can have this name, so it is told in a stack of its own.
    "UnnamedEnvironments": (DEV, "Dev_1", "lower-case letter"),
}
"""A file of environments, what of it is named and what is allowed, by the stack that says so."""

_ERROR = re.compile(r"ERROR (.*?) \(Annotation\)\n +(\S+) aws-cdk-lib\.Stack", re.DOTALL)


@pytest.fixture(scope="module")
def app(offline: Project) -> Project:
    """The app with a prod that is right, and with every mistake in an environment of its own."""
    shutil.copytree(
        offline.root / "model_artifacts/gpt-j-6b-deepspeed",
        offline.root / "model_artifacts/bad-image",
    )
    manifest = offline.root / "model_artifacts/bad-image/artifact.yaml"
    manifest.write_text(manifest.read_text().replace("cu116", "cu117"))
    for path in (offline.root / "environments").iterdir():
        path.unlink()
    offline.write("environments/prod.yaml", DEV)
    for stack, (text, *_) in MISTAKES.items():
        stage, _, within = stack.partition("/")
        offline.write(f"environments/{stage if within else 'Dev_1'}.yaml", text)
    return offline


@pytest.fixture(scope="module")
def refused(app: Project) -> str:
    """What the CDK CLI says of all environments at once."""
    result = app.cdk("synth", "--quiet", "-o", "cdk.out", "**")
    told = result.stdout + result.stderr
    assert result.returncode == 1, told
    return told


@pytest.mark.parametrize("stack", MISTAKES)
def test_fails_to_synthesize(refused: str, stack: str) -> None:
    _, named, allowed = MISTAKES[stack]
    (message,) = (text for text, path in _ERROR.findall(refused) if path == stack)
    assert named in message
    assert allowed in message


def test_every_mistake_is_told_once_and_without_a_traceback(refused: str) -> None:
    assert sorted(path for _, path in _ERROR.findall(refused)) == sorted(MISTAKES)
    assert "Traceback" not in refused


def test_broken_environments_do_not_stop_another(app: Project) -> None:
    result = app.cdk("synth", "--quiet", "-o", "cdk.out", "prod/*")
    told = result.stdout + result.stderr
    assert result.returncode == 0, told
    # Beside the stack that was asked for, each of the others is one line on how to ask for it.
    assert "ERROR" not in told
    assert "environments/Dev_1.yaml:1: the file's name is the environment's" in told
    for stage in {stack.partition("/")[0] for stack in MISTAKES if "/" in stack}:
        assert f"note: {stage}/" in told


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("predict", "local/chat", "x"), 1, "lmi local start"),
        (("predict", "locla/chat", "x"), 2, "did you mean 'local'"),
        (("predict", "local/chta", "x"), 2, "did you mean 'chat'"),
        (("predict", "local", "x"), 2, "ENV/ENDPOINT"),
        (("bundle", "model_artifacts/nothing", "-o", "x.tar.gz"), 1, "model_artifacts/nothing"),
        (("bundle", "model_artifacts/bad-image", "-o", "x.tar.gz"), 1, "cu116"),
        (("properties", "nothing.properties"), 2, "nothing.properties"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_fails_with_a_message(
    app: Project, local_environment: None, arguments: tuple[str, ...], code: int, told: str
) -> None:
    result = app.lmi(*arguments)
    assert result.returncode == code, result.stderr
    assert told in result.stderr
    assert "Traceback" not in result.stderr
    assert not (app.root / "x.tar.gz").exists()
    assert not list(app.root.glob("*.tar.gz*"))


@pytest.fixture
def local_environment(app: Project) -> Iterator[None]:
    """A local environment, only for the test that asks for it."""
    path = app.write(
        "environments/local.yaml",
        'target: local\naccount: "111111111111"\nregion: us-west-2\nendpoints:\n'
        "  chat: {artifact: smollm2-135m, instance_type: ml.c6i.2xlarge}\n",
    )
    yield
    path.unlink()


def test_fails_to_start_on_a_port_in_use(app: Project) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = app.lmi("local", "start", "--port", str(port))
    assert result.returncode == 1
    assert str(port) in result.stderr
    assert "--port 0" in result.stderr
    assert "Traceback" not in result.stderr


def test_fails_to_install_the_model_server_without_java(app: Project, tmp_path: Path) -> None:
    path = _path_without("java", "javac", at=tmp_path)
    result = _install(app, PATH=path, JAVA_HOME="")
    assert result.returncode == 1
    assert "Java" in result.stderr or "JDK" in result.stderr
    assert "apt-get install" in result.stderr
    assert "Traceback" not in result.stderr


def test_fails_to_install_the_model_server_when_maven_central_is_unreachable(
    app: Project, tmp_path: Path
) -> None:
    # Port 9 of loopback is the discard service: nothing listens, so the connection is refused.
    (tmp_path / ".m2").mkdir()
    (tmp_path / ".m2" / "settings.xml").write_text(
        "<settings><mirrors><mirror><id>nowhere</id><mirrorOf>*</mirrorOf>"
        "<url>http://127.0.0.1:9/</url></mirror></mirrors></settings>"
    )
    result = _install(app, MAVEN_OPTS=f"-Duser.home={tmp_path}")
    assert result.returncode == 1
    assert "Maven Central" in result.stderr
    assert "Traceback" not in result.stderr
    assert not list((app.root / "install" / ".lmi").rglob("*.jar"))


def _install(app: Project, **variables: str) -> subprocess.CompletedProcess[str]:
    home = app.root / "install"
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir()
    elsewhere = Project(root=home, variables=app.variables)
    return elsewhere.run(str(BIN / "lmi"), "local", "install", **variables)


def _path_without(*programs: str, at: Path) -> str:
    """Return a PATH of one folder that links to every program of the present one but *programs*."""
    for folder in os.environ["PATH"].split(os.pathsep):
        for program in Path(folder).iterdir() if Path(folder).is_dir() else ():
            link = at / program.name
            if program.name not in programs and not link.is_symlink():
                link.symlink_to(program)
    return str(at)


def test_fails_to_deploy_the_local_environment_to_another_account(
    project: Project, another_account: str, tmp_path: Path
) -> None:
    assembly = project.synth("local", output="cdk.out.elsewhere")
    result = project.run(
        *(str(BIN / "cdk"), "deploy", "local/*", "--app", assembly),
        *("--require-approval", "never"),
        AWS_ENDPOINT_URL=another_account,
        AWS_ACCESS_KEY_ID="ANOTHERACCOUNT000000",
        CDK_HOME=str(tmp_path / "cdk-home"),
    )
    told = result.stdout + result.stderr
    assert result.returncode == 1
    assert "Could not assume role in target account" in told
    assert "123456789012" in told


@pytest.fixture
def another_account(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An AWS whose credentials are for 123456789012 and may assume no role of another account."""
    # Moto asks for it with every request; importing the embedded AWS, as other tests do, sets it.
    monkeypatch.setenv("MOTO_ACCOUNT_ID", "123456789012")
    moto = DomainDispatcherApplication(create_backend_app)

    def refuse_roles(
        environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        length = int(environ.get("CONTENT_LENGTH") or 0)
        body = environ["wsgi.input"].read(length)
        environ["wsgi.input"] = io.BytesIO(body)
        if b"Action=AssumeRole" not in body:
            return cast("Iterable[bytes]", moto(environ, start_response))
        start_response("403 Forbidden", [("Content-Type", "text/xml")])
        return [
            b"<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code>"
            b"<Message>not authorized to perform: sts:AssumeRole</Message></Error></ErrorResponse>"
        ]

    server = make_server("127.0.0.1", 0, refuse_roles, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()
