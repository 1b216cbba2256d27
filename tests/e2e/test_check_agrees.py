"""`lmi check` says error exactly where DJL refuses an artifact, or fails on every call."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from lmi import catalog
from lmi.local.djl import create_python, installed
from lmi.rules import RULES, Finding, check
from lmi.rules.targets import subjects
from tests.e2e.checked_artifacts.artifact import VERSIONS, Artifact
from tests.e2e.checked_artifacts.hollow import install_hollow_packages
from tests.e2e.checked_artifacts.measure import Bench, Outcome, Row
from tests.e2e.checked_artifacts.table import CANNOT_BE_SHOWN, IMAGES, INSTANCE_TYPE, TABLE
from tests.e2e.model_servers import BASE_PYTHON, HOME

pytestmark = pytest.mark.e2e

MOST_UNSEEN = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class Measured:
    """What `lmi check` says of a row, and what DJL makes of it."""

    findings: tuple[Finding, ...]
    outcome: Outcome

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that are errors."""
        return tuple(finding for finding in self.findings if finding.severity == "error")

    @property
    def agrees(self) -> bool:
        """Whether there is an error exactly where DJL refuses or fails."""
        return bool(self.errors) == (self.outcome.kind != "works")

    def __str__(self) -> str:
        said = [f"{finding.severity} {finding.rule}" for finding in self.findings]
        return f"DJL {self.outcome.kind}: {self.outcome.message[:300]}; lmi check: {said}"


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Mapping[Row, Measured]:
    folder = tmp_path_factory.mktemp("agreement")
    findings = {
        (artifact, version): _check(artifact, version, folder / "checked")
        for artifact in TABLE
        for version in artifact.versions
    }
    rows = {
        Row(
            artifact=artifact,
            version=version,
            is_expected_to_work=all(finding.severity != "error" for finding in found)
            and not artifact.unseen,
        ): found
        for (artifact, version), found in findings.items()
    }
    outcomes = _bench(folder / "servers").measure(rows)
    return {row: Measured(findings=rows[row], outcome=outcomes[row]) for row in rows}


def _check(artifact: Artifact, version: str, folder: Path) -> tuple[Finding, ...]:
    directory = folder / f"{TABLE.index(artifact)}"
    for path, content in artifact.files.items():
        file = directory / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
    (subject,) = subjects(
        str(directory),
        image=catalog.image(IMAGES[version]),
        host=catalog.instance_type(INSTANCE_TYPE),
    )
    return check(subject)


def _bench(folder: Path) -> Bench:
    installations = {
        version: found for version in VERSIONS if (found := installed(version, HOME)) is not None
    }
    missing = sorted(set(VERSIONS) - set(installations))
    if missing or not BASE_PYTHON.exists():
        pytest.fail(f"the model server {', '.join(missing)} is not installed in {HOME}")
    folder.mkdir()
    hollow = {}
    for name, is_first in (("first", True), ("second", False)):
        hollow[is_first] = create_python(folder / f"{name}-python", BASE_PYTHON)
        install_hollow_packages(hollow[is_first], first_pydantic=is_first)
    return Bench(
        folder=folder,
        installations=installations,
        python=create_python(folder / "python", BASE_PYTHON),
        hollow_pythons={version: hollow[version == "0.25.0"] for version in VERSIONS},
    )


def test_lmi_check_says_error_exactly_where_djl_refuses_or_fails(
    measured: Mapping[Row, Measured],
) -> None:
    wrong = [
        f"{row}: {each}"
        for row, each in measured.items()
        if not each.agrees and not row.artifact.unseen
    ]

    assert wrong == []


def test_the_table_holds_what_it_has_to(measured: Mapping[Row, Measured]) -> None:
    names = [artifact.name for artifact in TABLE]
    fail = {row.artifact.name for row, each in measured.items() if each.outcome.kind != "works"}
    work = {row.artifact.name for row, each in measured.items() if each.outcome.kind == "works"}

    assert len(names) == len(set(names)) >= 40
    assert len(fail) >= 15
    assert len(work) >= 15
    assert {row.version for row in measured} == set(VERSIONS)


def test_every_rule_that_djl_can_show_is_shown(measured: Mapping[Row, Measured]) -> None:
    shown = {finding.rule for each in measured.values() if each.agrees for finding in each.errors}

    assert {rule.id for rule in RULES if rule.severity == "error"} - shown == set(CANNOT_BE_SHOWN)


def test_each_artifact_is_found_for_the_rule_it_is_there_for(
    measured: Mapping[Row, Measured],
) -> None:
    found: dict[str, set[str]] = {}
    for row, each in measured.items():
        found.setdefault(row.artifact.name, set()).update(f.rule for f in each.findings)

    assert [a.name for a in TABLE if a.rule is not None and a.rule not in found[a.name]] == []


def test_what_only_running_it_would_tell_is_little(measured: Mapping[Row, Measured]) -> None:
    unseen = {row: each for row, each in measured.items() if row.artifact.unseen}

    assert len({row.artifact.name for row in unseen}) <= MOST_UNSEEN
    assert {(each.outcome.kind == "works", each.errors) for each in unseen.values()} == {
        (False, ())
    }
