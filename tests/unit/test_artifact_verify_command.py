"""`lmi bundle --verify`: what SageMaker and DJL Serving would do with a tarball."""

import json
import os
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from lmi.artifact.verify import TarMember, scan
from lmi.catalog import image, instance_type
from lmi.cli import main
from lmi.rules import Hosting, check
from lmi.rules.tarballs import subject_of_tarball
from tests.unit.tarballs import Piece, member, tar, write

IMAGE = "0.20.0-deepspeed0.7.5-cu116"
LATEST = "0.36.0-lmi27.0.0-cu130"
PROPERTIES = b"engine=Python\noption.entryPoint=model.py\n"
HANDLER = b"def handle(inputs):\n    return None\n"
GOOD = (member("gpt-j/serving.properties", PROPERTIES), member("gpt-j/model.py", HANDLER))


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def verify(*arguments: str) -> Result:
    return CliRunner().invoke(main, ("bundle", "--verify", "x.tar.gz", *arguments))


def found(*members: Piece, tag: str | None = IMAGE, host: str | None = None) -> dict[str, str]:
    """Return the messages by rule, of rules with one finding."""
    write(Path("x.tar.gz"), tar(*members))
    subject = subject_of_tarball(
        scan(Path("x.tar.gz")),
        image=None if tag is None else image(tag),
        hosting=None if host is None else Hosting(host=instance_type(host)),
    )
    return {finding.rule: finding.message for finding in check(subject)}


def test_a_good_tarball_is_described() -> None:
    write(Path("x.tar.gz"), tar(*GOOD))
    result = verify("--image", IMAGE, "--instance-type", "ml.g5.12xlarge")
    digest = scan(Path("x.tar.gz")).content_sha256
    assert result.output == (
        f"x.tar.gz: {os.path.getsize('x.tar.gz'):,} bytes\n"
        "  2 files, 77 bytes unpacked\n"
        "  layout: rooted, all in 'gpt-j'\n"
        "  model: DJL Serving 0.20.0 finds 'gpt_j' in 'gpt-j' for engine Python\n"
        f"  content_sha256: {digest}\n"
        "\n"
        "1 target checked: 0 errors, 0 warnings\n"
    )
    assert result.exit_code == 0


def test_json_has_the_facts_and_the_findings() -> None:
    link = member("gpt-j/weights", type=tarfile.SYMTYPE, linkname="/opt/weights")
    write(Path("x.tar.gz"), tar(*GOOD, link))
    result = verify("--image", IMAGE, "--format", "json")
    document = json.loads(result.stdout)
    assert result.exit_code == 1
    assert document["tarball"] == {
        "path": "x.tar.gz",
        "bytes": os.path.getsize("x.tar.gz"),
        "is_whole": True,
        "files": 2,
        "unpacked_bytes": 77,
        "layout": "rooted",
        "root": "gpt-j",
        "content_sha256": None,
        "image": IMAGE,
        "models": [{"name": "gpt_j", "folder": "gpt-j", "engine": "Python"}],
    }
    (finding,) = document["findings"]
    assert (document["schema"], document["errors"]) == (1, 1)
    assert (finding["rule"], finding["file"]) == ("tarball-link", "x.tar.gz")
    assert "'gpt-j/weights' is a symbolic link to '/opt/weights', out of" in finding["message"]


def test_without_an_image_no_model_is_looked_for() -> None:
    write(Path("x.tar.gz"), tar(*GOOD))
    result = verify()
    assert result.exit_code == 0
    assert "model: not looked for, as no image is named (--image)" in result.output
    assert "[image-unknown]" in result.output


def test_serving_properties_inside_is_checked_for_the_image_at_its_place() -> None:
    text = b"engine=DeepSpeed\noption.tensor_parallel_degree=2 \n"
    write(Path("x.tar.gz"), tar(member("gpt-j/serving.properties", text), *GOOD[1:]))
    result = verify("--image", LATEST)
    assert result.exit_code == 1
    assert "x.tar.gz/gpt-j/serving.properties:1:8: error:" in result.output
    assert "has no engine 'DeepSpeed'" in result.output
    assert "[trailing-blank]" in result.output


def test_properties_that_java_cannot_read_are_an_error() -> None:
    broken = member("serving.properties", b"engine=\\u00zz\n")
    assert "properties-file" in found(broken, *GOOD[1:])


def test_secrets_in_it_are_found() -> None:
    token = "hf_" + "QkRtWzLpVbNcXyAeJhGsDfUiOmTqPrKwEl"
    handler = member("gpt-j/model.py", f'login("{token}")\n'.encode())
    assert "secret" in found(GOOD[0], handler)


