"""Whatever lies in a folder, `lmi check` ends in findings or in one clear error."""

import builtins
import errno
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lmi.artifact import folder as folder_module
from lmi.cli import main

MANIFEST = b"image: 0.36.0-lmi24.0.0-cu129\n"
FILES = {
    "artifact.yaml": MANIFEST,
    "serving.properties": b"engine=Python\noption.tensor_parallel_degree=2\n",
    "model.py": b"def handle(inputs):\n    return None\n",
    "config.json": b'{"num_attention_heads": 16}',
    "requirements.txt": b"six==1.16.0\n",
    "environments/dev.yaml": b"target: aws\nendpoints:\n  a:\n    artifact: a\n"
    b"    instance_type: ml.g5.12xlarge\n",
}
IMAGES = ["0.20.0-deepspeed0.7.5-cu116", "0.23.0-deepspeed0.9.5-cu118", "0.38.0-lmi29.0.0-cu130"]


@pytest.fixture(name="root")
def _root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "environments").mkdir()
    (tmp_path / "model_artifacts" / "a").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    restore(tmp_path)
    return tmp_path


def place(root: Path, name: str) -> Path:
    return (
        root / name if name.startswith("environments/") else root / "model_artifacts" / "a" / name
    )


def restore(root: Path) -> None:
    for name, data in FILES.items():
        place(root, name).write_bytes(data)


def check(*arguments: str) -> Result:
    result = CliRunner().invoke(main, ["check", *arguments])
    clear = result.exception is None or isinstance(result.exception, SystemExit)
    assert clear, repr(result.exception)
    assert result.exit_code in {0, 1, 2}
    assert "Traceback" not in result.output
    return result


def check_all(root: Path) -> list[Result]:
    bare = str(place(root, "serving.properties"))
    return [
        check("dev", "model_artifacts/a", "--format", "json"),
        check("model_artifacts/a", "--image", IMAGES[0], "--instance-type", "ml.g5.12xlarge"),
        check(bare, "--image", IMAGES[1], "--format", "sarif"),
        check("dev/a", "--image", IMAGES[2], "--format", "github"),
    ]


WORDS = rb"""engine option. model_id tensor_parallel_degree entryPoint = : \ \u00e # { } [ ] " ' , -
    &a *a !! | null true 1e999 -1 0x Python MPI djl_python.huggingface image layout acknowledge
    rule endpoints artifact instance_type options async def handle( class import == -r
    num_attention_heads password= hf_ :// @ max s3:// ${x}""".split()
BLANKS = [b"\n", b"\r", b" ", b"\t", b"\x0c", b"\0", b"\xe2\x80\xa8", b"\xff\xfe", b"\xed\xa0\x80"]
CONTENT = st.one_of(
    st.binary(max_size=400),
    st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.lists(st.sampled_from([*WORDS, *BLANKS, b"9" * 400]), max_size=40).map(b"".join),
)


@settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(name=st.sampled_from(list(FILES)), content=CONTENT, is_whole=st.booleans())
def test_any_bytes_in_any_file(root: Path, name: str, content: bytes, is_whole: bool) -> None:
    restore(root)
    place(root, name).write_bytes(content if is_whole else FILES[name] + content)
    check_all(root)


LARGE = {
    "one line of 10 MB": b"a" * 10_000_000,
    "a value of 10 MB": b"option.model_id=" + b"a" * 10_000_000,
    "10 MB of empty lines": b"\n" * 10_000_000,
    "10 MB of backslashes": b"\\" * 10_000_000,
    "nothing": b"",
    "NUL": b"\0" * 1000,
    "half a surrogate pair": b"a=\xed\xa0\x80",
    "escaped half of a pair": b"engine=\\ud800\noption.model_id=\\udfff\n",
    "UTF-16": "engine=Python\n".encode("utf-16"),
    "deep brackets": b"[" * 50_000,
    "deep JSON": b'{"a":' * 50_000,
    "deep parentheses": b"x = " + b"(" * 5_000,
    "deep unary": b"x = " + b"-" * 50_000 + b"1",
    "deep attributes": b"x = a" + b".a" * 20_000,
    "deep sum": b"x = 1" + b"+1" * 50_000,
    "deep blocks": b"".join(b" " * depth + b"if x:\n" for depth in range(150)),
    "huge number": b"x = " + b"9" * 100_000,
    "huge JSON number": b'{"num_attention_heads": ' + b"9" * 100_000 + b"}",
    "JSON infinity": b'{"num_attention_heads": 1e999, "x": NaN}',
    "huge degree": b"engine=Python\noption.tensor_parallel_degree=" + b"9" * 5_000,
    "huge values": b"job_queue_size=1" + b"0" * 400 + b"\nminWorkers=-" + b"9" * 5_000 + b"\n",
    "other digits": "option.tensor_parallel_degree=٣\nmaxWorkers=²\n".encode(),
    "infinite degree": b"option.tensor_parallel_degree=inf\noption.gpu_memory_utilization=nan\n",
    "many keys": b"".join(b"option.key%d=%d\n" % (n, n) for n in range(3_000)),
    "many duplicates": b"engine=Python\n" * 3_000,
}


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("data", LARGE.values(), ids=LARGE.keys())
def test_what_is_large_or_deep(root: Path, name: str, data: bytes) -> None:
    place(root, name).write_bytes(data)
    check("dev", "model_artifacts/a", "--format", "json")
    if name == "serving.properties":
        check(str(place(root, name)), "--image", IMAGES[0], "--format", "json")


