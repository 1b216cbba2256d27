"""`lmi options`: the keys of serving.properties."""

import click


@click.command("options", short_help="List the keys of serving.properties, or explain one.")
@click.argument("key", required=False)
@click.option("--image", "tag", help="Only what this image reads.", metavar="TAG")
@click.option("--handler", help="Only what this handler reads, such as huggingface or vllm.")
@click.option(
    "--format",
    "output",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="Text, or a JSON document with everything that is known.",
)
def command(key: str | None, tag: str | None, handler: str | None, output: str) -> None:
    """List the keys that DJL Serving reads, or explain KEY: what it does, its type and values, and
    which versions and images read it.

    Images from DJL Serving 0.32.0 on hand more keys to their vLLM; they are listed where that
    version's source is known.

    Examples:

    \b
        lmi options option.dtype
        lmi options --image 0.36.0-lmi24.0.0-cu129 --handler lmi_vllm
        lmi options option.s3url --image 0.27.0-deepspeed0.12.6-cu121
    """
    import json
    from dataclasses import asdict

    from lmi.catalog import image, images
    from lmi.properties import option_text
    from lmi.properties.option_choice import chosen, explained

    selected = None if tag is None else image(tag)
    if key is None:
        found = chosen(selected, handler)
        if output == "text":
            click.echo(option_text.listing(found))
        else:
            options = [{"key": name, "uses": [asdict(use) for use in uses]} for name, uses in found]
            click.echo(json.dumps({"image": tag, "handler": handler, "options": options}, indent=2))
        return
    answer = explained(key, selected, handler, images())
    if output == "text":
        click.echo(answer.text)
    else:
        document = {
            "key": key,
            "image": tag,
            "handler": handler,
            "is_read": answer.is_read,
            "uses": [asdict(use) for use in answer.uses],
            "images": answer.tags,
        }
        click.echo(json.dumps(document, indent=2))
