""".lmiignore leaves out what git would."""

import subprocess
import sys
from pathlib import Path

import pytest

from lmi.artifact import load_artifact
from lmi.artifact.folder import read_folder
from lmi.errors import ArtifactError

FILES = (
    "a.bin",
    "b.bin",
    "keep.bin",
    "blank ",
    "docs/a.md",
    "docs/api/b.md",
    "logs/2024/x.log",
    "logs/keep.log",
    "model.py",
    "old/a.bin",
    "old/deep/old/c.txt",
    "[x].txt",
    "x.txt",
    "ünicode.txt",
    "#number",
    "!bang",
)


def write(folder: Path, ignore: str) -> Path:
    for name in FILES:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    (folder / "artifact.yaml").write_text("image: 0.20.0-deepspeed0.7.5-cu116\n")
    (folder / ".lmiignore").write_text(ignore, encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    "ignore",
    [
        "",
        "*.bin\n!keep.bin\n",
        "# a comment\n\n   \n*.md\n",
        "old/\n",
        "old\n!old/a.bin\n",
        "/old/a.bin\n",
        "old/**\n",
        "**/old/*.txt\n",
        "docs/*\n!docs/api\n",
        "logs/**/x.log\n",
        "*\n!model.py\n",
        "*\n!*/\n!*.py\n",
        "[a-b].bin\n",
        "\\[x\\].txt\n",
        "?.txt\n",
        "ünicode.txt\r\nx.txt\r\n",
        "\\#number\n\\!bang\n",
        "blank\\ \nblank \n",
        "a.bin   \n",
        "model.py/\n",
        "/\n",
        "docs/api/\nlogs/2024\n",
    ],
)
def test_the_patterns_mean_what_they_mean_to_git(tmp_path: Path, ignore: str) -> None:
    folder = write(tmp_path / "x", ignore)
    subprocess.run(["git", "init", "-q", folder], check=True)
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--others", "--exclude-from=.lmiignore"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    ours = {".lmiignore", "artifact.yaml"}
    expected = {name for name in listed.stdout.split("\0") if name} - ours
    contents = read_folder(folder)
    assert contents.problems == ()
    assert {file.name for file in contents.files} == expected


def test_the_line_that_leaves_a_file_out_is_named(tmp_path: Path) -> None:
    folder = write(tmp_path / "x", "# weights\n\n*.bin\n!keep.bin\nlogs/\n")
    reasons = {each.name: each.reason for each in read_folder(folder).left_out}
    assert reasons["a.bin"] == ".lmiignore:3: *.bin"
    assert reasons["logs/"] == ".lmiignore:5: logs/"
    assert "keep.bin" not in reasons
    assert reasons[".lmiignore"] == "says what else stays out"


def test_nothing_that_stays_out_anyway_is_brought_back(tmp_path: Path) -> None:
    folder = write(tmp_path / "x", "!.env\n!__pycache__/\n")
    (folder / ".env").touch()
    (folder / "__pycache__").mkdir()
    left_out = [each.name for each in read_folder(folder).left_out]
    assert left_out == [".env", ".lmiignore", "__pycache__/", "artifact.yaml"]


def test_what_is_ignored_may_be_unfit(tmp_path: Path) -> None:
    folder = write(tmp_path / "x", "links/\nlink\n")
    (folder / "links").mkdir()
    (folder / "links" / "a").symlink_to("/etc/passwd")
    (folder / "link").symlink_to("none")
    assert read_folder(folder).problems == ()


def test_a_fetched_file_that_is_ignored_is_refused(tmp_path: Path) -> None:
    folder = write(tmp_path / "x", "*.gguf\n/w/\n")
    entry = f"bytes: 1, sha256: {'0' * 64}, pypi: a==1, member: m"
    with (folder / "artifact.yaml").open("a") as file:
        file.write(f"files: [{{path: a.gguf, {entry}}}, {{path: w/b, {entry}}}]\n")
    (folder / "w").mkdir()
    for name in ("a.gguf", "w/b"):
        (folder / name).write_bytes(b"1")
    with pytest.raises(ArtifactError) as caught:
        load_artifact(folder)
    assert [problem.message for problem in caught.value.problems] == [
        "'a.gguf' would not go into the tarball; choose another path",
        "'w/b' would not go into the tarball; choose another path",
    ]


def test_fails_on_what_is_no_pattern(tmp_path: Path) -> None:
    folder = write(tmp_path / "x", "*.bin\n!\nx\\\n")
    assert [str(problem) for problem in read_folder(folder).problems] == [
        f"{folder}/.lmiignore:2: '!' is not a pattern of gitignore",
        f"{folder}/.lmiignore:3: 'x\\\\' is not a pattern of gitignore",
    ]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda path: path.write_bytes(b"\xff\n"), "must be UTF-8"),
        (lambda path: path.mkdir(), "cannot be read: Is a directory"),
        (lambda path: path.symlink_to("none"), "cannot be read: No such file or directory"),
    ],
)
def test_fails_on_a_file_that_cannot_be_read(tmp_path: Path, make: object, message: str) -> None:
    folder = write(tmp_path / "x", "")
    (folder / ".lmiignore").unlink()
    assert callable(make)
    make(folder / ".lmiignore")
    (problem,) = read_folder(folder).problems
    assert str(problem) == f"{folder}/.lmiignore: {message}"


def test_the_library_is_loaded_only_for_such_a_file(tmp_path: Path) -> None:
    folder = write(tmp_path / "x", "")
    code = (
        "import sys, pathlib; from lmi.artifact.folder import read_folder\n"
        f"read_folder(pathlib.Path({str(folder)!r}))\n"
        "sys.exit('pathspec' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 1
    (folder / ".lmiignore").unlink()
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
