"""
How long the main job takes on this machine: start, bootstrap, synth, deploy, predict, destroy.

    .venv/bin/python benchmarks/local_cycle.py [RUNS]

Each run is a new embedded AWS in a new folder; prints the median of each step and of the whole.
The whole, without synth, is to stay under 60 s on two cores.
"""

import importlib
import statistics
import sys
import tempfile
import time
from pathlib import Path

from lmi import local

# What the end-to-end tests run the commands with. By its own name, because a package of
# sagemaker-core's installs another `tests` into the environment.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "e2e"))
project = importlib.import_module("project")


def main() -> None:
    """Run the cycle some times and print a table."""
    runs = [_cycle() for _ in range(int(sys.argv[1]) if len(sys.argv) > 1 else 3)]
    print(f"{'seconds':<14}{'median':>8}{'min':>8}{'max':>8}   of {len(runs)} runs")
    for step in (*runs[0], "all", "all but synth"):
        seconds = [_of(run, step) for run in runs]
        row = statistics.median(seconds), min(seconds), max(seconds)
        print(f"{step:<14}" + "".join(f"{value:>8.1f}" for value in row))


def _of(run: dict[str, float], step: str) -> float:
    if step == "all":
        return sum(run.values())
    return sum(run.values()) - run["synth"] if step == "all but synth" else run[step]


def _cycle() -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        root = project.copy_app(Path(folder) / "app")
        home = root / ".lmi"
        took: dict[str, float] = {}
        begun = time.monotonic()
        running = local.start(home, port=0)
        took["start"] = time.monotonic() - begun
        try:
            variables = {**project.clean_environment(home), **local.client_environment(running)}
            app = project.Project(root=root, variables=variables)
            approve = ("--require-approval", "never", "--concurrency", "3")
            for step, command in {
                "bootstrap": (
                    "cdk",
                    "bootstrap",
                    f"aws://{project.ACCOUNT}/{project.REGION}",
                    "--app",
                    "",
                ),
                "synth": ("cdk", "synth", "--quiet", "-c", "environments=local", "-o", "out"),
                "deploy": ("cdk", "deploy", "local/*", "--app", "out", *approve),
                "predict": ("lmi", "predict", "local/chat", "Large model inference is"),
                "destroy": ("cdk", "destroy", "local/*", "--app", "out", "--force"),
            }.items():
                begun = time.monotonic()
                app.succeed(str(Path(sys.executable).parent / command[0]), *command[1:])
                took[step] = time.monotonic() - begun
        finally:
            local.stop(home)
        return took


if __name__ == "__main__":
    main()
