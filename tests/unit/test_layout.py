"""Where things lie, and what must not get in."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


def _tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def test_constructs_is_a_source_root_and_never_a_package() -> None:
    below = {
        path.relative_to(ROOT / "constructs").parts[0] for path in _tracked_below("constructs")
    }
    assert below == {"README.md", "cdk_lmi", "lmi"}


def test_no_python_module_is_longer_than_300_lines() -> None:
    sources = [path for path in _tracked() if path.suffix in {".py", ".java"}]
    long = {str(p.relative_to(ROOT)): n for p in sources if (n := _lines(p)) > 300}
    assert not long


def test_no_weights_are_committed() -> None:
    assert not [path for path in _tracked() if path.stat().st_size > 500_000]


def test_no_file_holds_a_path_of_this_machine() -> None:
    here = (str(ROOT).encode(), str(Path.home()).encode() + b"/")
    found = [
        str(path.relative_to(ROOT))
        for path in _tracked()
        if any(place in path.read_bytes() for place in here)
    ]
    assert not found


def test_the_lmi_package_never_loads_the_cdk() -> None:
    code = (
        "import sys, lmi.artifact, lmi.catalog, lmi.environment, lmi.properties\n"
        "sys.exit('aws_cdk' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def _tracked_below(folder: str) -> list[Path]:
    return [path for path in _tracked() if (ROOT / folder) in path.parents]


def _lines(path: Path) -> int:
    return path.read_text("utf-8").count("\n")
