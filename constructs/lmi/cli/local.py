"""`lmi local`: the embedded AWS on loopback, with real model servers."""

import json
import os
import signal
import subprocess
from dataclasses import asdict
from pathlib import Path

import click

from lmi.errors import HostError
from lmi.local import client, daemon, scaling, state

DEFAULT_PORT = 5111
HOME = Path(".lmi")

_HOME_OPTION = click.option(
    "--home",
    type=click.Path(file_okay=False, path_type=Path),
    default=HOME,
    show_default=True,
    help="The folder that holds everything of the embedded AWS.",
)
_REGION_OPTION = click.option(
    "--region", default=client.REGION, show_default=True, help="Region of a client that names none."
)


@click.group(name="local")
def command() -> None:
    """
    The embedded AWS on loopback, with real model servers.

    Example:

    \b
        lmi local start
        eval "$(lmi local env)"
        cdk deploy 'local/*'
        lmi local stop
    """


@command.command()
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=DEFAULT_PORT,
    show_default=True,
    help="Where to answer; 0 takes a free port.",
)
@_HOME_OPTION
def start(port: int, home: Path) -> None:
    """
    Start it in the background, and return when it answers.

    Example:

    \b
        lmi local start --port 0
        eval "$(lmi local env)"
    """
    found = daemon.start(home, port)
    click.echo(f"the embedded AWS answers at {found.url} (account {found.account})")
    click.echo('reach it from this shell with: eval "$(lmi local env)"')


@command.command()
@_HOME_OPTION
def stop(home: Path) -> None:
    """
    Stop it with all its model servers.

    Example:

    \b
        lmi local stop
    """
    stopped = daemon.stop(home)
    click.echo("stopped" if stopped else "the embedded AWS is not running")
    if client.points_here(os.environ):
        click.echo('this shell still points at it; undo that with: eval "$(lmi local env --unset)"')


@command.command()
@click.option("--format", "output", type=click.Choice(["text", "json"]), default="text")
@_HOME_OPTION
def status(output: str, home: Path) -> None:
    """
    Show whether it runs, where, and its endpoints.

    Example:

    \b
        lmi local status --format json
    """
    found = daemon.status(home)
    if output == "json":
        click.echo(json.dumps(_document(found)))
    elif found is None:
        click.echo("the embedded AWS is not running; start it with `lmi local start`")
    else:
        click.echo(f"the embedded AWS answers at {found.url} (process {found.pid})")
        for endpoint in found.endpoints:
            click.echo(f"{endpoint.region}  {endpoint.endpoint_name}  {endpoint.status}")
            details = [endpoint.failure_reason, *endpoint.notes, endpoint.log]
            for line in "\n".join(each for each in details if each).splitlines():
                click.echo(f"    {line}")


@command.command()
@click.option("--unset", is_flag=True, help="Print what takes it back instead.")
@_REGION_OPTION
@_HOME_OPTION
def env(unset: bool, region: str, home: Path) -> None:
    """
    Print what makes a shell's SDKs and CLIs reach it, and no real account.

    Example:

    \b
        eval "$(lmi local env)"
    """
    if unset:
        click.echo(client.shell_unsets())
        return
    click.echo(client.shell_exports(state.running_or_fail(home), region=region))


@command.command()
@click.argument("endpoint", required=False)
@_HOME_OPTION
def logs(endpoint: str | None, home: Path) -> None:
    """
    Print its log, or that of ENDPOINT's model server, also of one that failed.

    Example:

    \b
        lmi local logs local-chat
    """
    if endpoint is None:
        log = state.log_path(home)
        if not log.exists():
            state.running_or_fail(home)
    else:
        log = _endpoint_log(home, endpoint)
    click.echo(log.read_text(encoding="utf-8", errors="replace"), nl=False)


