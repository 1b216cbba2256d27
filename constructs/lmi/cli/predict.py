"""`lmi predict`: one prompt, one text."""

import click


@click.command("predict", short_help="Send one prompt to an endpoint and print the text.")
@click.argument("target", metavar="ENV/ENDPOINT")
@click.argument("text")
@click.option(
    "--max-new-tokens",
    type=click.IntRange(min=1),
    default=50,
    show_default=True,
    help="How many tokens the model may generate.",
)
@click.option(
    "--format",
    "output",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="The text alone, or a JSON document with the whole answer.",
)
def command(target: str, text: str, max_new_tokens: int, output: str) -> None:
    """Send TEXT to the endpoint ENV/ENDPOINT and print what it generates.

    ENV is a file in environments/, ENDPOINT a key of its endpoints. A local environment is answered
    by the embedded AWS, any other by the account of your credentials.

    Example:

    \b
        lmi predict local/chat "Large model inference is" --max-new-tokens 30
    """
    import json
    from pathlib import Path

    from lmi.environment.target import find_endpoint
    from lmi.ops.answers import text_of
    from lmi.ops.predict import predict

    environment, endpoint = find_endpoint(target, Path("environments"))
    answer = predict(
        environment, endpoint, text, max_new_tokens=max_new_tokens, home=Path(".lmi").absolute()
    )
    generated = text_of(answer.body)
    if output == "text":
        click.echo(generated)
        return
    document = {
        "schema": 1,
        "endpoint": answer.endpoint_name,
        "text": generated,
        "content_type": answer.content_type,
        "variant": answer.variant,
        "seconds": round(answer.seconds, 3),
        "answer": json.loads(answer.body),
    }
    click.echo(json.dumps(document, ensure_ascii=False, indent=2))