def test_a_layout_in_which_no_model_is_found_is_an_error() -> None:
    members = (member("a/b/serving.properties", PROPERTIES), member("README.md"))
    assert "no-model" in found(*members, tag=LATEST)


def test_every_refusal_has_a_rule() -> None:
    rules = found(
        *GOOD,
        member("hard", type=tarfile.LNKTYPE, linkname="gpt-j/model.py"),
        member("tty", type=tarfile.CHRTYPE),
        member("/etc/cron"),
        member("gpt-j/model.py"),
        member("gpt-j/Model.py"),
        member("gpt-j/aux"),
    )
    assert {
        "tarball-link",
        "tarball-special-file",
        "tarball-path",
        "tarball-duplicate",
        "name-clash",
        "file-name",
    } <= set(rules)


def test_what_macos_and_git_leave_is_a_warning() -> None:
    messages = found(*GOOD, member("._gpt-j", b"\0"))
    assert messages["tarball-left-over"].startswith("'._gpt-j': hidden files")
    messages = found(*GOOD, member("gpt-j/.git/HEAD"), member("gpt-j/.git/config"))
    assert messages["tarball-left-over"] == "'gpt-j/.git': version control"


def test_more_than_the_volume_of_the_instance_is_an_error() -> None:
    assert "disk-too-small" not in found(*GOOD, host="ml.p3.2xlarge")
    write(Path("x.tar.gz"), tar(*GOOD))
    tarball = scan(Path("x.tar.gz"))
    large = TarMember(path="gpt-j/w", size=31 << 30, executable=False, sha256="0" * 64)
    changed = replace(tarball, members=(*tarball.members, large))
    for name, expected in (("ml.p3.2xlarge", True), ("ml.g5.12xlarge", False)):
        subject = subject_of_tarball(changed, hosting=Hosting(host=instance_type(name)))
        rules = {finding.rule for finding in check(subject)}
        assert ("disk-too-small" in rules) == expected


def test_a_file_that_is_too_large_to_be_kept_is_not_taken_for_empty() -> None:
    write(Path("x.tar.gz"), tar(*GOOD, member("gpt-j/big.py", b"#" * (9 << 20))))
    subject = subject_of_tarball(scan(Path("x.tar.gz")), image=image(LATEST))
    assert subject.code is None
    assert subject.files is not None
    with pytest.raises(OSError, match="Not a directory"):
        subject.files["big.py"].read(10)


def test_nothing_in_it_speaks_to_the_terminal() -> None:
    esc = "\x1b[2J"
    folder = (member(f"{esc}/a/serving.properties", b"x=1\n"), member(f"{esc}/README.md"))
    link = member(f"{esc}/l", type=tarfile.SYMTYPE, linkname=esc)
    name = member(f"{esc}/\udcff.py", b"x=\x1b]0;\n")
    write(Path("x.tar.gz"), tar(*folder, link, name, format=tarfile.GNU_FORMAT))
    result = verify("--image", LATEST)
    assert result.exit_code == 1
    assert result.output.replace("\n", "").isprintable()
    assert "\\x1b[2J" in result.output
    assert json.loads(verify("--image", LATEST, "--format", "json").stdout)["errors"] > 1


def test_of_what_is_cut_short_only_the_damage_is_told() -> None:
    # The handler is behind the cut: that it is not there would be false.
    content = tar(GOOD[0], member("gpt-j/w", os.urandom(99_999)), GOOD[1])
    data = write(Path("x.tar.gz"), content).read_bytes()
    Path("x.tar.gz").write_bytes(data[:50_000])
    result = verify("--image", IMAGE)
    assert result.exit_code == 1
    assert "1 file, 41 bytes unpacked, as far as it was read" in result.output
    assert "ends too early" in result.output
    assert "1 error, 0 warnings" in result.output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--image", "0.36.0-lmi"), "unknown image tag '0.36.0-lmi'"),
        (("--instance-type", "g5.12xlarge"), "did you mean 'ml.g5.12xlarge'?"),
        (("--format", "sarif"), "'sarif' is not one of"),
        (("gpt-j",), "--verify FILE takes neither"),
    ],
)
def test_fails_on_what_cannot_be_understood(arguments: tuple[str, ...], message: str) -> None:
    write(Path("x.tar.gz"), tar(*GOOD))
    result = verify(*arguments)
    assert result.exit_code == 2
    assert message in result.stderr
    assert result.stdout == ""


def test_fails_on_a_pipe_instead_of_waiting_for_it() -> None:
    os.mkfifo("x.tar.gz")
    result = verify()
    assert (result.exit_code, result.stderr) == (2, "Error: x.tar.gz: is no regular file\n")
