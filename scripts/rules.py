"""Rewrite docs/rules.md from the rules: `python scripts/rules.py`."""

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from lmi.artifact.source import Mirror, StoredTarball
from lmi.rules import RULES, Example, Rule
from lmi.rules.every import TOPICS
from lmi.rules.secret_text import masked

PAGE = Path(__file__).resolve().parent.parent / "docs" / "rules.md"

_MEANINGS = {
    "error": "the image refuses to load it, or every call fails, or SageMaker refuses it, or a "
    "secret leaks. `lmi check` exits with 1, `lmi bundle` writes nothing, and the CDK CLI does not "
    "deploy that stack",
    "warning": "it loads, but not as it is written",
    "info": "worth knowing",
}

_NEEDS = {
    "image": "the image",
    "files": "the folder",
    "host": "the instance type",
    "hosting": "the endpoint",
    "attention_heads": "the number of attention heads",
    "properties": "a readable serving.properties",
}
"""What a rule is not asked without, in the words of the page."""


def main() -> None:
    """Write the page."""
    temporary = PAGE.with_name(f".{PAGE.name}.new")
    temporary.write_text(page(), encoding="utf-8")
    os.replace(temporary, PAGE)
    print(f"wrote docs/{PAGE.name}: {len(RULES)} rules")


def page() -> str:
    """Return the text of the page."""
    return "\n".join([*_head(), *_table(), *_sections()])


def _head() -> Iterator[str]:
    yield "# Rules of `lmi check`"
    yield ""
    yield "<!-- Made by scripts/rules.py from constructs/lmi/rules: change it there. -->"
    yield ""
    yield (
        "Every rule has an id, which `lmi check` prints in brackets and which stands in its JSON "
        "and SARIF, in annotations of GitHub and of `cdk synth`. A rule is asked only where "
        "what it needs is known: a bare `serving.properties` has no folder and, without `--image`, "
        "no image; an artifact alone has no instance type, unless `--instance-type` names one."
    )
    yield ""
    yield from (f"* **{severity}**: {meaning}." for severity, meaning in _MEANINGS.items())
    yield ""
    yield "Some rules say less than their severity in single cases, where less is certain."
    yield ""
    yield (
        "A finding can be left as it is, with the reason, in `artifact.yaml` or in an endpoint of "
        "an environment file. It is then shown and no longer counted. An entry that covers nothing "
        "is a finding itself, [`unused-acknowledgement`](#unused-acknowledgement)."
    )
    yield ""
    yield from _fenced(
        "yaml",
        [
            "acknowledge:",
            "  - rule: unknown-key",
            "    key: option.my_handler_reads_this   # default: every finding of the rule",
            "    reason: model.py reads it",
        ],
    )
    yield (
        "The examples are run as tests. `--- NAME` begins a file of the artifact's folder, `+++` "
        "is a key that an environment file sets or a setting of the endpoint, `␠` a blank at the "
        "end of a line."
    )
    yield ""


def _table() -> Iterator[str]:
    yield "## All rules"
    yield ""
    yield "| rule | severity | what must hold |"
    yield "|---|---|---|"
    yield from (
        f"| [`{rule.id}`](#{rule.id}) | {rule.severity} | {_cell(rule.title)} |" for rule in RULES
    )
    yield ""


def _sections() -> Iterator[str]:
    for topic in TOPICS:
        yield f"## {_heading(topic.__doc__ or '')}"
        yield ""
        for rule in vars(topic).values():
            if isinstance(rule, Rule):
                yield from _section(rule)


def _heading(docstring: str) -> str:
    """Return what a module of rules is about, from the first sentence of its docstring."""
    about = re.sub(r"^(The rules?|Rules) about ", "", " ".join(docstring.split()))
    text = re.split(r"[:.](?: |$)", about)[0].replace("`", "")
    return f"{text[:1].upper()}{text[1:]}"


def _section(rule: Rule) -> Iterator[str]:
    yield f"### {rule.id}"
    yield ""
    yield f"**{rule.title}** ({rule.severity})."
    yield ""
    yield rule.reason
    yield ""
    yield f"* Fix: {rule.fix}."
    needs = [text for need, text in _NEEDS.items() if need in rule.needs]
    if needs:
        yield f"* Asked where these are known: {', '.join(needs)}."
    yield f"* Source: {_linked(rule.source)}"
    yield ""
    yield from _examples("Refused" if rule.severity == "error" else "Found", rule.fails[:2])
    yield from _examples("Fine", rule.passes[:2])


def _examples(title: str, examples: Iterable[Example]) -> Iterator[str]:
    for example in examples:
        where = f"image `{example.image}`" if example.image else "no image"
        if example.instance_type:
            where += f", instance type `{example.instance_type}`"
        if example.attention_heads:
            where += f", {example.attention_heads} attention heads"
        yield f"{title} ({where}):"
        yield ""
        yield from _fenced("text", _shown(example))


def _shown(example: Example) -> Iterator[str]:
    for name, text in example.files.items():
        yield f"--- {name}"
        # Trailing blanks are the point of some examples, and invisible.
        yield from (
            f"{line.rstrip(' ')}{'␠' * (len(line) - len(line.rstrip(' ')))}"
            # Tokens that nobody issued would still stop whoever pushes the page.
            for line in map(masked, text.splitlines())
        )
    yield from (f"--- {name} ({size:,} bytes)" for name, size in example.sizes.items())
    match example.source:
        case Mirror(store=store):
            yield f"+++ source: mirror: {store}"
        case StoredTarball(url=url):
            yield f"+++ source: tarball: {url}"
    for name, value in example.options.items():
        yield f"+++ {name}: {'(removed)' if value is None else value}"
    for name, setting in example.hosting.items():
        yield f"+++ {name}: {'(as by default)' if setting is None else masked(str(setting))}"


def _fenced(language: str, lines: Iterable[str]) -> Iterator[str]:
    yield f"```{language}"
    yield from lines
    yield "```"
    yield ""


def _linked(source: str) -> str:
    """Addresses as links that end where the address does."""
    return re.sub(r"https://[^\s;,]*[^\s;,.:]", lambda match: f"<{match[0]}>", source)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    main()