@pytest.mark.parametrize("name", FILES)
def test_fails_clearly_on_a_file_that_cannot_be_read(
    root: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = str(place(root, name).resolve())
    real_open, real_os_open = builtins.open, os.open

    def refusing(path: object, *rest: object, **named: object) -> object:
        if not isinstance(path, int) and os.path.abspath(str(path)) == closed:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return real_open(path, *rest, **named)  # type: ignore[call-overload]

    def refusing_os(path: object, *rest: object, **named: object) -> int:
        if not isinstance(path, int) and os.path.abspath(str(path)) == closed:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return real_os_open(path, *rest, **named)  # type: ignore[arg-type]

    # chmod does not hold root back.
    monkeypatch.setattr("builtins.open", refusing)
    monkeypatch.setattr("io.open", refusing)
    monkeypatch.setattr("os.open", refusing_os)
    check_all(root)


def fifo(path: Path) -> None:
    os.mkfifo(path)


def folder(path: Path) -> None:
    path.mkdir()


def circle(path: Path) -> None:
    path.symlink_to(path.name)


def upwards(path: Path) -> None:
    path.symlink_to(path.parent, target_is_directory=True)


def dangling(path: Path) -> None:
    path.symlink_to("nowhere")


def endless(path: Path) -> None:
    path.symlink_to("/dev/zero")


KINDS: list[Callable[[Path], None]] = [fifo, folder, circle, upwards, dangling, endless]


@pytest.mark.parametrize("name", [*FILES, "sub", "weights.safetensors"])
@pytest.mark.parametrize("make", KINDS, ids=lambda make: make.__name__)
def test_what_is_no_regular_file(root: Path, name: str, make: Callable[[Path], None]) -> None:
    path = place(root, name)
    path.unlink(missing_ok=True)
    make(path)
    check("dev", "model_artifacts/a", "--format", "json")
    check(str(path))
    check(str(path), "--image", IMAGES[0])


@pytest.mark.parametrize("make", KINDS, ids=lambda make: make.__name__)
def test_a_folder_that_is_none(root: Path, make: Callable[[Path], None]) -> None:
    shutil.rmtree(root / "model_artifacts" / "a")
    make(root / "model_artifacts" / "a")
    check("dev", "model_artifacts/a")


def test_names_that_no_tarball_can_hold(root: Path) -> None:
    for name in (b"\xff.py", b"a\nb.txt", b"\xe2\x80\xae.md", b"-x", b"*", b"ev\x1bil"):
        (Path(os.fsdecode(bytes(root / "model_artifacts" / "a") + b"/" + name))).write_bytes(b"")
    assert check("dev", "model_artifacts/a", "--format", "json").exit_code == 1
    check(os.fsdecode(b"\xff/\xfe"), "a\0b", "x" * 300, "y/" + "x" * 300, "\ud800")


@pytest.mark.parametrize("vanishing", ["serving.properties", "model.py", "config.json", "."])
def test_a_folder_that_vanishes_after_it_was_listed(
    root: Path, vanishing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = folder_module.read_folder

    def read(directory: Path, **options: int) -> folder_module.Contents:
        found = real(directory, **options)
        path = directory / vanishing
        if vanishing == ".":
            shutil.rmtree(directory)
        else:
            path.unlink(missing_ok=True)
        return found

    monkeypatch.setattr("lmi.artifact.draft.read_folder", read)
    check("model_artifacts/a", "dev", "--format", "json")


def test_a_folder_of_100_000_files(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = folder_module.read_folder

    def read(directory: Path, **options: int) -> folder_module.Contents:
        contents = real(directory, **options)
        model = next(file for file in contents.files if file.name == "model.py")
        # One file under many names: what is looked at by name and by content, all the same.
        many = tuple(
            folder_module.FoundFile(
                name=f"d{number % 100}/f{number}.txt", source=model.source, status=model.status
            )
            for number in range(100_000)
        )
        return folder_module.Contents(files=(*contents.files, *many), problems=contents.problems)

    monkeypatch.setattr("lmi.artifact.draft.read_folder", read)
    result = check("model_artifacts/a", "--format", "json")
    assert json.loads(result.stdout)["errors"] == 0