@command.command()
@click.argument("endpoint")
@click.option("--instances", type=click.IntRange(0), required=True, help="The count to have.")
@click.option("--variant", help="Production variant.  [default: the only one]")
@click.option("--region", help="Region of the endpoint.  [default: the only one that has it]")
@_HOME_OPTION
def scale(
    endpoint: str, instances: int, variant: str | None, region: str | None, home: Path
) -> None:
    """
    Set the instance count that ENDPOINT describes, within its scalable target's bounds.

    Example:

    \b
        lmi local scale local-chat --instances 2
    """
    found = scaling.scale(home, endpoint, instances=instances, variant_name=variant, region=region)
    click.echo(
        f"{found.endpoint_name}/{found.variant_name} in {found.region}: "
        f"{found.before} -> {found.after} instances, as described; one model server serves them"
    )


@command.command()
@click.option(
    "--djl",
    "versions",
    multiple=True,
    metavar="VERSION",
    help="Version of DJL's engine; repeatable.  [default: the newest]",
)
@click.option(
    "-r",
    "requirements",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="What handlers import; repeatable. A model's own requirements.txt is installed with it.",
)
@_HOME_OPTION
def install(versions: tuple[str, ...], requirements: tuple[Path, ...], home: Path) -> None:
    """
    Install the model servers: DJL's engine from Maven Central, and the Python they share.

    Example:

    \b
        lmi local install -r model_artifacts/smollm2-135m/requirements.txt
    """
    from lmi.catalog import published_servers
    from lmi.local import djl

    for version in versions or published_servers()[-1:]:
        djl.install(version, home, _report)
    djl.install_base_python(home, requirements, _report)


def _report(line: str) -> None:
    click.echo(line, err=True)


@command.command(context_settings={"ignore_unknown_options": True})
@click.argument("arguments", metavar="CMD...", nargs=-1, required=True, type=click.UNPROCESSED)
@_REGION_OPTION
@_HOME_OPTION
@click.pass_context
def run(ctx: click.Context, arguments: tuple[str, ...], region: str, home: Path) -> None:
    """
    Run CMD against it, and exit as CMD does. If it does not run, it runs for that time.

    Example:

    \b
        lmi local run -- cdk deploy 'local/*'
    """
    found = state.running(home)
    started = found is None
    if found is None:
        found = daemon.start(home)
    try:
        code = _call(arguments, client.command_environment(found, region=region))
    finally:
        if started:
            daemon.stop(home)
    ctx.exit(code)


def _call(arguments: tuple[str, ...], environment: dict[str, str]) -> int:
    """
    Return the exit code of the command, as a shell gives it; an interrupt is the command's to
    handle.
    """
    try:
        process = subprocess.Popen(arguments, env=environment)
    except OSError as error:
        raise HostError(f"cannot run {arguments[0]}: {error.strerror}") from error
    # Ending this process alone would leave the command and the embedded AWS behind.
    before = signal.signal(signal.SIGTERM, lambda *_: process.terminate())
    try:
        code = _wait(process)
    finally:
        signal.signal(signal.SIGTERM, before)
    return code if code >= 0 else 128 - code


def _wait(process: "subprocess.Popen[bytes]") -> int:
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            # The terminal has interrupted the command too; it decides.
            continue


def _endpoint_log(home: Path, endpoint: str) -> Path:
    """
    Return the log of the endpoint's model server.

    Raises:
        HostError: there is none; with the nearest name there is.
    """
    from lmi.catalog.nearest import nearest
    from lmi.local.hosting.endpoint_folder import LOG_NAME

    logs_there = {
        path.parent.name: path for path in (home / "local" / "endpoints").glob(f"*/{LOG_NAME}")
    }
    if endpoint in logs_there:
        return logs_there[endpoint]
    near = nearest(endpoint, logs_there, count=1, cutoff=0.0)
    hint = f"; did you mean {near[0]!r}?" if near else "; no endpoint has one"
    raise HostError(f"there is no log of an endpoint {endpoint!r}{hint}")


def _document(found: state.Status | None) -> dict[str, object]:
    if found is None:
        return {
            "schema": 1,
            "running": False,
            "url": None,
            "pid": None,
            "account": state.ACCOUNT,
            "endpoints": [],
        }
    return {"schema": 1, "running": True, **asdict(found)}
