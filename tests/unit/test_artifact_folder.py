"""What of a folder goes into the tarball, whatever is in the folder."""

import os
import stat
from pathlib import Path

import pytest

from lmi.artifact import bundle, load_artifact
from lmi.artifact.folder import Contents, read_folder

MANIFEST = "image: 0.20.0-deepspeed0.7.5-cu116\n"


@pytest.fixture(name="folder")
def _folder(tmp_path: Path) -> Path:
    folder = tmp_path / "gpt-j"
    folder.mkdir()
    (folder / "artifact.yaml").write_text(MANIFEST)
    (folder / "model.py").write_text("def handle(inputs): ...\n")
    return folder


def names(contents: Contents) -> list[str]:
    assert contents.problems == ()
    return sorted(file.name for file in contents.files)


def refusals(folder: Path) -> list[str]:
    return [str(problem).removeprefix(f"{folder}/") for problem in read_folder(folder).problems]


def test_what_stays_out_is_listed_with_the_reason(folder: Path) -> None:
    for name in (".git/HEAD", ".env", ".env.local", "a/.venv/x", "a/__pycache__/y.pyc", "b.py~"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    contents = read_folder(folder)
    assert names(contents) == ["model.py"]
    assert [(each.name, each.reason.split(";")[0]) for each in contents.left_out] == [
        (".env", "settings of one machine, often secrets"),
        (".env.local", "settings of one machine, often secrets"),
        (".git/", "version control"),
        (
            "a/.venv/",
            "hidden files and folders: version control, virtual environments, editors, notebooks",
        ),
        ("a/__pycache__/", "compiled by another Python than the image's"),
        ("artifact.yaml", "describes the artifact to us, not to DJL Serving"),
        ("b.py~", "editor's backup"),
    ]


def test_two_hard_links_are_two_files(folder: Path) -> None:
    (folder / "a.bin").write_bytes(b"weights")
    os.link(folder / "a.bin", folder / "b.bin")
    artifact = load_artifact(folder)
    assert [(member.path, member.size) for member in artifact.members] == [
        ("gpt-j/a.bin", 7),
        ("gpt-j/b.bin", 7),
        ("gpt-j/model.py", 24),
    ]


def test_of_the_mode_only_the_executable_bit_is_kept(folder: Path, tmp_path: Path) -> None:
    (folder / "run.sh").write_bytes(b"#!")
    plain = folder / "run.sh"
    plain.chmod(0o755)
    before = load_artifact(folder).content_sha256
    for mode in (0o4755, 0o2755, 0o1777, 0o6700, 0o500):
        plain.chmod(mode)
        assert stat.S_IMODE(plain.stat().st_mode) == mode
        assert load_artifact(folder).content_sha256 == before
    plain.chmod(0o4644)
    assert load_artifact(folder).content_sha256 != before
    assert bundle(load_artifact(folder), tmp_path / "x.tar.gz").members[-1] == "gpt-j/run.sh"


def test_a_name_of_255_bytes_is_one(folder: Path) -> None:
    for name in ("n" * 255, "ü" * 127 + "x"):
        (folder / name).touch()
    assert names(read_folder(folder)) == ["model.py", "n" * 255, "ü" * 127 + "x"]


def test_folders_may_be_nested_deeper_than_calls(folder: Path) -> None:
    deep = str(folder)
    for _ in range(1200):
        deep += "/d"
        os.mkdir(deep)
    Path(deep, "f").touch()
    found = names(read_folder(folder))
    # pytest removes folders with recursion, and would fail.
    os.unlink(f"{deep}/f")
    os.removedirs(deep)
    assert found == ["d/" * 1200 + "f", "model.py"]


def test_fails_on_more_files_than_any_model_has(folder: Path) -> None:
    for number in range(8):
        (folder / f"f{number}").touch()
    assert read_folder(folder, most_entries=10).problems == ()
    (problem,) = read_folder(folder, most_entries=9).problems
    assert problem.message == "holds more than 9 files and folders"


def test_fails_on_a_folder_that_cannot_be_read(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "closed").mkdir()
    scandir = os.scandir

    def closed(path: Path) -> object:
        # Root, who may run this, reads everything.
        if path.name == "closed":
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", closed)
    assert refusals(folder) == ["closed: cannot be read: Permission denied"]


def test_fails_on_devices(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Making one needs rights that tests do not have; a link leads to one, and out of the folder.
    (folder / "null").symlink_to("/dev/null")
    assert refusals(folder) == [
        "null: a link (to '/dev/null') leads out of the folder; put the file or folder itself there"
    ]
    monkeypatch.setattr("lmi.artifact.folder.why_unfit", lambda link, places: None)
    assert refusals(folder) == ["null: a character device must not be in an artifact; remove it"]


def test_fails_on_a_pipe_behind_a_link(folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    (folder / "link").symlink_to("pipe")
    rest = "a pipe must not be in an artifact; remove it"
    assert refusals(folder) == [f"link: {rest}", f"pipe: {rest}"]
