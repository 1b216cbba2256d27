"""`lmi bundle`: the model.tar.gz of an artifact."""

from pathlib import Path

import click


@click.command("bundle", short_help="Write the model.tar.gz of an artifact folder or an endpoint.")
@click.argument("target", metavar="FOLDER|ENV/ENDPOINT")
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    help="The tarball to write.",
)
def command(target: str, output: Path) -> None:
    """Write the tarball that the endpoint loads, and print a JSON document about it.

    FOLDER is an artifact folder. ENV/ENDPOINT is an endpoint of environments/ENV.yaml: its artifact
    below model_artifacts/, with its options. A folder of that name comes first. The same content
    gives the same bytes; OUTPUT changes only when all is written.

    What `lmi check` calls an error, and nobody acknowledged, is refused; its warnings go to stderr.

    Examples:

    \b
        lmi bundle model_artifacts/gpt-j-6b-deepspeed -o gpt-j.tar.gz
        lmi bundle prod/gpt-j-deepspeed -o gpt-j.tar.gz
    """
    import json

    from lmi.artifact import artifact_of, bundle, read_draft
    from lmi.environment.target import find_endpoint
    from lmi.rules import check, refuse_errors, subject_of_draft
    from lmi.rules.report import write
    from lmi.rules.targets import subject_of_endpoint

    if Path(target).is_dir() or not _names_an_endpoint(target):
        draft = read_draft(Path(target))
        subject = subject_of_draft(draft)
    else:
        environment, key = find_endpoint(target, Path("environments"))
        endpoint = environment.endpoints[key]
        draft = read_draft(Path("model_artifacts") / endpoint.artifact, endpoint.options)
        subject = subject_of_endpoint(environment, endpoint, draft)
    artifact = artifact_of(draft)
    findings = check(subject)
    refuse_errors(findings)
    if any(finding.counts for finding in findings):
        click.echo(write("text", findings, [subject.name]), err=True)
    written = bundle(artifact, output)
    document = {
        "path": str(written.path),
        "bytes": written.bytes,
        "sha256": written.sha256,
        "content_sha256": written.content_sha256,
        "members": written.members,
    }
    click.echo(json.dumps(document, indent=2))


def _names_an_endpoint(target: str) -> bool:
    return target.count("/") == 1 and not target.startswith(("/", ".", "model_artifacts/"))
