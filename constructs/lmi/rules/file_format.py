"""Rules about how serving.properties is written: java.util.Properties keeps more than one sees."""

import re
from collections.abc import Iterator

from lmi.rules.finding import Location
from lmi.rules.rule import Hit, properties, rule
from lmi.rules.subject import Subject

_JAVA = "https://docs.oracle.com/en/java/javase/17/docs/api/java.base/java/util/Properties.html"

_COMMENT = re.compile(r"\s[#!]")


@rule(
    id="inline-comment",
    severity="warning",
    title="No comment stands behind a value",
    reason=(
        "A comment is a line of its own; behind a value, it is part of the value. "
        "`engine=Python # for Hugging Face Accelerate` names an engine that does not exist."
    ),
    fix="put the comment on a line of its own, above the key",
    source=_JAVA,
    passes=(properties("# Hugging Face Accelerate\nengine=Python\noption.model_id=gpt2\n"),),
    fails=(properties("engine=Python # Hugging Face Accelerate\noption.model_id=gpt2\n"),),
    needs=("properties",),
)
def inline_comment(subject: Subject) -> Iterator[Hit]:
    """Yield values that hold what looks like a comment."""
    assert subject.written is not None  # noqa: S101 -- needs
    for entry in subject.written_entries:
        found = _COMMENT.search(entry.value)
        if found is None:
            continue
        place = subject.written.range_in_value(entry, found.start() + 1)
        yield Hit(
            message=f"the value of {entry.key!r} holds {entry.value[found.start() + 1 :]!r}, which "
            "is no comment here",
            location=Location.at(subject.file, place),
            key=entry.key,
        )


@rule(
    id="trailing-blank",
    severity="warning",
    title="No value ends in blanks",
    reason=(
        "Java keeps them: `option.tensor_parallel_degree=2 ` is no number, and `engine=Python ` no "
        "engine."
    ),
    fix="remove the blanks at the end of the line",
    source=_JAVA,
    passes=(properties("engine=Python\noption.model_id=gpt2\n"),),
    fails=(properties("engine=Python\noption.model_id=gpt2 \n"),),
    needs=("properties",),
)
def trailing_blank(subject: Subject) -> Iterator[Hit]:
    """Yield values that end in blanks."""
    assert subject.written is not None  # noqa: S101 -- needs
    for entry in subject.written_entries:
        length = len(entry.value.rstrip(" \t\f"))
        if length == len(entry.value):
            continue
        place = subject.written.range_in_value(entry, length)
        blanks = entry.value[length:]
        yield Hit(
            message=f"the value of {entry.key!r} ends in {blanks!r}, which Java keeps",
            location=Location.at(subject.file, place),
            key=entry.key,
        )


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
