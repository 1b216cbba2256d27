"""`lmi mirror`: a model's weights into S3."""

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from lmi.ops.mirror.order import Order


@click.command("mirror", short_help="Put a model's weights into S3, as one prefix.")
@click.argument("target", metavar="FOLDER|ENV/ENDPOINT")
@click.argument("destination", metavar="[s3://BUCKET/PREFIX/]", required=False)
@click.option(
    "--include",
    multiple=True,
    metavar="PATTERN",
    help="Files of FOLDER to mirror too, such as '*.bin'; repeatable.",
)
@click.option("--verify", is_flag=True, help="Read everything back and compare; send nothing.")
@click.option("--dry-run", is_flag=True, help="Say what would be done; send nothing.")
@click.option("--kms-key", metavar="ARN", help="KMS key of new objects.")
@click.option(
    "--bucket-owner",
    metavar="ACCOUNT",
    help="Account that must own the bucket.  [default: that of the credentials]",
)
@click.option(
    "--concurrency",
    type=click.IntRange(1, 100),
    default=10,
    show_default=True,
    help="Requests at a time; each holds 16 MiB.",
)
@click.option(
    "--format",
    "output",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="Text, or a JSON document with every file.",
)
def command(
    target: str,
    destination: str | None,
    include: tuple[str, ...],
    verify: bool,
    dry_run: bool,
    kms_key: str | None,
    bucket_owner: str | None,
    concurrency: int,
    output: str,
) -> None:
    """Put a model into S3, and a manifest beside it when all is there.

    FOLDER is a model as the Hugging Face Hub has it, or a snapshot of its cache: its safetensors,
    configuration, tokenizer and chat template go below the prefix; what is left out is listed.
    ENV/ENDPOINT is an endpoint of environments/ENV.yaml: its whole artifact, with its options, goes
    below s3://BUCKET/PREFIX/CONTENT_SHA256/, by default of the `source: {mirror: …}` of its
    artifact.yaml; weights that an earlier such prefix holds are copied inside S3.

    What is there and equal is left alone, what is there and differs is never replaced. Interrupted,
    run the same command again: parts that have arrived are not sent again.

    Examples:

    \b
        lmi mirror gpt-j-6b s3://my-models/gpt-j-6b/
        lmi mirror gpt-j-6b s3://my-models/gpt-j-6b/ --verify
        lmi mirror prod/gpt-j-deepspeed --dry-run
    """
    from lmi.errors import ConfigError
    from lmi.ops.mirror.order import order_of

    if verify and dry_run:
        raise ConfigError("--verify and --dry-run exclude each other; neither sends anything")
    order = order_of(
        target,
        destination,
        include=include,
        kms_key=kms_key,
        bucket_owner=bucket_owner,
        concurrency=concurrency,
    )
    for line in order.notes:
        click.echo(line, err=True)
    try:
        click.echo(_carried_out(order, verify=verify, dry_run=dry_run, as_json=output == "json"))
    except KeyboardInterrupt:
        click.echo("Interrupted: what has arrived is kept; run the same command to go on", err=True)
        raise SystemExit(130) from None
    finally:
        order.bucket.client.close()


def _carried_out(order: "Order", *, verify: bool, dry_run: bool, as_json: bool) -> str:
    """Do it, with progress on a terminal, and return what to print."""
    from lmi.artifact.progress import Progress
    from lmi.ops.mirror import report
    from lmi.ops.mirror.mirror import mirror, plan_only
    from lmi.ops.mirror.verify import verify as read_back

    with Progress("verify" if verify else "mirror", order.size) as progress:
        if verify:
            manifest = read_back(
                order.items,
                order.prefix,
                order.bucket,
                concurrency=order.concurrency,
                advanced=progress.advance,
            )
            return report.of_manifest(order, manifest, as_json=as_json)
        if dry_run:
            plan = plan_only(
                order.items,
                order.prefix,
                order.bucket,
                content_sha256=order.content_sha256,
                concurrency=order.concurrency,
            )
        else:
            plan, _ = mirror(
                order.items,
                order.prefix,
                order.bucket,
                content_sha256=order.content_sha256,
                concurrency=order.concurrency,
                planned=lambda plan: progress.advance(plan.total("there")),
                advanced=progress.advance,
            )
    return report.of_plan(order, plan, dry_run=dry_run, as_json=as_json)
