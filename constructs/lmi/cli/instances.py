"""`lmi instances`: the instance types there are."""

import click


@click.command("instances", short_help="List the instance types that run LMI images, or show one.")
@click.argument("name", required=False)
@click.option("--accelerator", help="gpu, neuron or none.")
@click.option("--gpus", type=click.IntRange(min=1), help="How many GPUs it has, exactly.")
@click.option(
    "--min-gpu-memory",
    type=click.FloatRange(min=0),
    metavar="GIB",
    help="Memory of each GPU as the driver reports it: an A10G of 24 GB has 22.4.",
)
@click.option("--region", "regions", multiple=True, help="Only types that are sold there.")
@click.option("--family", help="Such as g5.")
@click.option(
    "--format",
    "output",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="A table, or a JSON document with everything that is known.",
)
def command(
    name: str | None,
    accelerator: str | None,
    gpus: int | None,
    min_gpu_memory: float | None,
    regions: tuple[str, ...],
    family: str | None,
    output: str,
) -> None:
    """List the hosting instance types that LMI images run on, or show the one of this NAME.

    REGIONS: in how many it is sold on demand. DRIVER: that of its GPUs unless the endpoint asks for
    another host. USD/HOUR is a guide from second-hand figures of the day in the last column, no
    quote. A question mark: not publicly known.

    Examples:

    \b
        lmi instances --gpus 4 --min-gpu-memory 22 --region eu-west-1
        lmi instances ml.g5.12xlarge
    """
    import json

    from lmi.catalog import instance_type
    from lmi.catalog.listing import instance_list
    from lmi.catalog.listing.selection import select
    from lmi.errors import CatalogError, ConfigError

    filters = instance_list.instance_filters(
        regions=regions,
        family=family,
        accelerator=accelerator,
        gpus=gpus,
        min_gpu_memory_gib=min_gpu_memory,
    )
    if name is None:
        found = select(instance_list.listed_types(), filters)
        rows, excluded = found.rows, found.excluded
        text = instance_list.instance_table(rows) if rows else found.why_empty("instance type")
    else:
        if filters:
            raise ConfigError(f"NAME {name!r} names one instance type; leave out all filters")
        try:
            rows, excluded = (instance_type(name),), ()
        except CatalogError as error:
            raise ConfigError(str(error)) from error
        text = instance_list.instance_text(rows[0])
    if output == "text":
        click.echo(text)
        return
    document = {
        "schema": 1,
        "instances": [instance_list.instance_record(each) for each in rows],
        "excluded_by": [{"option": each.option, "without": each.without} for each in excluded],
    }
    click.echo(json.dumps(document, indent=2))
