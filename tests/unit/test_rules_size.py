"""How large a tarball may be, and how long it may take: at and beyond each boundary."""

from pathlib import Path

import pytest

from lmi import catalog
from lmi.artifact.download import default_download_seconds, download_seconds
from lmi.rules import Example, Finding, Hosting, check, subject_of_draft, subject_of_example
from lmi.rules.topics.size import DOWNLOAD, GIGABYTE

SMALL = {
    "serving.properties": "engine=Python\n",
    "model.py": "def handle(inputs):\n    return None\n",
}
SMALL_BYTES = sum(map(len, SMALL.values()))


def found(rule: str, weights: int, timeout: int | None = None) -> list[Finding]:
    example = Example(
        files=SMALL, sizes={"w.gguf": weights - SMALL_BYTES}, hosting={DOWNLOAD: timeout}
    )
    return [each for each in check(subject_of_example(example)) if each.rule == rule]


def test_five_gigabytes_are_no_finding_and_one_more_byte_is() -> None:
    assert not found("large-tarball", 5 * GIGABYTE)
    (finding,) = found("large-tarball", 5 * GIGABYTE + 1)
    assert finding.location.file == "w.gguf"
    assert finding.message == "the files have 5.0 GB, 'w.gguf' alone 5.0 GB"
    assert "option.model_id=s3://" in finding.fix


def test_what_no_time_out_suffices_for_is_said() -> None:
    assert "3600 s" not in found("large-tarball", 72 * GIGABYTE)[0].message
    assert "they take 3650 s" in found("large-tarball", 73 * GIGABYTE)[0].message


@pytest.mark.parametrize(
    ("weights", "timeout", "is_found"),
    [
        (2 * GIGABYTE, 100, False),
        (2 * GIGABYTE, 99, True),
        (2 * GIGABYTE, None, False),
        (SMALL_BYTES, 60, False),
    ],
)
def test_a_time_out_that_is_over_too_soon(
    weights: int, timeout: int | None, is_found: bool
) -> None:
    assert bool(found("download-timeout", weights, timeout)) is is_found


def test_the_default_time_out_is_never_too_short() -> None:
    for size in (0, GIGABYTE, 59 * GIGABYTE):
        assert default_download_seconds(size) >= download_seconds(size) + 600


def test_sparse_files_of_a_real_folder_count_with_their_size(tmp_path: Path) -> None:
    from lmi.artifact import read_draft

    with (tmp_path / "model.bin").open("wb") as file:
        file.truncate(6 * GIGABYTE)
    draft = read_draft(tmp_path)
    image = catalog.image("0.36.0-cpu-full")
    findings = check(subject_of_draft(draft, image=image, hosting=Hosting()))
    assert "large-tarball" in {each.rule for each in findings}
