"""The rule about acknowledgements themselves; the check finds what breaks it."""

from collections.abc import Iterator

from lmi.rules.acknowledgement import UNUSED
from lmi.rules.rule import Hit, properties, rule
from lmi.rules.subject import Subject


@rule(
    id=UNUSED,
    severity="warning",
    title="Every acknowledgement covers a finding",
    reason=(
        "What it was for has been mended, or its rule or key is misspelt. Left in place it would "
        "hide the same finding when that comes back for another reason."
    ),
    fix="remove the entry, or correct its rule and key",
    source="this project",
    passes=(properties("engine=Python\noption.model_id=gpt2\n"),),
    fails=(),
)
def unused_acknowledgement(subject: Subject) -> Iterator[Hit]:
    """Yield nothing: only the check, after all other rules, can tell."""
    yield from ()
