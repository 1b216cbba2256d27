"""`lmi catalog refresh`: what it prints, and its exit codes."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from lmi.catalog.records import data_folder
from lmi.catalog.refresh import SdkEntry, installed_sdk, renewal
from lmi.catalog.sdk_listing import FILE
from lmi.cli import main
from lmi.errors import HostError

MOVED = "0.36.0-lmi28.0.0-cu130"


def lmi(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["catalog", "refresh", *arguments])


@pytest.fixture(name="data", autouse=True)
def _data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in (FILE, "images.json"):
        shutil.copy(data_folder() / name, tmp_path)
    monkeypatch.setattr(renewal, "data_folder", lambda: tmp_path)
    return tmp_path


@pytest.fixture(name="moved")
def _moved(monkeypatch: pytest.MonkeyPatch) -> None:
    """A later sagemaker-core, which returns another tag for 0.36.0 and has a new version."""
    _, entries = installed_sdk()
    later = []
    for each in entries:
        tag = MOVED if each.tag == "0.36.0-lmi27.0.0-cu130" else each.tag
        later.append(
            SdkEntry(
                framework_key=each.framework_key,
                version=each.version,
                tag=tag,
                accounts=each.accounts,
            )
        )
    later.append(
        SdkEntry(
            framework_key="djl-lmi",
            version="0.39.0",
            tag="0.39.0-lmi30.0.0-cu130",
            accounts={"us-west-2": "763104351884"},
        )
    )
    monkeypatch.setattr(renewal, "installed_sdk", lambda: ("2.28.0", tuple(later)))


@pytest.mark.parametrize("arguments", [[], ["--check"]])
def test_nothing_changes_with_the_sdk_that_the_catalogue_was_made_from(
    data: Path, arguments: list[str]
) -> None:
    before = (data / FILE).read_bytes()
    result = lmi(*arguments)

    assert (result.exit_code, result.stdout) == (0, "sagemaker-core 2.27.0: nothing changes\n")
    assert (data / FILE).read_bytes() == before


@pytest.mark.usefixtures("moved")
def test_a_refresh_prints_what_changed_and_writes_it(data: Path) -> None:
    result = lmi()

    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "sagemaker-core: 2.27.0 -> 2.28.0",
        "added: 0.39.0-lmi30.0.0-cu130",
        f"moved: djl-lmi returns {MOVED}, no longer 0.36.0-lmi27.0.0-cu130",
        "to do by hand: 0.39.0-lmi30.0.0-cu130 has no engine versions in images.json",
        f"sagemaker-core 2.28.0: changed: {data / FILE}",
    ]
    rows = {row["tag"]: row for row in json.loads((data / FILE).read_text())["images"]}
    assert (rows[MOVED]["returned"], rows["0.36.0-lmi27.0.0-cu130"]["returned"]) == (True, False)


@pytest.mark.usefixtures("moved")
def test_a_check_says_the_same_writes_nothing_and_exits_with_1(data: Path) -> None:
    before = (data / FILE).read_bytes()
    result = lmi("--check")

    assert result.exit_code == 1
    assert result.stdout.splitlines()[-1] == f"sagemaker-core 2.28.0: would change: {data / FILE}"
    assert (data / FILE).read_bytes() == before


@pytest.mark.usefixtures("moved")
def test_the_changes_are_one_document(data: Path) -> None:
    result = lmi("--check", "--format", "json")

    assert result.exit_code == 1
    assert json.loads(result.stdout) == {
        "schema": 1,
        "file": str(data / FILE),
        "changed": True,
        "written": False,
        "difference": {
            "sagemaker_core": ["2.27.0", "2.28.0"],
            "added": ["0.39.0-lmi30.0.0-cu130"],
            "moved": [
                {
                    "framework_key": "djl-lmi",
                    "before": "0.36.0-lmi27.0.0-cu130",
                    "after": MOVED,
                }
            ],
            "withdrawn": [],
            "regions_added": {},
            "regions_removed": {},
            "accounts": [],
        },
        "without_facts": ["0.39.0-lmi30.0.0-cu130"],
    }


def test_fails_without_the_sdk_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> None:
        raise HostError("not installed; run: pip install 'cdk-lmi[catalog]'")

    monkeypatch.setattr(renewal, "installed_sdk", missing)
    result = lmi()
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "Error: not installed; run: pip install 'cdk-lmi[catalog]'\n"
