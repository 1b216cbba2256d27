"""One embedded AWS and one copy of the app for all end-to-end tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from lmi import local
from tests.e2e.project import ACCOUNT, REGION, Project, clean_environment, copy_app


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """The app in a folder of its own, its embedded AWS running and bootstrapped."""
    root = copy_app(tmp_path_factory.mktemp("project") / "app")
    home = root / ".lmi"
    running = local.start(home, port=0)
    try:
        variables = {**clean_environment(home), **local.client_environment(running)}
        project = Project(root=root, variables=variables)
        bootstrapped = project.cdk("bootstrap", f"aws://{ACCOUNT}/{REGION}", "--app", "")
        assert bootstrapped.returncode == 0, bootstrapped.stdout + bootstrapped.stderr
        yield project
    finally:
        local.stop(home)


@pytest.fixture(scope="session")
def offline(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Another copy of the app, with no embedded AWS and no credentials at all."""
    root = copy_app(tmp_path_factory.mktemp("offline") / "app")
    return Project(root=root, variables=clean_environment(Path(root / ".lmi")))
