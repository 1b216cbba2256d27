"""What the artifact package may not pull in."""

import subprocess
import sys


def test_artifacts_do_not_depend_on_environments_or_the_local_stack() -> None:
    code = (
        "import sys, lmi.artifact, lmi.artifact.fetch\n"
        "wrong = [n for n in sys.modules if n.startswith(('lmi.environment', 'lmi.local'))]\n"
        "sys.exit(str(wrong) if wrong else 0)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
