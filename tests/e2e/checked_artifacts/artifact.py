"""What one row of the table is: an artifact, and the versions of DJL that it is tried on."""

from collections.abc import Mapping
from dataclasses import dataclass, field

VERSIONS = ("0.20.0", "0.25.0", "0.34.0")
"""Those that Maven Central has."""

HANDLER = """
from djl_python import Output

def handle(inputs):
    return None if inputs.is_empty() else Output().add(b"works")
"""
"""One that works on every version."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Artifact:
    """A folder, and where it is tried. What becomes of it is measured, and stands nowhere."""

    name: str
    files: Mapping[str, str | bytes] = field(hash=False)
    versions: tuple[str, ...] = VERSIONS
    rule: str | None = None
    """The rule that it is there for, on one version at least; None: a twin that breaks none."""
    has_hollow_packages: bool = False
    """Whether the Python has the packages of hollow.py."""
    never_loads: bool = False
    """Whether waiting for it is waiting for a time-out, so that a few seconds are enough."""
    needs_own_server: bool = False
    """Whether it would be something else beside other models."""
    unseen: str | None = None
    """Why no check without running the code could tell that it fails; None: it has to."""


def settings(
    name: str,
    text: str | bytes,
    rule: str | None = None,
    versions: tuple[str, ...] = VERSIONS,
    files: Mapping[str, str | bytes] | None = None,
) -> Artifact:
    """Return the artifact of a handler that works and this serving.properties."""
    held = {"model.py": HANDLER, "serving.properties": text, **(files or {})}
    return Artifact(name=name, files=held, rule=rule, versions=versions)


def code(
    name: str,
    text: str | bytes,
    rule: str | None = None,
    versions: tuple[str, ...] = VERSIONS,
    options: str = "",
    unseen: str | None = None,
) -> Artifact:
    """Return the artifact of this model.py."""
    held = {"model.py": text, "serving.properties": f"engine=Python\n{options}"}
    return Artifact(name=name, files=held, rule=rule, versions=versions, unseen=unseen)
