"""Rewrite docs/rules.md from the rules: `python scripts/rules.py`."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from lmi.rules import RULES, Example, Rule

PAGE = Path(__file__).resolve().parent.parent / "docs" / "rules.md"

_MEANINGS = {
    "error": "the image refuses to load it, or every call fails, or SageMaker refuses it, or a "
    "secret leaks. `lmi check` exits with 1, `lmi bundle` writes nothing, and the CDK CLI does not "
    "deploy that stack",
    "warning": "it loads, but not as it is written",
    "info": "worth knowing",
}


def main() -> None:
    """Write the page."""
    temporary = PAGE.with_name(f".{PAGE.name}.new")
    temporary.write_text(page(), encoding="utf-8")
    os.replace(temporary, PAGE)
    print(f"wrote docs/{PAGE.name}: {len(RULES)} rules")


def page() -> str:
    """Return the text of the page."""
    return "\n".join([*_head(), *(line for rule in RULES for line in _section(rule))])


def _head() -> Iterator[str]:
    yield "# Rules of `lmi check`"
    yield ""
    yield "<!-- Made by scripts/rules.py from constructs/lmi/rules: change it there. -->"
    yield ""
    yield (
        "Every rule has an id, which `lmi check` prints in brackets and which stands in its JSON "
        "and SARIF, in annotations of GitHub and of `cdk synth`. A rule is asked only where "
        "what it needs is known: a bare `serving.properties` has no folder, and an artifact alone "
        "no instance type."
    )
    yield ""
    yield from (f"* **{severity}**: {meaning}." for severity, meaning in _MEANINGS.items())
    yield ""
    yield (
        "A finding can be left as it is, with the reason, in `artifact.yaml` or in an endpoint of "
        "an environment file:"
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
    yield "| rule | severity | what must hold |"
    yield "|---|---|---|"
    yield from (
        f"| [`{rule.id}`](#{rule.id}) | {rule.severity} | {_cell(rule.title)} |" for rule in RULES
    )
    yield ""


def _section(rule: Rule) -> Iterator[str]:
    yield f"## {rule.id}"
    yield ""
    yield f"**{rule.title}** ({rule.severity})."
    yield ""
    yield rule.reason
    yield ""
    yield f"Fix: {rule.fix}."
    yield ""
    yield f"Source: {rule.source}"
    yield ""
    yield from _examples("Refused" if rule.severity == "error" else "Found", rule.fails[:2])
    yield from _examples("Fine", rule.passes[:2])


def _examples(title: str, examples: Iterable[Example]) -> Iterator[str]:
    for example in examples:
        where = f"image `{example.image}`"
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
            for line in text.splitlines()
        )
    for name, value in {**example.options, **example.hosting}.items():
        yield f"+++ {name}: {'(removed)' if value is None else value}"


def _fenced(language: str, lines: Iterable[str]) -> Iterator[str]:
    yield f"```{language}"
    yield from lines
    yield "```"
    yield ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    main()
