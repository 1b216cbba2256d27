"""
The main job, from nothing to a generated text, without an AWS account.

Starts the embedded AWS, bootstraps it, deploys the local environment with the real CDK CLI, shows
what was deployed, sends the prompt of AWS's tutorial to the hosted model, and stops what it
started. Each step is one line with its time.
"""

import os
import subprocess
import sys
import textwrap
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from lmi import local
from lmi.errors import LmiError
from lmi.local.client import command_environment

ROOT = Path(__file__).resolve().parent.parent
HOME = ROOT / ".lmi"
BIN = ROOT / ".venv" / "bin"
ASSEMBLY = HOME / "demo" / "cdk.out"
PROMPT = "Large model inference is"
"""The prompt of AWS's tutorial "Large model inference with DeepSpeed and DJL Serving"."""


class StepFailed(Exception):
    """A command of the demo failed; the message holds its output."""


def main() -> None:
    """Run the demo; exit 1 with the output of the step that failed."""
    os.chdir(ROOT)
    try:
        _demo()
    except (StepFailed, LmiError) as error:
        sys.exit(f"demo: {error}")
    except KeyboardInterrupt:
        sys.exit("demo: interrupted; what it started is stopped")


def _demo() -> None:
    started = time.monotonic()
    found = local.running(HOME)
    running = local.start(HOME) if found is None else found
    _told(f"embedded AWS {'found running' if found else 'started'} at {running.url}", started)
    try:
        _deploy_and_ask(command_environment(running))
    finally:
        if found is None:
            stopping = time.monotonic()
            local.stop(HOME)
            _told("embedded AWS and its model servers stopped", stopping)
    print(f"demo: done after {time.monotonic() - started:.1f} s")
    _how_to_go_on()


def _deploy_and_ask(environment: Mapping[str, str]) -> None:
    cdk = str(BIN / "cdk")
    assembly = ["--app", str(ASSEMBLY)]
    _run(
        "synthesized environments/local.yaml",
        [cdk, "synth", "--quiet", "-c", "environments=local", "--output", str(ASSEMBLY)],
        environment,
    )
    _run(
        "bootstrapped the embedded account",
        [cdk, "bootstrap", f"aws://{local.ACCOUNT}/{environment['AWS_REGION']}", "--app", ""],
        environment,
    )
    _run(
        "deployed: tarballs uploaded, stacks created, the model loaded",
        [cdk, "deploy", "local/*", *assembly, "--require-approval", "never", "--concurrency", "3"],
        environment,
    )
    _show_endpoints()
    text = _run(
        f'asked local/chat: "{PROMPT}"',
        [str(BIN / "lmi"), "predict", "local/chat", PROMPT],
        environment,
    )
    print("\n" + textwrap.indent(_wrapped(text), "        ") + "\n")


def _wrapped(text: str) -> str:
    return "\n".join(textwrap.fill(line, 88) for line in text.strip().splitlines())


def _show_endpoints() -> None:
    status = local.status(HOME)
    for endpoint in () if status is None else status.endpoints:
        print(f"        {endpoint.endpoint_name:<24} {endpoint.status}")
        for note in endpoint.notes:
            print(textwrap.fill(note, 96, initial_indent=" " * 12, subsequent_indent=" " * 12))


def _run(title: str, command: Sequence[str], environment: Mapping[str, str]) -> str:
    """Run *command* and return its standard output; print *title* and the time it took."""
    started = time.monotonic()
    result = subprocess.run(command, env=environment, capture_output=True, text=True)
    if result.returncode != 0:
        raise StepFailed(f"this failed: {' '.join(command)}\n{result.stdout}{result.stderr}")
    _told(title, started)
    return result.stdout


def _told(title: str, started: float) -> None:
    print(f"demo: {title:<64} {time.monotonic() - started:6.1f} s", flush=True)


def _how_to_go_on() -> None:
    print(
        "\nTo go on:\n"
        "  . .venv/bin/activate\n"
        '  lmi local start && eval "$(lmi local env)"         an embedded AWS that stays\n'
        "  cdk bootstrap aws://111111111111/us-west-2 --app ''\n"
        "  cdk deploy 'local/*'                               the same deployment, by hand\n"
        "  lmi predict local/chat 'Once upon a time'          ask it something else\n"
        '  lmi local stop; eval "$(lmi local env --unset)"    stop it, and leave it\n'
        "  cdk diff 'dev/*'                                   what a real account would get: README"
    )


if __name__ == "__main__":
    main()
