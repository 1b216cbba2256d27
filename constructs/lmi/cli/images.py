"""`lmi images`: the images there are."""

import click


@click.command("images", short_help="List the LMI images, or show one with its URIs.")
@click.argument("tag", required=False)
@click.option(
    "--region",
    "regions",
    multiple=True,
    help="Only images that can be pulled there. With TAG: print its URI there, or in all regions.",
    metavar="REGION|all",
)
@click.option("--family", help="djl-lmi, djl-deepspeed, ..., or cpu.")
@click.option("--djl-version", help="Version of DJL Serving in the image, such as 0.36.0.")
@click.option("--accelerator", help="gpu, cpu or neuron.")
@click.option("--engine", help="Only images that are known to have this, such as vllm.")
@click.option(
    "--format",
    "output",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="A table, or a JSON document with everything that is known.",
)
def command(
    tag: str | None,
    regions: tuple[str, ...],
    family: str | None,
    djl_version: str | None,
    accelerator: str | None,
    engine: str | None,
    output: str,
) -> None:
    """List the images of the ECR repository djl-inference, or show the one with this TAG.

    A tilde before the number of regions: no public file lists them, so they are assumed. SDK: the
    tag that the SageMaker SDK returns for its version. A question mark: not publicly known.

    Examples:

    \b
        lmi images --engine vllm --region eu-west-1
        lmi images 0.36.0-lmi28.0.0-cu130 --region us-west-2
    """
    import json

    from lmi.catalog import images, sagemaker_core_version
    from lmi.catalog.listing import image_list
    from lmi.catalog.listing.selection import select

    names = {
        "--family": family,
        "--djl-version": djl_version,
        "--accelerator": accelerator,
        "--engine": engine,
    }
    uri_regions: tuple[str, ...] = ()
    if tag is None:
        filters = image_list.image_filters(
            regions=regions,
            family_name=family,
            djl_version=djl_version,
            accelerator=accelerator,
            engine=engine,
        )
        found = select(images(), filters)
        rows, excluded = found.rows, found.excluded
        text = image_list.image_table(rows) if rows else found.why_empty("image")
    else:
        superfluous = [option for option, value in names.items() if value is not None]
        one, uri_regions = image_list.named_image(tag, regions, superfluous)
        rows, excluded = (one,), ()
        text = image_list.image_text(one, uri_regions)
    if output == "text":
        click.echo(text)
        return
    document = {
        "schema": 1,
        "sagemaker_core": sagemaker_core_version(),
        "images": [image_list.image_record(each, uri_regions) for each in rows],
        "excluded_by": [{"option": each.option, "without": each.without} for each in excluded],
    }
    click.echo(json.dumps(document, indent=2))
