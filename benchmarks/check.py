"""
How long `lmi` takes beside an empty Python, and what `import lmi` loads.

    .venv/bin/python benchmarks/check.py [ROUNDS]

Each round runs every command once, in turn, so that a machine whose speed drifts is as fast for all
of them; prints the medians, and the median of the ratios round by round. Exits with 1 above a
bound: `lmi check` of one artifact 20 times an empty Python, `lmi --help` 6 times. Modules are
compiled before the first round, whatever PYTHONDONTWRITEBYTECODE says.
"""

import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LMI = str(Path(sys.executable).parent / "lmi")
ARTIFACT = "model_artifacts/gpt-j-6b-deepspeed"

EMPTY = "python -c pass"
COMMANDS = {
    EMPTY: [sys.executable, "-c", "pass"],
    "import lmi": [sys.executable, "-c", "import lmi"],
    "lmi --help": [LMI, "--help"],
    "lmi check ARTIFACT": [LMI, "check", ARTIFACT],
    "lmi check ENV/ENDPOINT": [LMI, "check", "prod/gpt-j-deepspeed"],
}
BOUNDS = {"lmi --help": 6.0, "lmi check ARTIFACT": 20.0}

LEAST_ROUNDS = 15

ENVIRONMENT = {
    name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"
}
"""With that variable, every run would compile this project's modules anew."""


def main() -> None:
    """Run the rounds, print a table, and fail above a bound."""
    rounds = max(LEAST_ROUNDS, int(sys.argv[1]) if len(sys.argv) > 1 else LEAST_ROUNDS)
    _seconds_of_all()  # The first run of each compiles and fills the file cache.
    took = [_seconds_of_all() for _ in range(rounds)]
    print(
        f"{'':<24}{'median ms':>10}{'min':>8}{'max':>8}{'ratio':>8}{'bound':>8}   {rounds} rounds"
    )
    slow = []
    for name in COMMANDS:
        runs = [each[name] * 1000 for each in took]
        ratio = statistics.median(each[name] / each[EMPTY] for each in took)
        bound = BOUNDS.get(name)
        row = f"{name:<24}{statistics.median(runs):>10.1f}{min(runs):>8.1f}{max(runs):>8.1f}"
        print(f"{row}{ratio:>8.1f}{'' if bound is None else f'{bound:.0f}':>8}")
        if bound is not None and ratio > bound:
            slow.append(name)
    loaded = _loaded_by("import lmi", ("aws_cdk", "boto3"))
    print(f"import lmi loads {' and '.join(loaded) or 'neither aws_cdk nor boto3'}")
    if slow or loaded:
        sys.exit(f"too slow: {', '.join(slow) or 'nothing'}")


def _seconds_of_all() -> dict[str, float]:
    return {name: _seconds(command) for name, command in COMMANDS.items()}


def _seconds(command: list[str]) -> float:
    begun = time.perf_counter()
    subprocess.run(command, cwd=ROOT, env=ENVIRONMENT, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - begun


def _loaded_by(code: str, names: tuple[str, ...]) -> list[str]:
    asked = f"import sys; {code}; print(*[name for name in {names!r} if name in sys.modules])"
    result = subprocess.run(
        [sys.executable, "-c", asked], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return result.stdout.split()


if __name__ == "__main__":
    main()
