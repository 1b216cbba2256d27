"""Rules about how serving.properties is written: java.util.Properties keeps more than one sees."""

import json
import re
from collections.abc import Iterator

from lmi.properties import Entry
from lmi.rules.finding import Location, Severity
from lmi.rules.rule import Hit, properties, rule
from lmi.rules.subject import Subject
from lmi.rules.topics.values import is_fatal, refused_use

_JAVA = "https://docs.oracle.com/en/java/javase/17/docs/api/java.base/java/util/Properties.html"

_V20 = "0.20.0-deepspeed0.7.5-cu116"
_COMMENT = re.compile(r"\s[#!](?=\s|\w|$)")
_BLANKS = " \t\f"
_EXACT = ("engine", "option.entryPoint")
"""Names that are compared letter by letter: a blank more makes them another's."""


def _comment_start(entry: Entry) -> int | None:
    """
    Return where in the value a comment seems to begin.

    Not within a text: only behind a single word or a JSON value does `#` hardly mean itself.
    """
    found = _COMMENT.search(entry.value)
    if found is None:
        return None
    before = entry.value[: found.start()].strip()
    if not before or (len(before.split()) > 1 and not _is_json(before)):
        return None
    return found.start() + 1


def _is_json(text: str) -> bool:
    if not text.startswith(("{", "[")):
        return False
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


@rule(
    id="inline-comment",
    severity="warning",
    title="No comment stands behind a value",
    reason=(
        "A comment is a line of its own; behind a value, it is part of the value. "
        "`engine=Python # for Hugging Face Accelerate` names an engine that does not exist. In a "
        "text of several words, such as a prompt, `#` is not taken for a comment."
    ),
    fix="put the comment on a line of its own, above the key",
    source=_JAVA,
    passes=(
        properties("# Hugging Face Accelerate\nengine=Python\noption.model_id=gpt2\n"),
        properties("option.model_id=s3://bucket/a#b/\noption.chat_template=Answer as # one\n"),
    ),
    fails=(
        properties("engine=Python # Hugging Face Accelerate\noption.model_id=gpt2\n"),
        properties('option.model_id=gpt2\noption.speculative_config={"a": 1} # drafts\n'),
    ),
    needs=("properties",),
)
def inline_comment(subject: Subject) -> Iterator[Hit]:
    """Yield values that hold what looks like a comment."""
    assert subject.written is not None  # noqa: S101 -- needs
    for entry in subject.written_entries:
        start = _comment_start(entry)
        if start is None:
            continue
        bare = entry.value[:start].rstrip()
        yield Hit(
            message=f"the value of {entry.key!r} holds {entry.value[start:][:60]!r}, which is no "
            "comment here",
            location=Location.at(subject.file, subject.written.range_in_value(entry, start)),
            key=entry.key,
            severity=_severity(subject, entry, bare),
        )


@rule(
    id="trailing-blank",
    severity="warning",
    title="No value ends in blanks",
    reason=(
        "Java keeps them: `option.tensor_parallel_degree=2 ` is no number, and `engine=Python ` no "
        "engine (error); elsewhere they become part of a name or a path."
    ),
    fix="remove the blanks at the end of the line",
    source=_JAVA,
    passes=(properties("engine=Python\noption.model_id=gpt2\n"),),
    fails=(
        properties("engine=Python\noption.model_id=gpt2 \n"),
        properties("engine=Python\noption.model_id=gpt2\noption.tensor_parallel_degree=2 \n"),
        properties("engine=DeepSpeed\t\noption.model_id=gpt2\n", image=_V20),
    ),
    needs=("properties",),
)
def trailing_blank(subject: Subject) -> Iterator[Hit]:
    """Yield values that end in blanks."""
    assert subject.written is not None  # noqa: S101 -- needs
    for entry in subject.written_entries:
        bare = entry.value.rstrip(_BLANKS)
        if bare == entry.value or not bare:
            continue  # Of a value of blanks alone: empty-value.
        blanks = entry.value[len(bare) :]
        yield Hit(
            message=f"the value of {entry.key!r} ends in {blanks[:20]!r}, which Java keeps",
            location=Location.at(subject.file, subject.written.range_in_value(entry, len(bare))),
            key=entry.key,
            severity=_severity(subject, entry, bare),
        )


def _severity(subject: Subject, entry: Entry, bare: str) -> Severity:
    """Return how bad it is that *entry* does not have the value *bare*."""
    setting = subject.settings.get(entry.key)
    if subject.image is None or setting is None or setting.value != entry.value:
        return "warning"  # Or another line, or an override, is what counts.
    if entry.key in _EXACT:
        return "error"
    found = refused_use(subject, entry.key, entry.value)
    if found is None or not is_fatal(subject, *found):
        return "warning"
    return "error" if refused_use(subject, entry.key, bare) is None else "warning"


@rule(
    id="duplicate-key",
    severity="warning",
    title="Every key stands once",
    reason="Of duplicates Java keeps the last, in silence.",
    fix="remove all but one",
    source=_JAVA,
    passes=(properties("engine=Python\noption.model_id=gpt2\n"),),
    fails=(properties("engine=Python\noption.dtype=fp16\noption.dtype=fp32\n"),),
    needs=("properties",),
)
def duplicate_key(subject: Subject) -> Iterator[Hit]:
    """Yield the lines that a later one of the same key makes void."""
    for entries in subject.written.duplicates() if subject.written else ():
        last = entries[-1]
        for entry in entries[:-1]:
            yield Hit(
                message=f"{entry.key!r} stands again in line {last.line}, and only that counts",
                location=Location.at(subject.file, entry.key_range),
                key=entry.key,
            )
