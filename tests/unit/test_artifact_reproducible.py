"""Same names, bytes and executable bits: same digest and tarball, whatever else is different."""

import gzip
import hashlib
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lmi.artifact import bundle, load_artifact
from tests.unit.bundles import FILES, unpacked, weights, write

CONTENT = "fe2305507397d8a5f5a169d37142e20d7b7fb7c4bb4e3e1255bc17da4f74e20f"
TAR_STREAM = "00352a0fb08db573dc7521246b9bf9c3885083458203d091e4c93abd186dcc2f"

NAMES = st.text(st.sampled_from("aéπ😀-_. B"), min_size=1, max_size=30).filter(
    lambda name: name.strip(". ") == name and name.isprintable()
)
CONTENTS = st.one_of(
    st.binary(max_size=600),
    st.builds(weights, st.sampled_from([4096, 524_287, 524_288, 524_289, 1_600_000])),
)


@settings(max_examples=15, deadline=None)
@given(
    files=st.dictionaries(NAMES, st.tuples(CONTENTS, st.booleans()), max_size=5),
    seed=st.integers(0, 2**32),
    umask=st.sampled_from([0o000, 0o022, 0o077]),
    threads=st.sampled_from([1, 2, 4]),
)
def test_two_folders_with_the_same_content_give_the_same_bytes(
    files: dict[str, tuple[bytes, bool]],
    seed: int,
    umask: int,
    threads: int,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("any")
    shuffled = list(files.items())
    random.Random(seed).shuffle(shuffled)  # noqa: S311
    first = write_modes(folder / "one" / "m", dict(files))
    before = os.umask(umask)
    try:
        second = write_modes(folder / "two" / "m", dict(shuffled))
        for number, path in enumerate(second.rglob("*")):
            os.utime(path, (seed, number))
        a = bundle(load_artifact(first), folder / "a.tar.gz", threads=1)
        b = bundle(load_artifact(second), folder / "elsewhere.tar.gz", threads=threads)
    finally:
        os.umask(before)
    assert (a.content_sha256, a.sha256, a.members) == (b.content_sha256, b.sha256, b.members)
    assert hashlib.sha256(b.path.read_bytes()).hexdigest() == a.sha256
    expected = {f"m/{name}": data for name, (data, _) in files.items()}
    assert unpacked(b.path) == expected | {"m/serving.properties": b"engine=Python\n"}


def write_modes(directory: Path, files: dict[str, tuple[bytes, bool]]) -> Path:
    write(directory, {name: data for name, (data, _) in files.items()})
    fixed = {"artifact.yaml": FILES["artifact.yaml"], "serving.properties": b"engine=Python\n"}
    write(directory, fixed)
    for name, (_, executable) in files.items():
        (directory / name).chmod(0o711 if executable else 0o600)
    return directory


def bundled_elsewhere(directory: Path, target: Path, variables: dict[str, str]) -> list[str]:
    """Bundle in a process with *variables*; return both digests."""
    code = (
        "import sys; from pathlib import Path; from lmi.artifact import bundle, load_artifact\n"
        "written = bundle(load_artifact(Path(sys.argv[1])), Path(sys.argv[2]))\n"
        "print(written.content_sha256, written.sha256)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code, directory, target],
        env=os.environ | variables,
        capture_output=True,
        check=True,
    )
    return ran.stdout.decode().split()


def test_no_variable_of_the_environment_leaves_a_trace(tmp_path: Path) -> None:
    directory = write(tmp_path / "gpt-j")
    here = bundle(load_artifact(directory), tmp_path / "here.tar.gz")
    for variables in (
        {"TZ": "Pacific/Kiritimati", "LANG": "C", "LC_ALL": "C", "PYTHONHASHSEED": "1"},
        {"TZ": "America/St_Johns", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "2", "USER": "x"},
        {"TZ": "", "LANG": "tr_TR.UTF-8", "PYTHONUTF8": "0", "SOURCE_DATE_EPOCH": "1"},
    ):
        digests = bundled_elsewhere(directory, tmp_path / "there.tar.gz", variables)
        assert digests == [here.content_sha256, here.sha256]
        assert (tmp_path / "there.tar.gz").read_bytes() == here.path.read_bytes()


def test_the_digest_is_that_of_the_list_that_the_docs_describe(tmp_path: Path) -> None:
    directory = write(tmp_path / "gpt-j")
    (directory / "model.py").chmod(0o755)
    names = sorted(f"gpt-j/{name}" for name in FILES if name != "artifact.yaml")
    lines = [
        f"{'755' if name.endswith('model.py') else '644'} "
        f"{hashlib.sha256(FILES[name.removeprefix('gpt-j/')]).hexdigest()} {name}\0"
        for name in names
    ]
    expected = hashlib.sha256("".join(lines).encode()).hexdigest()
    assert load_artifact(directory).content_sha256 == expected


def test_digest_and_tar_stream_are_those_of_every_other_python(tmp_path: Path) -> None:
    # Written down once, by Python 3.11: whatever runs this must find them again.
    written = bundle(load_artifact(write(tmp_path / "gpt-j")), tmp_path / "x.tar.gz")
    stream = hashlib.sha256(gzip.decompress(written.path.read_bytes())).hexdigest()
    assert (written.content_sha256, stream) == (CONTENT, TAR_STREAM)
