"""`lmi bundle`: the model.tar.gz of an artifact, or what is in one that is there."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

if TYPE_CHECKING:
    from lmi.artifact.folder import LeftOut

SHOWN = 10
"""Names that are told of those left out for one reason."""


@click.command("bundle", short_help="Write the model.tar.gz of an artifact folder or an endpoint.")
@click.argument("target", metavar="[FOLDER|ENV/ENDPOINT]", required=False)
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The tarball to write.",
)
@click.option("--no-cache", is_flag=True, help="Read and pack every file anew.")
@click.option(
    "--verify",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Say what SageMaker and DJL Serving would do with this tarball; write nothing.",
)
@click.option("--image", metavar="TAG", help="With --verify: the image that it is meant for.")
@click.option(
    "--instance-type", metavar="TYPE", help="With --verify: the type, such as ml.g5.12xlarge."
)
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["text", "json"]),
    help="With --verify: text for people (the default), or one JSON document.",
)
@click.pass_context
def command(
    context: click.Context,
    target: str | None,
    output: Path | None,
    no_cache: bool,
    verify: Path | None,
    image: str | None,
    instance_type: str | None,
    output_format: Literal["text", "json"] | None,
) -> None:
    """Write the tarball that the endpoint loads, and print a JSON document about it.

    FOLDER is an artifact folder. ENV/ENDPOINT is an endpoint of environments/ENV.yaml: its artifact
    below model_artifacts/, with its options. A folder of that name comes first. The same content
    gives the same bytes; OUTPUT changes only when all is written.

    What `lmi check` calls an error, and nobody acknowledged, is refused; its warnings go to stderr,
    and so does a list of what is left out: hidden files, caches, what .lmiignore names.

    With --verify a tarball is read, whoever made it, and nothing is unpacked: what is wrong with
    it, and what `lmi check` says of the files in it. Exit code 1 if there is an error, 2 if it
    cannot be read.

    Examples:

    \b
        lmi bundle model_artifacts/gpt-j-6b-deepspeed -o gpt-j.tar.gz
        lmi bundle prod/gpt-j-deepspeed -o gpt-j.tar.gz
        lmi bundle --verify gpt-j.tar.gz --image 0.20.0-deepspeed0.7.5-cu116
    """
    if verify is not None:
        if target is not None or output is not None or no_cache:
            raise click.UsageError("--verify FILE takes neither a folder, --output nor --no-cache")
        context.exit(_verify(verify, image, instance_type, output_format or "text"))
    for option, value in (
        ("--image", image),
        ("--instance-type", instance_type),
        ("--format", output_format),
    ):
        if value is not None:
            raise click.UsageError(f"{option} goes with --verify alone")
    if target is None:
        raise click.UsageError("Missing argument 'FOLDER|ENV/ENDPOINT', or --verify FILE.")
    if output is None:
        raise click.UsageError("Missing option '-o' / '--output'.")
    _bundle(target, output, no_cache=no_cache)


def _bundle(target: str, output: Path, *, no_cache: bool) -> None:
    import json

    from lmi.artifact import artifact_of, bundle, read_draft
    from lmi.artifact.bundle import BUNDLES
    from lmi.environment.target import find_endpoint, names_an_endpoint
    from lmi.rules import check, refuse_errors, subject_of_draft
    from lmi.rules.report import write
    from lmi.rules.targets import subject_of_endpoint

    if Path(target).is_dir() or not names_an_endpoint(target):
        draft = read_draft(Path(target))
        subject = subject_of_draft(draft)
    else:
        environment, key = find_endpoint(target, Path("environments"))
        endpoint = environment.endpoints[key]
        draft = read_draft(
            Path("model_artifacts") / endpoint.artifact, endpoint.options, endpoint.source
        )
        subject = subject_of_endpoint(environment, endpoint, draft)
    if left_out := _left_out(draft.contents.left_out):
        click.echo(left_out, err=True)
    artifact = artifact_of(draft)
    findings = check(subject)
    refuse_errors(findings)
    if any(finding.counts for finding in findings):
        click.echo(write("text", findings, [subject.name]), err=True)
    written = bundle(artifact, output, cache=None if no_cache else BUNDLES)
    document = {
        "path": str(written.path),
        "bytes": written.bytes,
        "sha256": written.sha256,
        "content_sha256": written.content_sha256,
        "members": written.members,
    }
    click.echo(json.dumps(document, indent=2))


def _left_out(left_out: "Iterable[LeftOut]") -> str:
    """Return what stays out of the tarball, by reason; nothing of our own two files."""
    from lmi.artifact.left_out import OURS

    names: dict[str, list[str]] = {}
    for each in left_out:
        if each.name not in OURS:
            names.setdefault(each.reason, []).append(each.name)
    lines = []
    for reason, found in names.items():
        more = f" and {len(found) - SHOWN:,} more" if len(found) > SHOWN else ""
        lines.append(f"  {', '.join(found[:SHOWN])}{more} ({reason})")
    return _printable("\n".join(["left out of the tarball:", *lines])) if lines else ""


def _verify(
    path: Path, tag: str | None, instance_type: str | None, output_format: Literal["text", "json"]
) -> int:
    """Print what is in the tarball *path*; return the exit code."""
    from lmi import catalog
    from lmi.artifact.verify import scan
    from lmi.errors import ConfigError, LmiError
    from lmi.rules import Hosting, check
    from lmi.rules.report import write
    from lmi.rules.report.as_json import as_json
    from lmi.rules.report.tarball_report import tarball_fields, tarball_text
    from lmi.rules.tarballs import subject_of_tarball

    try:
        image = None if tag is None else catalog.image(tag)
        host = None if instance_type is None else catalog.instance_type(instance_type)
    except LmiError as error:
        raise ConfigError(str(error)) from error
    if not path.is_file():
        raise ConfigError(f"{path}: is no regular file")
    try:
        tarball = scan(path)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    hosting = None if host is None else Hosting(host=host)
    subject = subject_of_tarball(tarball, image=image, hosting=hosting)
    findings = check(subject)
    if output_format == "json":
        click.echo(as_json(findings, tarball=tarball_fields(subject)))
    else:
        report = write("text", findings, [subject.name])
        click.echo(_printable(f"{tarball_text(subject)}\n\n{report}"))
    counts = any(finding.severity == "error" and finding.counts for finding in findings)
    return LmiError.exit_code if counts else 0


def _printable(text: str) -> str:
    """Return *text* without what would move a terminal's cursor: strangers name files."""
    if text.replace("\n", "").isprintable():
        return text
    return "".join(
        each if each.isprintable() or each == "\n" else ascii(each)[1:-1] for each in text
    )
